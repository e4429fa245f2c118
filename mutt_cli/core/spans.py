"""Durations and moments as operators type them: `90`, `15m`, `1h30m`, `2h` ago, RFC 3339, or a time of day."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

_PARTS: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_BARE: Final = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_MOST: Final = timedelta(days=36_500)


def duration(text: str) -> timedelta | None:
    """The duration meant, or None. A bare number is seconds; units are ms, s, m, h, d, w; at most a century."""
    text = text.strip().lower()
    if _BARE.fullmatch(text):
        seconds = float(text)
    else:
        parts = _PARTS.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            return None
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return timedelta(seconds=seconds) if seconds <= _MOST.total_seconds() else None


def to_come(text: str, now: datetime) -> datetime | None:
    """The moment meant, in the zone of `now`, or None: so long from now, or ISO 8601; a date is its first moment."""
    text = text.strip()
    ahead = duration(text) if not text.isdigit() else None
    return now + ahead if ahead is not None else _iso(text, now)


def moment(text: str, now: datetime) -> datetime | None:
    """The moment meant, in the zone of `now`, or None: a duration ago, ISO 8601, or the last time it was HH:MM."""
    text = text.strip()
    ago = duration(text) if not text.isdigit() else None
    if ago is not None:
        return now - ago
    of_day = _CLOCK.fullmatch(text.removesuffix("Z"))
    if of_day:
        hour, minute, second = (int(part or 0) for part in of_day.groups())
        today = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
        return today if today <= now else today - timedelta(days=1)
    return _iso(text, now)


def _iso(text: str, now: datetime) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=now.tzinfo)
