"""One line of a log as a value, whoever wrote it: our JSON, our text form, a server's own form, a record of journald.

Total over bytes: what has no form is a message without a time of its own. Fields keep the names they were logged with
(contract.md 8.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.moment import unix_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS: Final[Mapping[str, int]] = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
"""Levels and their journal priorities, where less is worse (contradictions.md C-77)."""
_BY_PRIORITY: Final = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG")
_DIGITS: Final = frozenset("01234567")
_SPELLED: Final[Mapping[str, str]] = {
    "DBG": "DEBUG", "NOTICE": "INFO", "LOG": "INFO", "WARN": "WARNING", "ERR": "ERROR", "CRIT": "CRITICAL",
    "FATAL": "CRITICAL", "PANIC": "CRITICAL", "ALERT": "CRITICAL", "EMERG": "CRITICAL",
}  # fmt: skip
_OWN: Final = frozenset(("timestamp", "level", "message", "service", "version", "pod_name", "correlation_id"))
_TEXT: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d| UTC)?)"
    r"(?: (?:\[?(?P<level>[A-Z]{3,8})\]?:?)(?= |$))?\s*(?P<message>.*)",
    re.DOTALL,
)
_PRIORITY: Final = re.compile(r"<([0-7])>")
_PAIR: Final = re.compile(r" ([a-z_]{2,40})=(\S+)")
_HEAD: Final = re.compile(rb'\{"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","level":"([A-Z]+)"')


@dataclass(frozen=True)
class Entry:
    """One log line. Text fields are empty if the line does not say."""

    at_ms: int | None
    """Unix milliseconds; None if the line has no time of its own: a trace, or words before logging began."""
    service: str
    level: str
    """One of `LEVELS`, or empty."""
    message: str
    host: str = ""
    pod: str = ""
    correlation_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What else was logged."""

    @property
    def values(self) -> dict[str, Any]:
        """Everything by the name that `--where`, `--columns` and `--by` use; the line's own fields do not hide ours."""
        known = {
            "service": self.service, "level": self.level, "message": self.message, "host": self.host,
            "pod_name": self.pod, "correlation_id": self.correlation_id,
        }  # fmt: skip
        return {**self.fields, **known}


def level_named(word: str) -> str | None:
    """The level that an operator means by `err`, `warning` or `WARN`; None for another word."""
    upper = word.strip().upper()
    name = _SPELLED.get(upper, upper)
    return name if name in LEVELS else None


def head(line: bytes) -> tuple[bytes, bytes] | None:
    """Time (RFC 3339) and level of one of our own JSON lines, without parsing it; None if it is no such line."""
    found = _HEAD.match(line)
    return (found[1], found[2]) if found else None


def read_line(service: str, line: bytes, host: str = "") -> Entry:
    """One line of a file."""
    return _entry(service, line.decode("utf-8", "backslashreplace").rstrip("\r"), host, None, "")


def read_record(record: bytes, services: Mapping[str, str]) -> Entry | None:
    """One record of `journalctl -o json`; None if it is none. `services` name the service of each unit."""
    try:
        told = msgspec.json.decode(record, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    unit = next((str(told[name]) for name in ("_SYSTEMD_UNIT", "UNIT", "OBJECT_SYSTEMD_UNIT") if told.get(name)), "")
    name = unit.removesuffix(".service")
    at, level = _micros(told.get("__REALTIME_TIMESTAMP")), _of_priority(str(told.get("PRIORITY", "")))
    text = _journal_text(told.get("MESSAGE"))
    return _entry(services.get(name, name), text, str(told.get("_HOSTNAME", "")), at, level)


def _entry(service: str, text: str, host: str, at_ms: int | None, level: str) -> Entry:
    prefix = _PRIORITY.match(text)
    if prefix:
        text, level = text[prefix.end() :], level or _of_priority(prefix[1])
    told = _object(text)
    if told is not None:
        return _of_json(service, told, host, at_ms, level)
    found = _TEXT.fullmatch(text)
    if found is None:
        return Entry(at_ms, service, level, text, host)
    word = level_named(found["level"] or "")
    message = found["message"] if word or not found["level"] else f"{found['level']} {found['message']}".rstrip()
    when = unix_ms(found["time"].replace(" UTC", "Z").replace(",", "."))
    pairs = dict(_PAIR.findall(f" {message}"))
    return Entry(
        when if when is not None else at_ms, service, word or level, message, host,
        correlation_id=pairs.pop("correlation_id", ""), fields=pairs,
    )  # fmt: skip


def _of_json(service: str, told: Mapping[str, Any], host: str, at_ms: int | None, level: str) -> Entry:
    when = unix_ms(told.get("timestamp"))
    rest = {name: value for name, value in told.items() if name not in _OWN}
    return Entry(
        when if when is not None else at_ms,
        _text(told, "service") or service,
        level_named(_text(told, "level")) or level,
        _text(told, "message"),
        _text(rest, "host") or host,
        _text(told, "pod_name"),
        _text(told, "correlation_id"),
        rest,
    )


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _journal_text(value: object) -> str:
    """The text of a message: a list of numbers for bytes that are no UTF-8, a list of those for several."""
    if isinstance(value, list) and value and all(isinstance(one, int) and 0 <= one < 256 for one in value):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return "\n".join(_journal_text(one) for one in value)
    return value if isinstance(value, str) else ""


def _micros(value: object) -> int | None:
    return int(value) // 1000 if isinstance(value, str) and value.isdecimal() else None


def _of_priority(digit: str) -> str:
    return _BY_PRIORITY[int(digit)] if digit in _DIGITS else ""
