"""Counts of log lines by one field: lines per minute, errors per service, answers per status. Memory is bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from mutt_cli.core.log_entry import Entry

MOST: Final = 10_000
"""Different values that are counted apart; what comes beyond them is counted together."""
MINUTE: Final = "minute"
_STATUS: Final = "status"
_HTTP: Final = "http_status"
"""What Moogsoft answered: counted with what became of the alert (TG:637)."""
_LONGEST: Final = 500


@dataclass
class LogGroup:
    """One value and its lines."""

    value: str
    count: int = 0
    first_ms: int | None = None
    last_ms: int | None = None


@dataclass
class LogGroups:
    """Counts by the field of that name, or by `minute`."""

    by: str
    found: dict[str, LogGroup] = field(default_factory=dict)
    others: int = 0
    """Lines with one of the values beyond `MOST`."""

    def add(self, entry: Entry) -> None:
        """Count one line; a line without the field is counted under the empty value."""
        value = self._value(entry)
        group = self.found.get(value)
        if group is None:
            if len(self.found) >= MOST:
                self.others += 1
                return
            group = self.found[value] = LogGroup(value)
        group.count += 1
        if entry.at_ms is not None:
            group.first_ms = entry.at_ms if group.first_ms is None else min(group.first_ms, entry.at_ms)
            group.last_ms = entry.at_ms if group.last_ms is None else max(group.last_ms, entry.at_ms)

    def ordered(self) -> list[LogGroup]:
        """Minutes in order of time; everything else, the most frequent first."""
        if self.by == MINUTE:
            return sorted(self.found.values(), key=lambda one: one.value)
        return sorted(self.found.values(), key=lambda one: (-one.count, one.value))

    def _value(self, entry: Entry) -> str:
        if self.by == MINUTE:
            return "" if entry.at_ms is None else rfc3339(entry.at_ms)[:16] + "Z"
        values = entry.values
        value = values.get(self.by)
        if self.by == _STATUS and values.get(_HTTP):
            return f"{value} HTTP {values[_HTTP]}"
        return "" if value is None else str(value)[:_LONGEST]
