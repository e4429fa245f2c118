"""Something that a person has stopped for a time: who, why, since when, and until when it comes back by itself."""

from __future__ import annotations

import msgspec


class Pause(msgspec.Struct, frozen=True):
    """One stop. Times are Unix milliseconds of Redis; without `until_ms` it lasts until somebody ends it."""

    by: str
    reason: str
    at_ms: int
    until_ms: int | None = None

    def in_force(self, now_ms: int) -> bool:
        """Whether it still holds."""
        return self.until_ms is None or now_ms < self.until_ms


def read(value: bytes, now_ms: int) -> Pause | None:
    """The pause that is stored there, None if it is over. What a hand wrote there means: stopped, nobody knows why."""
    try:
        found = msgspec.json.decode(value, type=Pause)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Pause("somebody", "", 0)
    return found if found.in_force(now_ms) else None
