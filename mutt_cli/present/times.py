"""Moments, durations, counts and sizes as people and machines read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_UNITS: Final = ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s"))
_SIZES: Final = ("B", "KB", "MB", "GB", "TB", "PB")


def instant(moment: datetime, *, local: bool = False) -> str:
    """`2026-11-23T22:33:04.120Z`; with `local` the same in this machine's zone, with its offset."""
    if local:
        return moment.astimezone().isoformat(timespec="milliseconds")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(moment: datetime, *, local: bool = False) -> str:
    """Only the time of day, to the second: `03:07:31Z`."""
    return f"{moment.astimezone():%H:%M:%S}" if local else f"{moment.astimezone(UTC):%H:%M:%S}Z"


def span(seconds: float) -> str:
    """A duration in at most two units: `0.9s`, `42s`, `4m51s`, `2h05m`, `3d04h`."""
    if seconds < 0:
        return "-" + span(-seconds)
    if round(seconds, 1) < 10:
        tenths = f"{seconds:.1f}"
        return tenths.removesuffix(".0") + "s"
    whole = round(seconds)
    for size, unit, part, part_unit in _UNITS:
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // part:02d}{part_unit}"
    return f"{whole}s"


def count(number: float) -> str:
    """`1,204,332`; a fraction keeps one digit."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"


def size(number: float) -> str:
    """Bytes with decimal units, as df -H has them: `812 MB`, `4.1 GB`."""
    scaled, unit = float(number), 0
    while abs(scaled) >= 999.5 and unit < len(_SIZES) - 1:
        scaled, unit = scaled / 1000, unit + 1
    digits = 1 if unit and abs(scaled) < 9.95 else 0
    return f"{scaled:.{digits}f} {_SIZES[unit]}"
