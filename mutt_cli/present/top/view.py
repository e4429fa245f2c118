"""What one frame of the screen is drawn from: the moment, what is known of the minutes before, and how to draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.health.check import HealthCheck, State
    from mutt_cli.core.top.frame import Frame, Sample

Mode = Literal["live", "paused", "history", "replay"]


@dataclass(frozen=True)
class Size:
    """The screen, in columns and lines."""

    width: int
    height: int

    @property
    def wide(self) -> bool:
        """Whether there is room for more panels (ux.md 5.2, rule 12)."""
        return self.width >= 100 and self.height >= 30

    @property
    def tiny(self) -> bool:
        """Whether there is less room than the overview is made for: then it is a list."""
        return self.width < 80 or self.height < 24


@dataclass(frozen=True)
class Lock:
    """Whether keys may change something. `left_s`: how long they still may; None: they may not."""

    left_s: float | None = None
    for_ever: bool = False
    """Nothing can be changed here at all: a recording, or a deployment that is read-only."""


@dataclass(frozen=True)
class View:
    """Everything that a frame of the screen is drawn from."""

    size: Size
    context: str
    protected: bool
    frame: Frame | None
    old: frozenset[str] = frozenset()
    """Parts of the frame that are of before, because they could not be had now (core/top/carried.py)."""
    checks: tuple[HealthCheck, ...] = ()
    """What `mutt health` makes of the frame."""
    samples: Sequence[Sample] = ()
    """Up to the frame, oldest first."""
    moment_ms: int = 0
    """When the frame was taken, by the clock of Redis, as the samples have it."""
    mode: Mode = "live"
    interval_s: float = 2.0
    now_ms: int = 0
    """By the clock of this host; of a recording the moment that is shown."""
    lock: Lock = field(default_factory=Lock)
    ascii_only: bool = False
    span: tuple[int, int] | None = None
    """The first and the last moment that can be gone to, Unix ms."""
    playing: bool = False
    speed: int = 1
    """Of a recording."""
    path: str = ""
    """Where in the screens this is: `DLQ / dlq-moog`; empty on the overview."""
    message: str = ""
    """What happened just now, for the line above the keys."""
    trouble: str = ""
    """Why there is no frame, or none newer."""

    @property
    def age_s(self) -> float:
        """How old the frame is; while Redis does not answer, how old what is shown of the flow is."""
        if self.frame is None or self.mode != "live":
            return 0.0
        flow = self.frame.snapshot.pipeline
        at_ms = flow.at_ms if "pipeline" in self.old and flow.at_ms else self.frame.at_ms
        return max(0.0, (self.now_ms - at_ms) / 1000)

    @property
    def stale(self) -> bool:
        """Whether the frame is older than three intervals (ux.md 5.2, rule 3), and more than a slow look takes."""
        return self.age_s > max(3 * self.interval_s, 5.0)

    def count(self, state: State) -> int:
        """How many checks have this state."""
        return sum(one.state == state for one in self.checks)

    def check(self, name: str) -> HealthCheck | None:
        """The check of this id."""
        return next((one for one in self.checks if one.id == name), None)
