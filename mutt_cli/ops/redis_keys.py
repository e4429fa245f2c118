"""What lies in Redis: how much of it is MUTT's, what is large, what lives for ever although it should not."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import keyspace
from mutt_cli.adapters.keyspace import Walk
from mutt_cli.adapters.ledger import registered
from mutt_cli.core.pipeline import QUEUES, in_hand
from mutt_cli.keys import expiring_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys
    from mutt_cli.ops.backends import Backends

MOST_KEYS: Final = 20
"""Rows of `bigkeys`."""
MOST_UNENDING: Final = 1000
"""Rows of `nottl`; the rest is counted."""


@dataclass(frozen=True)
class Share:
    """Keys of this data base, MUTT's lane apart from others. Not `exact`: from the part that was looked at."""

    ours: int
    others: int
    our_bytes: int | None
    """None if keys were only counted."""
    other_bytes: int | None
    looked_at: int
    exact: bool

    @property
    def total(self) -> int:
        """Number of all keys."""
        return self.ours + self.others


@dataclass(frozen=True)
class BigKey:
    """One key with what it takes. `elements` of a string are its bytes; `left_ms` None: it lives for ever."""

    name: str
    kind: str
    size: int
    elements: int | None
    ours: bool
    left_ms: int | None


@dataclass(frozen=True)
class BigKeys:
    """The largest keys that were met, MUTT's own queues always among those looked at."""

    keys: tuple[BigKey, ...]
    looked_at: int
    total: int
    complete: bool


@dataclass(frozen=True)
class Unending:
    """MUTT's keys without an expiry that should have one. `count` may be more than the names that are kept."""

    names: tuple[str, ...]
    count: int
    looked_at: int
    complete: bool


def own(client: Client, keys: Keys) -> list[tuple[str, int]]:
    """MUTT's queues, lists in hand and records with their bytes, the largest first; empty ones are left out."""
    names = lasting(client, keys)
    sizes = keyspace.bytes_of(client, names)
    found = [(name, size) for name, size in zip(names, sizes, strict=True) if size]
    return sorted(found, key=lambda one: -one[1])


def lasting(client: Client, keys: Keys) -> list[str]:
    """The keys that may grow large: queues, what workers hold, journal and ledger."""
    hands = (in_hand(role, pod) for role, pod in sorted(registered(client, keys)))
    names = [queue.key(keys) for queue in (*QUEUES, *hands)]
    return [
        *names, keys.journal, keys.ledger, keys.ledger_minutes, keys.ledger_folding, keys.unhandled_index,
        keys.witnesses, keys.operations,
    ]  # fmt: skip


def share(client: Client, keys: Keys, budget_s: float, *, weigh: bool) -> Share:
    """How many keys, and with `weigh` how many bytes, are MUTT's; keys that were not reached are estimated."""
    total, walk = keyspace.size(client), Walk(client, budget_s)
    prefix = _prefix(keys)
    large = {name.encode() for name in lasting(client, keys)} if weigh else set()
    seen = [0, 0]
    weights = [0, 0]
    for names in walk:
        mine = sum(name.startswith(prefix) for name in names)
        seen[0] += mine
        seen[1] += len(names) - mine
        if weigh:
            small = [name for name in names if name not in large]
            for name, size in zip(small, keyspace.bytes_of(client, small), strict=True):
                weights[0 if name.startswith(prefix) else 1] += size
    fixed = sum(keyspace.bytes_of(client, sorted(large))) if large else 0
    scale = 1.0 if walk.complete or not walk.looked_at else max(1.0, total / walk.looked_at)
    ours, others, our_bytes, other_bytes = (int(number * scale) for number in (*seen, *weights))
    return Share(
        ours, others, our_bytes + fixed if weigh else None, other_bytes if weigh else None, walk.looked_at,
        walk.complete,
    )  # fmt: skip


def largest(backends: Backends, budget_s: float) -> BigKeys:
    """The largest keys of this data base by bytes, as far as the budget reaches."""
    client, keys = backends.redis(), backends.keys
    total, walk = keyspace.size(client), Walk(client, budget_s)
    known = [name.encode() for name in lasting(client, keys)]
    biggest: dict[bytes, int] = {}
    for names in chain((known,), walk):
        biggest |= zip(names, keyspace.bytes_of(client, names), strict=True)
        biggest = dict(heapq.nlargest(MOST_KEYS, biggest.items(), key=lambda one: one[1]))
    found = [(name, size) for name, size in biggest.items() if size]
    return BigKeys(tuple(_described(client, keys, found)), walk.looked_at, total, walk.complete)


def _described(client: Client, keys: Keys, found: Sequence[tuple[bytes, int]]) -> Iterable[BigKey]:
    names = [name for name, _ in found]
    kinds = keyspace.types_of(client, names)
    rows = zip(
        found, kinds, keyspace.lengths_of(client, names, kinds), keyspace.expiries_ms(client, names), strict=True
    )
    for (name, size), kind, elements, left_ms in rows:
        ours = name.startswith(_prefix(keys))
        yield BigKey(shown(name), kind, size, elements, ours, left_ms if left_ms >= 0 else None)


def unending(backends: Backends, budget_s: float) -> Unending:
    """MUTT's keys that should end by themselves and do not. Queues and settings live for ever and are left out."""
    client, patterns = backends.redis(), expiring_patterns(backends.keys)
    walk = Walk(client, budget_s, match=backends.keys.every_pattern)
    found: set[bytes] = set()
    for names in walk:
        mortal = [name for name in names if any(fnmatchcase(shown(name), pattern) for pattern in patterns)]
        lives = keyspace.expiries_ms(client, mortal) if mortal else []
        found |= {name for name, left in zip(mortal, lives, strict=True) if left == -1}
    listed = sorted(shown(name) for name in found)
    looked_at = keyspace.size(client) if walk.complete else walk.looked_at
    return Unending(tuple(listed[:MOST_UNENDING]), len(listed), looked_at, walk.complete)


def shown(name: bytes) -> str:
    """A key's name as text; bytes that are no UTF-8 are spelled."""
    return name.decode("utf-8", "backslashreplace")


def _prefix(keys: Keys) -> bytes:
    return keys.every_pattern.removesuffix("*").encode()
