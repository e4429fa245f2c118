"""Facility and severity: the numbers of a PRI, the names they have, and the word an event carries.

Promise: every severity 0-7 has exactly one word of the six that rules and alerts use, and a PRI that RFC 5424
does not allow (above 191, leading zeros) is not taken for one.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

FACILITIES: Final = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
"""Facility names by number: RFC 5424 section 6.2.1, table 1, with the short names of `syslog.h`."""

WORDS: Final = ("critical", "critical", "critical", "error", "warning", "notice", "info", "debug")
"""Event severity by syslog severity. 0 emergency, 1 alert and 2 critical all mean "act now" and share one word;
`syslog_severity` keeps the number for those who need the difference."""

LEVELS: Final = {
    "emergency": 0, "alert": 1, "critical": 2, "error": 3, "warning": 4,
    "notice": 5, "information": 6, "informational": 6, "info": 6, "debug": 7,
}  # fmt: skip
"""Syslog severity by the word a device writes (Fortinet's `level=`)."""

_PRI: Final = re.compile(r"<(0|[1-9]\d{0,2})>")


class Priority(NamedTuple):
    """A PRI, taken apart. `end` is the position after the closing bracket."""

    facility: int
    severity: int
    end: int


def read_priority(text: str) -> Priority | None:
    """The PRI at the start of `text`, or None: lines of a file often have none."""
    found = _PRI.match(text)
    if found is None or (value := int(found[1])) > 191:
        return None
    return Priority(value >> 3, value & 7, found.end())
