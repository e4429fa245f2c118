"""Kinds of parameters of the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.spans import moment as read_moment
from mutt_cli.core.where import Malformed, parse
from mutt_cli.daemons.webui.api.endpoint import Parameter

if TYPE_CHECKING:
    from datetime import datetime

    from mutt_cli.core.where import Clause


def whole(name: str, about: str, least: int, most: int, otherwise: int | None = None) -> Parameter:
    """A whole number."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
        if not least <= number <= most:
            raise ValueError(f"it is no whole number from {least} to {most}")
        return number

    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most}
    if otherwise is not None:
        schema["default"] = otherwise
    return Parameter(name, about, schema, read, otherwise)


def words(name: str, about: str, most: int = 200) -> Parameter:
    """A text that people read, of one line; it is not given if it is empty."""

    def read(text: str) -> str:
        if len(text) > most or not text.isprintable():
            raise ValueError(f"it has at most {most} printable characters")
        return text

    return Parameter(name, about, {"type": "string", "maxLength": most}, read, "")


def choice(name: str, about: str, *known: str, otherwise: str = "") -> Parameter:
    """One of some words."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"it is one of {', '.join(known)}")
        return text

    schema: dict[str, Any] = {"type": "string", "enum": list(known)}
    return Parameter(name, about, schema | ({"default": otherwise} if otherwise else {}), read, otherwise)


def moment(name: str, about: str) -> Parameter:
    """A moment: RFC 3339, a date, a duration ago (`15m`), or a time of day."""

    def read(text: str) -> datetime:
        found = read_moment(text, utc_now())
        if found is None or found.utcoffset() is None or not 1970 <= found.year <= 9000:
            raise ValueError("it is no moment: RFC 3339, a date, or a duration ago like 15m")
        return found

    schema: dict[str, Any] = {"type": "string", "examples": ["15m", "2026-11-28T03:07:00Z", "2026-11-28"]}
    return Parameter(name, f"{about}: RFC 3339, a date, or a duration ago like 15m.", schema, read)


def where() -> Parameter:
    """Conditions on fields of the rows, as `--where` has them; each must be true."""

    def read(text: str) -> Clause:
        found = parse(text)
        if isinstance(found, Malformed):
            raise ValueError(found.reason)  # noqa: TRY004  it is the text that is none
        return found

    schema = {"type": "string", "examples": ["host~core", "age>5m"]}
    return Parameter("where", "Only rows like host~core or age>5m; may be repeated.", schema, read, (), several=True)
