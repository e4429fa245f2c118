"""Which lines of a log are wanted. `may` rules out by bytes, before a line is parsed; `takes` decides.

Lines are almost in order of time: processes write beside each other. So whoever reads backwards goes on for `SLACK_MS`
beyond the first line that is too old.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.log_entry import LEVELS, head
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mutt_cli.core.log_entry import Entry

SLACK_MS: Final = 10_000


def _everything(_: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True)
class LogFilter:
    """What an operator asked for. Times are Unix milliseconds, the first included, the last not."""

    level: str = ""
    """The least level; empty = every line, also one without a level."""
    correlation_id: str = ""
    text: str = ""
    """Stands somewhere in the line's message or values, in whatever case."""
    since_ms: int | None = None
    until_ms: int | None = None
    where: Callable[[Mapping[str, Any]], bool] = _everything

    def may(self, line: bytes) -> bool:
        """False only for a line that is not wanted. A text that JSON would spell otherwise rules nothing out."""
        if self.correlation_id and _as_it_is(self.correlation_id) and self.correlation_id.encode() not in line:
            return False
        if self.text and _as_it_is(self.text) and self.text.lower().encode() not in line.lower():
            return False
        begins = head(line) if self.level or self.until_ms is not None else None
        if begins is None:
            return True
        if self.level and LEVELS.get(begins[1].decode(), 0) > LEVELS[self.level]:
            return False
        return self.until_ms is None or begins[0] < rfc3339(self.until_ms).encode()

    def takes(self, entry: Entry) -> bool:
        """Whether this line is wanted. One without any time is taken where no time was asked for."""
        if self.level and LEVELS.get(entry.level, 9) > LEVELS[self.level]:
            return False
        if not self._in_time(entry.at_ms):
            return False
        if self.correlation_id and not _has_id(entry, self.correlation_id):
            return False
        return (not self.text or _says(entry, self.text.casefold())) and self.where(entry.values)

    def too_old(self, at_ms: int | None) -> bool:
        """Whether this line and all before it are before the time asked for."""
        return self.since_ms is not None and at_ms is not None and at_ms < self.since_ms - SLACK_MS

    def too_new(self, at_ms: int | None) -> bool:
        """Whether this line and all after it are after the time asked for."""
        return self.until_ms is not None and at_ms is not None and at_ms >= self.until_ms + SLACK_MS

    def _in_time(self, at_ms: int | None) -> bool:
        if at_ms is None:
            return self.since_ms is None and self.until_ms is None
        return (self.since_ms or 0) <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


def _as_it_is(text: str) -> bool:
    """Whether the text stands in a line as itself: no escape of JSON, no letter whose case takes other bytes."""
    return text.isascii() and text.isprintable() and not set(text) & set('"\\/')


def _has_id(entry: Entry, wanted: str) -> bool:
    """The id itself, or in the text of a line that has no fields: whatever is said about that event (SO:1496-1498)."""
    if entry.correlation_id.startswith(wanted) or wanted in entry.message:
        return True
    return any(wanted in str(value) for value in entry.fields.values())


def _says(entry: Entry, wanted: str) -> bool:
    if wanted in entry.message.casefold() or wanted in entry.correlation_id.casefold():
        return True
    return any(wanted in str(value).casefold() for value in entry.fields.values())
