"""Timestamps as devices write them, read into UTC: with or without year, zone, fraction, in five orders.

Promise: what looks like a time but is none (Feb 30, 25:00) is not read; a missing year becomes the one that puts
the time nearest to `now`, never more than a day into the future; a missing zone is the caller's default. Nothing
here reads a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_MON: Final = r"([Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec)"
_TIME: Final = r"(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9})(?:\.\d)?)?"
_YEAR: Final = r"((?:19|20)\d{2})"

# RFC 3164, Cisco, ASA: `Nov 23 10:00:00`, `Mon Nov 23 2026 10:00:00.123`; H3C puts the year last.
_MONTH_FIRST: Final = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?{_MON} +(\d{{1,2}})(?: {_YEAR})?,? +{_TIME}(?: {_YEAR}(?= |: ))?"
)
# NX-OS and IOS-XR `year`: `2026 Nov 23 10:00:00`.
_YEAR_FIRST: Final = re.compile(rf"{_YEAR} {_MON} +(\d{{1,2}}) {_TIME}")
# ISO 8601 and RFC 3339, with a space or slashes too (older Huawei, FortiAnalyzer).
_ISO: Final = re.compile(rf"{_YEAR}([-/])(\d{{1,2}})\2(\d{{1,2}})[Tt ]{_TIME}")

_OFFSET: Final = re.compile(r" ?(?:(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})(?!\d)|([Zz])(?![\w]))")
_NAME: Final = re.compile(r" ([A-Z]{2,5})(?![\w])")

_WORD_AFTER: Final = re.compile(r" +[^\s:\[\]]+ ")

# Zone names in minutes east of UTC. Names with several meanings (CST, IST, BST) take the one Cisco documents
# or the more common one; the default zone wins where it uses the same name.
_ZONES: Final = {
    "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "MET": 60, "MEZ": 60, "CEST": 120, "MEST": 120,
    "MESZ": 120, "EET": 120, "EEST": 180, "SAST": 120, "MSK": 180, "GST": 240, "PKT": 300, "IST": 330, "ICT": 420,
    "WIB": 420, "SGT": 480, "HKT": 480, "PHT": 480, "AWST": 480, "JST": 540, "KST": 540, "ACST": 570, "ACDT": 630,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "BRT": -180, "ART": -180, "AST": -240, "ADT": -180,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AKST": -540, "AKDT": -480, "HST": -600,
}  # fmt: skip


class Stamp(NamedTuple):
    """A time in UTC, the position after it, and a zone name that is not known (its time is in the default zone)."""

    when: datetime
    end: int
    unknown_zone: str = ""


class _Moment(NamedTuple):
    """Date and time as written, before a zone."""

    year: int | None
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int


def read_stamp(text: str, pos: int, now: datetime, default: tzinfo, *, custom_zone: bool = False) -> Stamp | None:
    """The timestamp that begins at `pos`, with its zone, or None. `now` must be aware.

    `custom_zone` says that the stamp is a network device's own, where the zone may have any name.
    """
    read = _read_moment(text, pos)
    if read is None:
        return None
    moment, end = read
    zone, end, unknown = _read_zone(text, end, moment, default, custom=custom_zone)
    when = _in_utc(moment, zone, now)
    return None if when is None else Stamp(when, end, unknown)


def rfc3339(when: datetime) -> str:
    """`when` (UTC) as RFC 3339 with `Z`, with milliseconds or microseconds only if there are any."""
    spec = "auto" if when.microsecond % 1000 or not when.microsecond else "milliseconds"
    return when.isoformat(timespec=spec)[:-6] + "Z"


def _read_moment(text: str, pos: int) -> tuple[_Moment, int] | None:
    if text[pos : pos + 1].isalpha():
        if found := _MONTH_FIRST.match(text, pos):
            mon, day, year, *time, late_year = found.groups()
            return _moment(year or late_year, _MONTHS[mon.lower()], day, time), found.end()
    elif found := _ISO.match(text, pos):
        year, _, month, day, *time = found.groups()
        return _moment(year, int(month), day, time), found.end()
    elif found := _YEAR_FIRST.match(text, pos):
        year, mon, day, *time = found.groups()
        return _moment(year, _MONTHS[mon.lower()], day, time), found.end()
    return None


def _moment(year: str | None, month: int, day: str, time: list[str]) -> _Moment:
    hour, minute, second, fraction = time
    return _Moment(
        int(year) if year else None,
        month,
        int(day),
        int(hour),
        int(minute),
        # A leap second has no place in datetime; RFC 5424 section 6.2.3 forbids it. It counts as the second before.
        59 if second == "60" else int(second),
        int(fraction[:6].ljust(6, "0")) if fraction else 0,
    )


def _read_zone(text: str, pos: int, moment: _Moment, default: tzinfo, *, custom: bool) -> tuple[tzinfo, int, str]:
    """The zone at `pos` (or the default), the position after it, and its name if it is not a known one."""
    if found := _OFFSET.match(text, pos):
        sign, hours, minutes, zulu = found.groups()
        if zulu:
            return UTC, found.end(), ""
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset < timedelta(hours=24):
            return timezone(-offset if sign == "-" else offset), found.end(), ""
    found = _NAME.match(text, pos)
    if found is None or not _is_zone(text, found, custom=custom):
        return default, pos, ""
    name, end = found[1], found.end()
    if name == _name_in(default, moment):
        return default, end, ""
    if name in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name])), end, ""
    return default, end, name


def _is_zone(text: str, found: re.Match[str], *, custom: bool) -> bool:
    """Tell a zone from a host: `10:00:00 CET: %LINK` and `10:00:00 CET core1 %LINK` against `10:00:00 FW sshd: x`.

    With `custom`, an unknown name before a colon counts too: `clock timezone BERLIN 1` is legal on Cisco.
    """
    if found[1] in _ZONES:
        return text.startswith((":", " :"), found.end()) or _WORD_AFTER.match(text, found.end()) is not None
    return custom and text.startswith(":", found.end())


def _name_in(zone: tzinfo, moment: _Moment) -> str | None:
    if zone is UTC:
        return "UTC"
    try:
        return zone.tzname(datetime(moment.year or 2000, *moment[1:], tzinfo=None))  # noqa: DTZ001 - naive by contract
    except ValueError:
        return None


def _in_utc(moment: _Moment, zone: tzinfo, now: datetime) -> datetime | None:
    try:
        if moment.year is None:
            return _nearest(moment, zone, now)
        return datetime(moment.year, *moment[1:], tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _nearest(moment: _Moment, zone: tzinfo, now: datetime) -> datetime | None:
    """The latest such date that is at most a day ahead: years are further apart than a day, so it is the nearest.

    Eight years back reach the leap day before any year (1896 and 2096 aside, where a century has none).
    """
    limit = now + timedelta(days=1)
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            when = datetime(year, *moment[1:], tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if when <= limit:
            return when
    return None
