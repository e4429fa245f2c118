"""Walking the keys of a Redis that others need too: SCAN in small steps, never KEYS, within a budget of time.

Between two steps we wait as long as the step took, so that at most half of the server's time is ours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.redis_client import Client

STEP: Final = 500
"""Keys that one call looks at: well below a millisecond of the server's time."""
LONGEST_PAUSE_S: Final = 0.1


@dataclass
class Walk:
    """One walk over the keys of a data base. Iterating gives slices of names; afterwards it knows how far it came."""

    client: Client
    budget_s: float
    match: str | None = None
    looked_at: int = field(default=0, init=False)
    """Keys the server looked at; with `match` by our count of the steps, so only about that many."""
    complete: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[list[bytes]]:
        """Slices of names; a key may come twice, and one that is there all the time comes for sure if `complete`.

        What the caller asks the server for between two slices counts as part of the step. Raises as
        `failures_named`.
        """
        ends, cursor = boottime_s() + self.budget_s, 0
        while True:
            began = boottime_s()
            with failures_named():
                cursor, names = self.client.scan(cursor, match=self.match, count=STEP)
            self.looked_at += len(names) if self.match is None else STEP
            if names:
                yield [name for name in names if isinstance(name, bytes)]
            if int(cursor) == 0:
                self.complete = True
                return
            now = boottime_s()
            if now >= ends:
                return
            time.sleep(min(now - began, LONGEST_PAUSE_S, ends - now))


def size(client: Client) -> int:
    """Number of keys in this data base, whoever's they are."""
    with failures_named():
        return int(client.dbsize())


def bytes_of(client: Client, names: Sequence[bytes | str]) -> list[int]:
    """Memory of each key with its value, estimated from a few of its elements; 0 if it is gone."""
    return [int(one or 0) for one in _each(client, [("MEMORY", "USAGE", name) for name in names])]


def expiries_ms(client: Client, names: Sequence[bytes]) -> list[int]:
    """Milliseconds each key has left; -1 if it lives for ever, -2 if it is gone."""
    return [int(one) for one in _each(client, [("PTTL", name) for name in names])]


def types_of(client: Client, names: Sequence[bytes]) -> list[str]:
    """`list`, `hash` ...; `none` if it is gone."""
    return [one.decode() if isinstance(one, bytes) else str(one) for one in _each(client, [("TYPE", n) for n in names])]


LENGTHS: Final = {
    "list": "LLEN", "hash": "HLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN", "string": "STRLEN",
}  # fmt: skip


def lengths_of(client: Client, names: Sequence[bytes], types: Sequence[str]) -> list[int | None]:
    """Elements of each key (bytes of a string); None for a type we do not know, or one that changed meanwhile."""
    asked = [(LENGTHS[one], name) for name, one in zip(names, types, strict=True) if one in LENGTHS]
    answers = iter(_each(client, asked, strict=False))
    found = [next(answers) if one in LENGTHS else None for one in types]
    return [one if isinstance(one, int) else None for one in found]


def _each(client: Client, calls: Sequence[tuple[Any, ...]], *, strict: bool = True) -> list[Any]:
    pipeline = client.pipeline(transaction=False)
    for call in calls:
        pipeline.execute_command(*call)  # type: ignore[no-untyped-call]
    with failures_named():
        return list(pipeline.execute(raise_on_error=strict))
