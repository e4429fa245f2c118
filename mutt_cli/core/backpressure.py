"""What an alerter does when events come in faster than it decides them (D9, C-38).

The depth of the ingest queue is judged at each claim. Nothing is lost in any mode: what is shed waits in
`mutt:dlq:alerter` with the reason `shed`, and remediation brings it back once the depth is below the warn threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How full the ingest queue is."""

    CALM = 0
    WARN = 1
    """At the warn threshold or above."""
    SHED = 2
    """Above the shed threshold: the mode decides."""


@dataclass(frozen=True)
class Depths:
    """Lengths of the queues at one instant: events that wait after this claim, and alerts."""

    waiting: int
    alerts: int


@dataclass(frozen=True)
class Thresholds:
    """The settings of one moment (contract.md 4)."""

    warn: int
    shed: int
    mode: str
    """`none`, `dlq` or `defer`."""


@dataclass(frozen=True)
class Load:
    """What the depth means for the batch in hand. `depth` counts the batch."""

    level: Level
    depth: int
    shed: int = 0
    """How many of the batch, the oldest ones, are set aside."""
    pause: bool = False
    """Wait before the next claim: the alert queue is the bottleneck, deciding more would only fill it."""


def judge(depths: Depths, batch: int, limits: Thresholds) -> Load:
    """What to do with a batch of this size."""
    depth = depths.waiting + batch
    if depth <= limits.shed:
        return Load(Level.WARN if depth >= limits.warn else Level.CALM, depth)
    if limits.mode == "dlq":
        return Load(Level.SHED, depth, shed=min(batch, depth - limits.shed))
    return Load(Level.SHED, depth, pause=limits.mode == "defer" and depths.alerts >= limits.warn)
