"""Bulk moves between lists, one slice at a time, each slice once however often it is repeated."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.adapters import scripts
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.ids import uuid7_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.alerter_queue import LedgerEntry
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys

SLICE = 100
"""Most elements a slice may hold (architecture.md section 3)."""
_CLOSED_FROM: Final = 2**31
"""No slice has such a number: it is the moment, Unix ms, at which an operation was closed."""
_CLOSED_KEPT_MS: Final = 30 * 86_400_000
"""How long before everything else it is forgotten: whoever takes back what was killed then has to know of it."""


@dataclass(frozen=True)
class Item:
    """One element and its decision: to another list (`target`, perhaps as `replacement`), removed, or it stays."""

    element: bytes
    target: str = ""
    replacement: bytes = b""
    removed: bool = False

    @property
    def digest(self) -> str:
        """SHA-1 of the element: the script checks that it meets what was decided on."""
        return hashlib.sha1(self.element, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Moved:
    """The slice is done; `left` elements are in the source list now."""

    left: int


def move(
    client: Client,
    keys: Keys,
    items: Sequence[Item],
    *,
    operation: str,
    number: int,
    source: str,
    uid: str,
    ledger: Sequence[LedgerEntry] = (),
    journal: bytes = b"",
) -> Moved | Literal["already", "changed"]:
    """Carry out slice `number` (from 1) of an operation; `items` are the oldest of `source`, oldest first."""
    names = [keys.operations, source, keys.journal, keys.ledger, keys.ledger_minutes]
    targets = {target: len(names) + 1 + n for n, target in enumerate(sorted({i.target for i in items if i.target}))}
    names += sorted(targets, key=targets.__getitem__)
    replacements: list[bytes] = []
    plan = {"items": [_planned(item, targets, replacements) for item in items], "ledger": ledger}
    arguments = [operation, number, uid, msgspec.msgpack.encode(plan), journal, *replacements]
    answer = scripts.call(client, "move", names, arguments)
    if answer[0] == b"OK":
        return Moved(int(answer[1]))
    return "already" if answer[0] == b"ALREADY" else "changed"


def oldest(client: Client, key: str, count: int, skip: int = 0) -> list[bytes]:
    """Up to `count` elements of a list, oldest first, without the `skip` oldest ones. Nothing is taken."""
    with failures_named():
        found = client.lrange(key, -(skip + count), -(skip + 1))
    return [element for element in reversed(found) if isinstance(element, bytes)]


def forget(client: Client, keys: Keys, operation: str) -> None:
    """Forget how far a finished operation came. Afterwards none of its slices may be repeated."""
    with failures_named():
        client.hdel(keys.operations, operation)


def close(client: Client, keys: Keys, operation: str, at_ms: int) -> None:
    """Nothing more of an operation is carried out, by whoever was taken for dead either; in time it is forgotten."""
    with failures_named():
        client.hset(keys.operations, operation, str(at_ms))


def forget_abandoned(client: Client, keys: Keys, before_ms: int) -> int:
    """Forget operations that a daemon, which died, began before this moment (Unix ms); how many.

    Those that were closed are forgotten a month later.
    """
    with failures_named():
        kept = {name.decode("utf-8", "replace"): last for name, last in client.hscan_iter(keys.operations, count=SLICE)}
        gone = [name for name, last in kept.items() if _is_over(name, last, before_ms)]
        return int(client.hdel(keys.operations, *gone)) if gone else 0


def _is_over(name: str, last: bytes, before_ms: int) -> bool:
    began, number = uuid7_ms(name), int(last) if last.isdigit() else 0
    return (began is not None and began < before_ms) or _CLOSED_FROM <= number < before_ms - _CLOSED_KEPT_MS


def _planned(item: Item, targets: dict[str, int], replacements: list[bytes]) -> tuple[str, int, int]:
    target = -1 if item.removed else targets.get(item.target, 0)
    if not item.replacement:
        return (item.digest, target, 0)
    replacements.append(item.replacement)
    return (item.digest, target, 5 + len(replacements))
