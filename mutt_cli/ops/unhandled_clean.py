"""Removing counts of unmatched events that nothing adds to any more (C-35): by when they were last seen.

The values are recorded before the first is removed, so that a removal that was killed half way
can be taken back as well; what is left to remove is found again by the next call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import unhandled_kinds
from mutt_cli.adapters.keyspace import Walk
from mutt_cli.core.moment import unix_ms
from mutt_cli.ops.redis_keys import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from mutt_cli.adapters.unhandled_kinds import Stored
    from mutt_cli.ops.backends import Backends

_STRAYS_BUDGET_S = 2.0
"""How long keys are looked for that the index does not know: what an earlier release or a hand has left."""


@dataclass(frozen=True)
class CleanPlan:
    """What would go. `complete`: whether every key was looked at for strays; those of the index always are."""

    before: datetime
    old: tuple[Stored, ...]
    known: int
    unreadable: int
    """Values that say no time; they are left alone."""
    complete: bool

    @property
    def size(self) -> int:
        """Bytes of the values."""
        return sum(len(one.value) for one in self.old)

    @property
    def oldest(self) -> datetime | None:
        """When the one that was seen longest ago was seen."""
        seen = [at for one in self.old if (at := last_seen_ms(one)) is not None]
        return datetime.fromtimestamp(min(seen) / 1000, tz=UTC) if seen else None


def plan(backends: Backends, now: datetime, older_than: timedelta, timeout_s: float) -> CleanPlan:
    """Every kind whose counts say that it was last seen before `now` less `older_than`."""
    client, keys = backends.redis(), backends.keys
    before = now - older_than
    names = dict.fromkeys(unhandled_kinds.indexed(client, keys))
    walk = Walk(client, min(_STRAYS_BUDGET_S, timeout_s), match=keys.unhandled_pattern)
    for found in walk:
        names |= dict.fromkeys(found)
    stored = list(unhandled_kinds.stored(client, list(names)))
    ages = [(one, last_seen_ms(one)) for one in stored]
    limit = before.timestamp() * 1000
    old = tuple(one for one, seen in ages if seen is not None and seen < limit)
    return CleanPlan(before, old, len(stored), sum(seen is None for _, seen in ages), walk.complete)


def last_seen_ms(one: Stored) -> int | None:
    """When this kind was last seen; None if the value does not say."""
    return None if one.counts is None else unix_ms(one.counts.last_seen)


def remove(backends: Backends, plan: CleanPlan) -> list[Stored]:
    """Remove what is still as it was planned; returns what is gone. May be repeated."""
    return unhandled_kinds.forget(backends.redis(), backends.keys, plan.old)


def images(kinds: Sequence[Stored]) -> list[dict[str, Any]]:
    """The before-images for the operations journal."""
    return [
        {"key": shown(one.name), "value": one.value.decode("utf-8", "backslashreplace"), "left_ms": one.left_ms}
        for one in kinds
    ]
