"""The forwarder's side of the queue: claim what the breaker and the limiter permit, settle each alert alone.

Ids grow within a process and order the calls: a delayed copy of an old call is `STALE`. A settle without an answer is
repeated, same arguments, before the next claim. One thread at a time: the caller serialises (daemons/forwarder.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.adapters import scripts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.alerter_queue import LedgerEntry
    from mutt_cli.adapters.lease import Lease
    from mutt_cli.adapters.scripts import Runs
    from mutt_cli.keys import Keys

Mode = Literal["send", "park", "probe", "wait"]
BreakerClass = Literal["success", "failure", "none"]
Outcome = Literal["delivered", "retry", "dlq", "back", "suppressed"]
SettleAnswer = Literal["ok", "already", "stale", "fenced"]
_SETTLED: Final[dict[bytes, SettleAnswer]] = {
    b"OK": "ok", b"ALREADY": "already", b"STALE": "stale", b"FENCED": "fenced",
}  # fmt: skip


@dataclass(frozen=True)
class Permits:
    """The limits a claim obeys; times in ms. `per_window` 0: no limiter.

    `breaker_timeout_ms` 0: no breaker, but for one that a person tripped.
    """

    per_window: int
    window_ms: int
    open_action: Literal["dlq", "hold"]
    breaker_timeout_ms: int
    breaker_threshold: int
    probe_ms: int


@dataclass(frozen=True)
class Claimed:
    """Elements taken, in order. `epoch` goes back with each result; `limited`: something waits for a permit."""

    mode: Mode
    epoch: int
    elements: tuple[bytes, ...]
    limited: bool
    now_ms: int


@dataclass(frozen=True)
class Resync:
    """What Redis says is in hand, oldest first; the caller's own list differs or its id is not new."""

    elements: tuple[bytes, ...]


@dataclass(frozen=True)
class Settlement:
    """How one element ends. `element` is what goes on (retry, dlq, back); `ledger` and `journal` go with it."""

    outcome: Outcome
    element: bytes = b""
    due_ms: int = 0
    ledger: Sequence[LedgerEntry] = ()
    journal: bytes = b""
    epoch: int = 0
    breaker: BreakerClass = "none"
    error: bytes = b""
    """JSON of what failed, kept as the breaker's last error; empty unless it counts as a failure."""


def claim(
    lease: Lease, claim_id: str, *, slots: int, held: int, permits: Permits, line: Runs | None = None
) -> Claimed | Resync | None:
    """Take up to `slots` elements while `held` are in hand. None: fenced. `line`: instead of the lease's client."""
    keys = lease.keys
    names = [
        lease.heartbeat_key, keys.processing("moog", lease.pod), keys.batch("moog", lease.pod), keys.alert_queue,
        keys.crash("moog"), keys.retry, keys.rate_limit_moog, *_breaker_keys(keys),
    ]  # fmt: skip
    arguments: list[object] = [
        lease.token, claim_id, slots, held, permits.per_window, permits.window_ms, permits.open_action,
        permits.breaker_timeout_ms, permits.probe_ms,
    ]  # fmt: skip
    answer = scripts.call(line or lease.client, "claim_alerts", names, arguments)
    if answer[0] == b"FENCED":
        return None
    if answer[0] == b"RESYNC":
        return Resync(tuple(reversed(answer[1])))
    _, mode, epoch, elements, limited, now = answer
    return Claimed(mode.decode(), int(epoch), tuple(elements), bool(limited), int(now))


def settle(
    lease: Lease,
    settle_id: str,
    element: bytes,
    how: Settlement,
    *,
    breaker_threshold: int,
    line: Runs | None = None,
) -> SettleAnswer:
    """End `element`, byte for byte as it was claimed. `line`: instead of the lease's client."""
    keys = lease.keys
    target = keys.alert_queue if how.outcome == "back" else keys.dlq_moog
    names = [
        lease.heartbeat_key, keys.processing("moog", lease.pod), keys.batch("moog", lease.pod), keys.crash("moog"),
        keys.journal, keys.ledger, keys.ledger_minutes, keys.retry, target, *_breaker_keys(keys),
        keys.breaker("last_error"),
    ]  # fmt: skip
    arguments: list[object] = [
        lease.token, settle_id, element, how.outcome, how.element or element, how.due_ms,
        msgspec.msgpack.encode(how.ledger), how.journal, how.epoch, how.breaker, breaker_threshold,
        how.error,
    ]  # fmt: skip
    return _SETTLED[scripts.call(line or lease.client, "settle", names, arguments)]


def _breaker_keys(keys: Keys) -> list[str]:
    return [keys.breaker(field) for field in ("state", "failures", "open_time", "epoch", "probe", "trip")]
