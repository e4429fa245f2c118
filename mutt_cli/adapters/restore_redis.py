"""The keys of a backup, filled beside those that are there, and put in their place in one step.

Until that step nothing that counts is touched: whoever is stopped before leaves keys that nobody reads, and the next
restore removes them.
"""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.backup_file import unpacked
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.keyspace import Walk
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.keys import passing_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.adapters.backup_proof import Piece
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.hold import Hold
    from mutt_cli.keys import Keys

_AT_ONCE: Final = 500
"""Keys that one call removes."""


class Refill:
    """The keys of one backup on their way into Redis, for one operation."""

    def __init__(self, client: Client, keys: Keys, operation: str) -> None:
        self._client, self._keys = client, keys
        self._prefix = keys.every_pattern.removesuffix("*").encode()
        self._beside = keys.restoring(operation).encode()
        self._filled: dict[bytes, bytes] = {}
        self._former: dict[str, Any] = {}
        """What held the services in the backup, as it stands there."""

    def take(self, piece: Piece) -> None:
        """Fill in some elements. What has ended since the backup was made stays away. Raises errors of Redis."""
        ends_at = piece.group.get("ends_at")
        if ends_at is not None and ends_at <= now_ms():
            return
        name = unpacked(piece.group["key"])
        beside = self._beside_of(name)
        calls = _calls(beside, piece.group["type"], piece.elements)
        if ends_at is not None:
            calls.append(("PEXPIREAT", beside, ends_at))
        self._run(calls)
        self._filled[beside] = name

    def hold(self, services: Sequence[str], hold: Hold) -> None:
        """What is filled will hold these services until `lift`."""
        beside = self._beside_of(self._keys.holds.encode())
        with failures_named():
            self._former = dict(zip(services, self._client.hmget(beside, list(services)), strict=True))
            self._client.hset(beside, mapping=dict.fromkeys(services, self._told(hold)))
        self._filled[beside] = self._keys.holds.encode()

    def lift(self, hold: Hold) -> None:
        """What held the services in the backup holds them again, unless somebody else holds them by now."""
        told = self._told(hold)

        def change(watching: Any) -> None:
            stored = dict(zip(self._former, watching.hmget(self._keys.holds, list(self._former)), strict=True))
            watching.multi()
            for service, text in self._former.items():
                if stored[service] == told and text is None:
                    watching.hdel(self._keys.holds, service)
                elif stored[service] == told:
                    watching.hset(self._keys.holds, service, text)

        if self._former:
            with failures_named():
                self._client.transaction(change, self._keys.holds)

    def _told(self, hold: Hold) -> bytes:
        return msgspec.json.encode(hold)

    def swap(self) -> int:
        """What is filled takes its place, and everything else of ours goes; returns how many keys there are then.

        What passes by itself goes first, in slices: a mark that an alert was sent must not outlive the alert.
        """
        passing, lasting = list[bytes](), list[bytes]()
        patterns = passing_patterns(self._keys)
        for name in self._ours():
            text = name.decode("utf-8", "backslashreplace")
            (passing if any(fnmatchcase(text, one) for one in patterns) else lasting).append(name)
        self._remove(passing)
        pairs = [name for pair in self._filled.items() for name in pair]
        return int(scripts.call(self._client, "swap", [*lasting, *pairs], [len(lasting)]))

    def drop(self) -> None:
        """Remove what this or any earlier restore has filled."""
        names = {name for some in Walk(self._client, math.inf, self._keys.restoring_pattern) for name in some}
        self._remove(sorted(names))

    def _ours(self) -> list[bytes]:
        """Every key of the lane, without what restores fill."""
        beside = self._keys.restoring_pattern.removesuffix("*").encode()
        walk = Walk(self._client, math.inf, self._keys.every_pattern)
        return sorted({n for some in walk for n in some if n.startswith(self._prefix) and not n.startswith(beside)})

    def _beside_of(self, name: bytes) -> bytes:
        return self._beside + name.removeprefix(self._prefix)

    def _remove(self, names: Sequence[bytes]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            self._run([("UNLINK", *names[start : start + _AT_ONCE])])

    def _run(self, calls: Iterable[tuple[Any, ...]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*call)  # type: ignore[no-untyped-call]
        with failures_named():
            pipeline.execute()


def _calls(name: bytes, kind: str, elements: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The commands that append these elements to the key."""
    if kind == "stream":
        return [("XADD", name, at, *_flat(fields)) for at, fields in elements]
    if kind == "zset":
        return [("ZADD", name, *(word for member, score in elements for word in (repr(score), unpacked(member))))]
    if kind == "hash":
        return [("HSET", name, *_flat(elements))]
    word = {"list": "RPUSH", "set": "SADD", "string": "SET"}[kind]
    return [(word, name, *map(unpacked, elements))]


def _flat(pairs: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    return (unpacked(one) for pair in pairs for one in pair)
