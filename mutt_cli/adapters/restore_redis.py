"""The keys of a backup, filled beside those that are there, and put in their place in one step.

Until that step nothing that counts is touched: whoever is stopped before leaves keys that nobody reads and that end
within a day. The step is refused if a key is not what was filled: a Redis that restarted or failed over has forgotten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.backup_file import unpacked
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.keyspace import LENGTHS, Walk
from mutt_cli.adapters.redis_client import RedisUnavailableError, failures_named
from mutt_cli.keys import owned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mutt_cli.adapters.backup_proof import Piece
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.hold import Hold
    from mutt_cli.keys import Keys

_AT_ONCE: Final = 500
"""Keys that one call removes."""
_DAY_S: Final = 86_400
"""How long a filled key lives that nobody gives its place."""
_SYNC_MS: Final = 1_500


class ForgottenError(RedisUnavailableError):
    """Redis does not have what was filled; nothing was changed."""


@dataclass
class _Filled:
    """One key on its way: what it will be called, its type, its elements by the replies of Redis, whether it ends."""

    name: bytes
    kind: str
    length: int = 0
    ends: bool = False


class Refill:
    """The keys of one backup on their way into Redis, for one operation."""

    def __init__(self, client: Client, keys: Keys, operation: str) -> None:
        self._client, self._keys = client, keys
        self._prefix = keys.every_pattern.removesuffix("*").encode()
        self._mark = keys.restoring(operation).encode()
        self._filled: dict[bytes, _Filled] = {}
        self._former: dict[str, Any] = {}
        """What held the services in the backup, as it stands there."""

    def begin(self) -> None:
        """Remove what earlier restores have left, and leave a mark without which nothing takes its place."""
        self._remove(self._left(self._keys.restoring_pattern))
        self._run([("SET", self._mark, "filling", "EX", _DAY_S)])

    def take(self, piece: Piece) -> None:
        """Fill in some elements. What has ended since the backup was made stays away. Raises errors of Redis."""
        ends_at = piece.group.get("ends_at")
        if ends_at is not None and ends_at <= now_ms():
            return
        name, kind = unpacked(piece.group["key"]), str(piece.group["type"])
        beside = self._beside_of(name)
        calls = _calls(beside, kind, piece.elements)
        replies = self._run([*calls, ("PEXPIREAT", beside, ends_at) if ends_at else ("EXPIRE", beside, _DAY_S)])
        filled = self._filled.setdefault(beside, _Filled(name, kind, ends=ends_at is not None))
        filled.length = _length(kind, filled.length, replies[: len(calls)])

    def hold(self, services: Sequence[str], hold: Hold) -> None:
        """What is filled will hold these services until `lift`."""
        beside = self._beside_of(self._keys.holds.encode())
        with failures_named():
            self._former = dict(zip(services, self._client.hmget(beside, list(services)), strict=True))
            self._client.hset(beside, mapping=dict.fromkeys(services, msgspec.json.encode(hold)))
            length = int(self._client.hlen(beside))
        self._run([("EXPIRE", beside, _DAY_S)])
        self._filled[beside] = _Filled(self._keys.holds.encode(), "hash", length)

    def lift(self, hold: Hold) -> None:
        """What held the services in the backup holds them again, unless somebody else holds them by now."""
        told = msgspec.json.encode(hold)

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

    def going(self) -> list[bytes]:
        """Every key of the lane, without what restores fill: what `swap` is to remove."""
        beside = self._keys.restoring_pattern.removesuffix("*").encode()
        names = {name for some in Walk(self._client, math.inf, self._keys.every_pattern) for name in some}
        return sorted(name for name in names if owned(self._keys, name) and not name.startswith(beside))

    def swap(self, going: Sequence[bytes]) -> None:
        """What is filled takes its place and `going` goes; then wait until it is on the disk, where Redis writes one.

        Raises ForgottenError if what was filled is not there as it was filled: then nothing was changed.
        """
        pairs = [name for beside, filled in self._filled.items() for name in (beside, filled.name)]
        told: list[object] = [len(going)]
        for one in self._filled.values():
            told += ["EXISTS" if one.kind == "string" else LENGTHS[one.kind], one.length, int(one.ends)]
        answer = scripts.call(self._client, "swap", [self._mark, *going, *pairs], told)
        if answer[0] != b"OK":
            what = "what was filled" if len(answer) == 1 else answer[1].decode("utf-8", "backslashreplace")
            raise ForgottenError(
                f"Redis has forgotten {what}: it was restarted or replaced meanwhile",
                why="nothing was replaced", tries=("mutt redis info", "mutt restore FILE"),
            )  # fmt: skip
        self._wait_for_the_disk()

    def drop(self) -> None:
        """Give it up: from now on nothing of it can take its place."""
        self._run([("UNLINK", self._mark)])
        self._remove(self._left(self._mark.decode() + "*"))

    def _wait_for_the_disk(self) -> None:
        """Redis says when its log is written; one without a log, or too old to say so, is not waited for."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.execute_command("WAITAOF", 1, 0, _SYNC_MS)  # type: ignore[no-untyped-call]
        with failures_named():
            pipeline.execute(raise_on_error=False)

    def _left(self, pattern: str) -> list[bytes]:
        return sorted({name for some in Walk(self._client, math.inf, pattern) for name in some})

    def _beside_of(self, name: bytes) -> bytes:
        return self._mark + name.removeprefix(self._prefix)

    def _remove(self, names: Sequence[bytes]) -> None:
        for start in range(0, len(names), _AT_ONCE):
            self._run([("UNLINK", *names[start : start + _AT_ONCE])])

    def _run(self, calls: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The replies. An error is told without the call: it would show what is in a message."""
        pipeline = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*call)  # type: ignore[no-untyped-call]
        with failures_named():
            replies = pipeline.execute(raise_on_error=False)
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
        return list(replies)


def _length(kind: str, before: int, replies: Sequence[Any]) -> int:
    """Elements of a key: of a list as it said last, of the others as many as were new."""
    if kind == "list":
        return int(replies[-1]) if replies else before
    return 1 if kind == "string" else before + (len(replies) if kind == "stream" else sum(map(int, replies)))


def _calls(name: bytes, kind: str, elements: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The commands that append these elements to the key."""
    if kind == "stream":
        return [("XADD", name, at, *_flat(fields)) for at, fields in elements]
    if kind == "zset":
        return [("ZADD", name, *(word for member, score in elements for word in (str(score), unpacked(member))))]
    if kind == "hash":
        return [("HSET", name, *_flat(elements))]
    word = {"list": "RPUSH", "set": "SADD", "string": "SET"}[kind]
    return [(word, name, *map(unpacked, elements))]


def _flat(pairs: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    return (unpacked(one) for pair in pairs for one in pair)
