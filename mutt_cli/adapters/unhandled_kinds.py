"""Counting unmatched events by kind, and raising the meta-alert of a kind (core/unhandled.py).

Each alerter adds what it saw; whoever looks may raise: the script raises one alert for each life of a kind's key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import keyspace, scripts
from mutt_cli.adapters.redis_client import as_read, failures_named
from mutt_cli.core import journal
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.unhandled import OTHER, SOURCE, Counts, Kind, read_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

_SLICE: Final = 500


def add(  # noqa: PLR0917 - one script, its arguments
    client: Client, keys: Keys, pod: str, found: Sequence[Kind], uid: str, ttl_ms: int, cap: int
) -> None:
    """Add the counts of one alerter; repeating the call with the same uid adds nothing."""
    names = [keys.batch("alerter", pod), keys.unhandled_index, keys.unhandled(*OTHER)]
    names += [keys.unhandled(kind.source, kind.digest) for kind in found]
    arguments: list[object] = [uid, ttl_ms, cap, *(msgspec.json.encode(kind.counts) for kind in found)]
    scripts.call(client, "count_kinds", names, arguments)


def kinds(client: Client, keys: Keys) -> Iterator[Kind]:
    """Every kind that is counted now, in slices; values that somebody else wrote are left out."""
    return (kind for kind, _ in living(client, keys))


def living(client: Client, keys: Keys) -> Iterator[tuple[Kind, int]]:
    """The same, each with the moment when its count ends, Unix ms."""
    prefix, start = keys.unhandled("", "").removesuffix(":"), 0
    while True:
        with failures_named():
            found: Any = client.zrange(keys.unhandled_index, start, start + _SLICE - 1, withscores=True)
            values: Any = client.mget([name for name, _ in found]) if found else []
        for (name, ends), value in zip(found, values, strict=True):
            counts = read_counts(value) if isinstance(value, bytes) else None
            source, _, digest = name.decode("utf-8", "replace").removeprefix(prefix).rpartition(":")
            if counts is not None:
                yield Kind(source, digest, counts), int(ends)
        if len(found) < _SLICE:
            return
        start += _SLICE


def raise_alert(client: Client, keys: Keys, kind: Kind, alert: bytes, made: journal.Record, *, threshold: int) -> bool:
    """Queue the meta-alert of a kind, once; `made` says who made it and when. False: not due any more.

    The alert's own event id is the step's id, so a repeated call writes nothing twice.
    """
    names = [
        keys.unhandled(kind.source, kind.digest), keys.alert_queue, keys.journal, keys.ledger, keys.ledger_minutes,
    ]  # fmt: skip
    now = rfc3339(made.received_ms)
    ledger = [(now[:16], SOURCE, "generated", 1)]
    arguments: list[object] = [
        threshold, made.event_id, now, alert, msgspec.msgpack.encode(ledger), journal.pack([made]),
    ]  # fmt: skip
    return bool(scripts.call(client, "raise_meta", names, arguments) == b"OK")


@dataclass(frozen=True)
class Stored:
    """One kind's key as it lies in Redis. `left_ms` is -1 if it does not end; `counts` None if it cannot be read."""

    name: bytes
    value: bytes
    left_ms: int
    counts: Counts | None


def indexed(client: Client, keys: Keys) -> Iterator[bytes]:
    """Names of the kinds that the index knows."""
    start = 0
    while True:
        with failures_named():
            found = client.zrange(keys.unhandled_index, start, start + _SLICE - 1)
        yield from (name for name in found if isinstance(name, bytes))
        if len(found) < _SLICE:
            return
        start += _SLICE


def stored(client: Client, names: Sequence[bytes]) -> Iterator[Stored]:
    """Those of these keys that are there and hold text, in slices."""
    for start in range(0, len(names), _SLICE):
        slice_ = names[start : start + _SLICE]
        with failures_named():
            values = client.mget(slice_)
        lives = keyspace.expiries_ms(client, slice_)
        for name, value, left in zip(slice_, values, lives, strict=True):
            if isinstance(value, bytes):
                yield Stored(name, value, left, read_counts(value))


def forget(client: Client, keys: Keys, kinds: Sequence[Stored]) -> list[Stored]:
    """Remove those that are as they were read; returns them. Repeating it removes nothing more."""
    gone: list[Stored] = []
    for start in range(0, len(kinds), _REMOVED_AT_ONCE):
        some = kinds[start : start + _REMOVED_AT_ONCE]
        digests = [hashlib.sha1(one.value, usedforsecurity=False).hexdigest() for one in some]
        names: list[bytes | str] = [keys.unhandled_index, *(one.name for one in some)]
        answer = scripts.call(client, "forget_kinds", names, digests)
        gone += [one for one, removed in zip(some, answer, strict=True) if removed]
    return gone


def put_back(client: Client, keys: Keys, name: str, value: str, left_ms: int) -> bool:
    """Put a removed kind back, unless it is counted anew by now (False). `left_ms` -1: without an end."""
    with failures_named():
        if not client.set(as_read(name), value, nx=True, px=None if left_ms < 0 else max(left_ms, 1)):
            return False
        if left_ms >= 0:
            seconds, micros = client.time()
            score = int(seconds) * 1000 + int(micros) // 1000 + left_ms
            client.execute_command("ZADD", keys.unhandled_index, score, as_read(name))  # type: ignore[no-untyped-call]
    return True


_REMOVED_AT_ONCE: Final = 100
"""Kinds that one script call removes: well below 10 ms of the server's time."""
