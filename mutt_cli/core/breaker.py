"""The circuit breaker in words: what it does now, and when it tries again."""

from __future__ import annotations

from typing import Final, Literal

Judged = Literal["ok", "warn", "crit"]
_JUDGED: Final[dict[str, Judged]] = {"CLOSED": "ok", "HALF_OPEN": "warn", "OPEN": "crit"}


def judged(state: str) -> Judged:
    """How a state is judged; what nobody knows is a warning."""
    return _JUDGED.get(state, "warn")


def next_try_ms(state: str, opened_ms: int, timeout_ms: int, *, tripped: bool, until_ms: int = 0) -> int | None:
    """When alerts are tried again by themselves, Unix ms; None if they flow already, or if nobody knows.

    A tripped breaker (`until_ms` 0: until it is reset) does not look at CIRCUIT_BREAKER_TIMEOUT.
    """
    if state != "OPEN":
        return None
    if tripped:
        return until_ms or None
    return opened_ms + timeout_ms if timeout_ms and opened_ms else None
