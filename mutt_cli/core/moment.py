"""Moments as text and as Unix milliseconds: RFC 3339 in UTC with a `Z`, whatever a hand or a device wrote."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, which RFC 3339 can still write."""


@lru_cache(maxsize=256)
def rfc3339(unix_ms: int) -> str:
    """`2026-03-08T03:07:40.003Z` for Unix milliseconds; what lies outside the years 1970 to 9999 is clamped."""
    moment = _EPOCH + timedelta(milliseconds=min(max(unix_ms, 0), _LAST_MS))
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"  # instead of +00:00


def unix_ms(value: object) -> int | None:
    """Unix milliseconds of ISO 8601 text (no zone means UTC) or of a number; None if it is no moment since 1970.

    Numbers below 10^11 are seconds, above they are milliseconds: 10^11 s is the year 5138, 10^11 ms is 1973.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        # Subtraction, unlike a change of zone, cannot leave the range of years.
        return _in_range((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if not 0 <= value <= _LAST_MS:
        return None
    return round(value * 1000) if value < 10**11 else round(value)


def _in_range(since_epoch: timedelta) -> int | None:
    ms = since_epoch // timedelta(milliseconds=1)
    return ms if 0 <= ms <= _LAST_MS else None
