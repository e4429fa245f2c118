"""The ledger in Redis: the balance of one instant, its rows, what is in flight, and corrections by hand.

The balance is one script over every list, so events that flow meanwhile never make it look wrong. Everything else is
read in slices of `SLICE` and may see a message twice or not at all while it moves.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.ledger import Balance
from mutt_cli.core.pipeline import WORKER_STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.ledger import Entry
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.keys import Keys, Role

SLICE: Final = 500
"""Elements that one call reads."""
_SCAN: Final = 1000
_MOST_ROWS: Final = 20_000
_ACCOUNTED: Final = "accounted"
_CORRECTED: Final = b"reconcile"
"""Field among the operations: the uid of the last correction."""


@dataclass(frozen=True)
class Reading:
    """Counters and lengths of one instant, `at_ms` in Redis time."""

    at_ms: int
    balance: Balance
    lengths: Mapping[str, int]
    """By short name of the queue."""


def registered(client: Client, keys: Keys) -> set[tuple[Role, str]]:
    """The workers that have registered, one look; lists of workers that nobody knows are not in it."""
    with failures_named():
        names = [
            bytes(name).decode("utf-8", "replace") for name in client.hkeys(keys.workers) if isinstance(name, bytes)
        ]
    return {
        (role, name.removeprefix(f"{role}:")) for role in WORKER_STAGES for name in names if name.startswith(f"{role}:")
    }


def workers(client: Client, keys: Keys) -> frozenset[tuple[Role, str]]:
    """Everybody who may hold messages: the registered workers, and lists that only SCAN finds."""
    found = registered(client, keys)
    for role in WORKER_STAGES:
        prefix = keys.processing(role, "")
        with failures_named():
            for key in client.scan_iter(match=keys.processing_pattern(role), count=_SCAN):
                found.add((role, key.decode("utf-8", "replace").removeprefix(prefix)))
    return frozenset(found)


def read_balance(client: Client, keys: Keys, queues: Sequence[Queue]) -> Reading:
    """Counters and the lengths of these queues, all of one instant. `queues` are those that count as in flight."""
    lists = [queue for queue in queues if queue.kind == "list"]
    names = [keys.ledger, keys.retry, *(queue.key(keys) for queue in lists)]
    at, flat, waiting, lengths = scripts.call(client, "balance", names, [])
    counters = {name.decode(): int(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
    by_name = {queue.name: int(length) for queue, length in zip(lists, lengths, strict=True)}
    by_name |= {queue.name: int(waiting) for queue in queues if queue.kind == "zset"}
    accounted = counters.pop(_ACCOUNTED, 0)
    return Reading(int(at), Balance(counters, sum(by_name.values()), accounted), by_name)


def minutes(client: Client, keys: Keys) -> Iterator[Entry]:
    """The counters per accepted minute and source that Redis holds; what is no such field is left out."""
    with failures_named():
        for field, value in client.hscan_iter(keys.ledger_minutes, count=SLICE):
            entry = entry_of(field, value)
            if entry is not None:
                yield entry


def of_minute(client: Client, keys: Keys, minute: str) -> dict[str, int]:
    """The counters of one accepted minute (`2026-11-23T22:33`) over all sources; empty if Redis holds too many to look.

    While the database is away the rows of every minute wait here: then this is no quick question any more.
    """
    with failures_named():
        if int(client.hlen(keys.ledger_minutes)) > _MOST_ROWS:
            return {}
    found: dict[str, int] = {}
    for at, _source, counter, value in minutes(client, keys):
        if at == minute:
            found[counter] = found.get(counter, 0) + value
    return found


def entry_of(field: bytes, value: bytes) -> Entry | None:
    """A field `minute|source|counter` and its value; a source may contain `|`. None if it is no such field."""
    minute, _, rest = field.decode("utf-8", "replace").partition("|")
    source, found, counter = rest.rpartition("|")
    with contextlib.suppress(ValueError):
        if found:
            return (minute, source, counter, int(value))
    return None


def elements(client: Client, keys: Keys, queue: Queue) -> Iterator[bytes]:
    """Every element of a queue, newest first, in bounded slices; of the retry set without its settle id."""
    key = queue.key(keys)
    with failures_named():
        if queue.kind == "zset":
            for member, _due in client.zscan_iter(key, count=SLICE):
                yield member.partition(b"|")[2]
            return
        start = 0
        # From the left: pushes shift what is still to come to the right, so it may be seen twice but is not missed.
        while found := client.lrange(key, start, start + SLICE - 1):
            yield from (bytes(element) for element in found if isinstance(element, bytes))
            start += SLICE


def corrected(client: Client, keys: Keys) -> str:
    """The uid of the last correction, empty if there was none: whoever corrects says which one they have seen."""
    with failures_named():
        found = client.hget(keys.operations, _CORRECTED)
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else ""


def accept(
    client: Client,
    keys: Keys,
    *,
    uid: str,
    seen: int,
    ledger: Sequence[Entry],
    journal: bytes,
    after: str = "",
    operation: str = "",
) -> bool:
    """Write a correction and its journal entry; the `operation` that it belongs to has a last slice then.

    False, and nothing is written: `accounted` is not `seen` any more, or the last correction is not `after`.
    """
    names = [keys.ledger, keys.ledger_minutes, keys.journal, keys.operations]
    arguments: list[object] = [uid, seen, msgspec.msgpack.encode(ledger), journal, after, operation]
    return bool(scripts.call(client, "accept", names, arguments) == b"OK")


@dataclass(frozen=True)
class Correction:
    """One slice of a repair: elements that go into the ingest queue, and what is counted and recorded with them."""

    elements: Sequence[bytes]
    ledger: Sequence[Entry]
    journal: bytes


def repair(
    client: Client, keys: Keys, one: Correction, *, operation: str, number: int, uid: str, after: str
) -> Literal["done", "already", "changed"]:
    """Carry out slice `number` (from 1) of a repair, if the last correction is `after`; from then on it is `uid`.

    Repeating a call is harmless. Raises RedisRefusedError where Redis is full: nothing was put in.
    """
    names = [keys.operations, keys.ingest_queue, keys.journal, keys.ledger, keys.ledger_minutes]
    arguments: list[object] = [operation, number, uid, after, msgspec.msgpack.encode(one.ledger), one.journal]
    answer = scripts.call(client, "repair", names, [*arguments, *one.elements])
    if answer == b"OK":
        return "done"
    return "already" if answer == b"ALREADY" else "changed"
