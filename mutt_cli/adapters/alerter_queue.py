"""The alerter's side of the queue: claim a batch of events, finish it whole.

Every call is idempotent: after a lost reply the same call with the same arguments is repeated and answers what the
first one did. `finish` writes every outcome of the batch or none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mutt_cli.adapters import scripts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.lease import Lease

MAX_BATCH_BYTES = 4 * 1024 * 1024

LedgerEntry = tuple[str, str, str, int]
"""(accepted minute, source, counter, signed delta)."""


@dataclass(frozen=True)
class Batch:
    """Events in hand, oldest first. `held` tells that an earlier claim had taken them."""

    id: str
    elements: tuple[bytes, ...]
    held: bool = False
    now_ms: int = field(default=0, compare=False)
    """Redis time of the claim: the clock that dedupe windows are judged by on every host."""
    waiting: int = field(default=0, compare=False)
    """Events in the queue after the claim."""
    alerts: int = field(default=0, compare=False)
    """Alerts in theirs."""


@dataclass(frozen=True)
class NewMark:
    """An alert passes: the dedupe mark must still be `old_id` (empty: absent) and becomes ours."""

    key: str
    old_id: str
    id: str
    at_ms: int
    until_ms: int
    ttl_ms: int
    n: int = 0
    """Followers already, in the same batch."""


@dataclass(frozen=True)
class MoreMark:
    """`n` followers of the alert `id`, whose mark must still be there."""

    key: str
    id: str
    n: int


@dataclass
class Plan:
    """Everything a finished batch writes. Element lists are oldest first."""

    pushes: dict[str, list[bytes]] = field(default_factory=dict)
    marks: list[NewMark | MoreMark] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)
    journal: bytes = b""


ClaimRefusal = Literal["fenced", "stale", "empty"]
FinishAnswer = Literal["ok", "already", "changed", "fenced"]


@dataclass(frozen=True)
class Conflict:
    """Other workers moved these marks since they were read (indices into the plan's marks): decide those again."""

    marks: tuple[int, ...]


def claim(lease: Lease, batch_id: str, n: int) -> Batch | ClaimRefusal:
    """Take up to `n` of the oldest events under a new id, or return what is in hand already."""
    keys = lease.keys
    names = [
        lease.heartbeat_key, keys.processing("alerter", lease.pod), keys.batch("alerter", lease.pod),
        keys.ingest_queue, keys.crash("alerter"), keys.alert_queue,
    ]  # fmt: skip
    answer = scripts.call(lease.client, "claim_batch", names, [lease.token, batch_id, n, MAX_BATCH_BYTES])
    word = answer[0]
    if word in (b"OK", b"HELD"):
        now_ms, waiting, alerts = (int(number) for number in answer[3:])
        return Batch(answer[1].decode(), tuple(reversed(answer[2])), word == b"HELD", now_ms, waiting, alerts)
    refusals: dict[bytes, ClaimRefusal] = {b"FENCED": "fenced", b"STALE": "stale", b"EMPTY": "empty"}
    return refusals[word]


def finish(lease: Lease, batch: Batch, plan: Plan) -> FinishAnswer | Conflict:
    """Write every outcome of the batch and clear it. Any answer but `ok` wrote nothing."""
    keys = lease.keys
    names = [
        lease.heartbeat_key, keys.processing("alerter", lease.pod), keys.batch("alerter", lease.pod),
        keys.crash("alerter"), keys.journal, keys.ledger, keys.ledger_minutes,
    ]  # fmt: skip
    packed = _pack(plan, names)
    elements = [element for pushed in plan.pushes.values() for element in pushed]
    arguments = [lease.token, batch.id, len(batch.elements), packed, plan.journal, *elements]
    answer = scripts.call(lease.client, "finish_batch", names, arguments)
    if answer[0] == b"CONFLICT":
        return Conflict(tuple(int(index) for index in answer[1]))
    words: dict[bytes, FinishAnswer] = {
        b"OK": "ok", b"ALREADY": "already", b"CHANGED": "changed", b"FENCED": "fenced",
    }  # fmt: skip
    return words[answer[0]]


def _pack(plan: Plan, names: list[str]) -> bytes:
    """The plan as the script reads it; every key it names is appended to `names`, indices count from 1 as in Lua."""

    def index(key: str) -> int:
        names.append(key)
        return len(names)

    pushes = [(index(key), len(elements)) for key, elements in plan.pushes.items() if elements]
    marks = [_mark(mark, index(mark.key)) for mark in plan.marks]
    return msgspec.msgpack.encode({"pushes": pushes, "marks": marks, "ledger": plan.ledger})


def _mark(mark: NewMark | MoreMark, key: int) -> Sequence[Any]:
    if isinstance(mark, NewMark):
        return (key, "new", mark.old_id, mark.id, mark.at_ms, mark.until_ms, mark.ttl_ms, mark.n)
    return (key, "more", mark.id, mark.n)
