"""The keys of Redis for a backup: each by its type, in pages that hold nobody up.

A list is read from where producers push, upwards. What consumers take at the other end moves nothing that is still to
be read, and what arrives moves it only further up: an element that stays in the list throughout is met once or, if
others arrive, twice, and never missed. Of sets and hashes SCAN promises the same.
"""

from __future__ import annotations

import math
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import keyspace
from mutt_cli.adapters.backup_file import packed
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.redis_client import RedisRefusedError, failures_named
from mutt_cli.keys import owned, passing_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

_PAGE_BYTES: Final = 1 << 18
_FIRST: Final = 10
_MOST: Final = 1000
"""Elements of one page of a list or a stream."""
_SCANNED: Final = 200
"""About so many elements of a set or a hash in one call: their size is not known before."""
_UNTIL_ITS_END_S: Final = math.inf
"""Half a walk over the keys would be half a backup."""


def described(client: Client, name: bytes) -> dict[str, Any] | None:
    """Name, type and, where it ends, when (Unix ms); None if it is gone."""
    kind = keyspace.types_of(client, [name])[0]
    if kind == "none":
        return None
    left = keyspace.expiries_ms(client, [name])[0]
    ends = {"ends_at": now_ms() + left} if left >= 0 else {}
    return {"key": packed(name), "type": kind, **ends}


def elements(client: Client, name: bytes, kind: str) -> Iterator[list[Any]]:
    """The elements of a key in pages: of a hash pairs, of a sorted set members with scores, of a stream entries.

    Raises RedisRefusedError MUTT-R103 for a type of a module, and errors of Redis.
    """
    reading = {"list": _list, "hash": _hash, "zset": _zset, "set": _set, "stream": _stream, "string": _string}
    if kind not in reading:
        raise RedisRefusedError(
            f"the key {packed(name)} has the type {kind}, which no backup can hold",
            why="none of MUTT's keys has it: somebody else's lies among them",
            tries=("mutt redis bigkeys", "redis-cli DEL KEY"),
        )
    return reading[kind](client, name)


def at_once(client: Client, names: Sequence[bytes]) -> list[tuple[bytes, dict[str, Any], list[Any]]]:
    """Small hashes and strings that only mean something together, all as of one moment; those that are there.

    Each with its description and its elements, as `described` and `elements` have them.
    """
    kinds = keyspace.types_of(client, names)
    pipeline = client.pipeline(transaction=True)
    known = [(name, kind) for name, kind in zip(names, kinds, strict=True) if kind in {"hash", "string"}]
    for name, kind in known:
        (pipeline.hgetall if kind == "hash" else pipeline.get)(name)
    with failures_named():
        answers = pipeline.execute() if known else []
    return [
        (name, {"key": packed(name), "type": kind}, _told(found))
        for (name, kind), found in zip(known, answers, strict=True)
        if found
    ]


def _told(found: Any) -> list[Any]:
    if isinstance(found, dict):
        return [[packed(field), packed(value)] for field, value in found.items()]
    return [packed(found)]


def lasting(client: Client, keys: Keys, known: frozenset[bytes]) -> Iterator[bytes]:
    """Every key of this lane that is state and is not `known`, once each."""
    passing, seen = passing_patterns(keys), set(known)
    for names in keyspace.Walk(client, _UNTIL_ITS_END_S, match=keys.every_pattern):
        for name in names:
            text = name.decode("utf-8", "backslashreplace")
            if name in seen or not owned(keys, name) or any(fnmatchcase(text, one) for one in passing):
                continue
            seen.add(name)
            yield name


def _list(client: Any, name: bytes) -> Iterator[list[Any]]:
    start, count = 0, _FIRST
    while found := _asked(client.lrange, name, start, start + count - 1):
        yield [packed(one) for one in found]
        start, count = start + len(found), _page(found)


def _page(last: Sequence[bytes]) -> int:
    """How many elements like these make about a page."""
    average = sum(map(len, last)) / len(last) + 1
    return max(1, min(_MOST, int(_PAGE_BYTES / average)))


def _hash(client: Any, name: bytes) -> Iterator[list[Any]]:
    for found in _scanned(client.hscan, name):
        yield [[packed(field), packed(value)] for field, value in found.items()]


def _zset(client: Any, name: bytes) -> Iterator[list[Any]]:
    for found in _scanned(client.zscan, name):
        yield [[packed(member), _score(float(score))] for member, score in found]


def _score(score: float) -> float | str:
    """JSON has no infinity, and Redis understands the word."""
    return str(score) if math.isinf(score) else score


def _set(client: Any, name: bytes) -> Iterator[list[Any]]:
    for found in _scanned(client.sscan, name):
        yield [packed(one) for one in found]


def _scanned(scan: Callable[..., Any], name: bytes) -> Iterator[Any]:
    cursor = 0
    while True:
        cursor, found = _asked(scan, name, cursor, count=_SCANNED)
        yield found
        if not int(cursor):
            return


def _stream(client: Any, name: bytes) -> Iterator[list[Any]]:
    after, count = "-", _FIRST
    while found := _asked(client.xrange, name, min=after, max="+", count=count):
        yield [[packed(at), [[packed(one), packed(value)] for one, value in fields.items()]] for at, fields in found]
        after = f"({found[-1][0].decode()}"
        count = _page([b"".join((*fields, *fields.values())) for _, fields in found])


def _string(client: Any, name: bytes) -> Iterator[list[Any]]:
    found = _asked(client.get, name)
    yield [] if found is None else [packed(found)]


def _asked(call: Callable[..., Any], *words: Any, **more: Any) -> Any:
    with failures_named():
        return call(*words, **more)
