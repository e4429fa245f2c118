"""When something that ended is started again: after 1 s, then twice as long each time, up to 30 s."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FIRST_S: Final = 1.0
LONGEST_S: Final = 30.0
STEADY_S: Final = 60.0
"""Running this long makes the next wait the first one again."""


@dataclass(frozen=True)
class Restarts:
    """How often one process has ended lately. Times are seconds of one monotonic clock."""

    started: float
    wait: float = 0.0
    due: float | None = None
    """When to start it again; None while it runs."""

    def ended(self, now: float) -> Restarts:
        """It was seen to have ended."""
        steady = now - self.started >= STEADY_S
        wait = FIRST_S if steady or not self.wait else min(LONGEST_S, self.wait * 2)
        return replace(self, wait=wait, due=now + wait)

    def begun(self, now: float) -> Restarts:
        """It was started again."""
        return replace(self, started=now, due=None)
