"""A maintenance window: a time in which people know that something is not as usual, and why."""

from __future__ import annotations

import msgspec


class Window(msgspec.Struct, frozen=True):
    """One window; `id` is the operation that opened it, times are Unix ms by the clock of Redis."""

    id: str
    scope: str
    actor: str
    reason: str
    since: int
    until: int
    ended: int = 0
    """When somebody ended it early; 0 if nobody has."""
    ended_by: str = ""

    def open(self, now_ms: int) -> bool:
        """Whether it covers this moment."""
        return not self.ended and now_ms < self.until
