"""What one log record looks like: exactly one line, whatever is in it (contract.md section 8).

Text from outside reaches a log as an escape, never raw: no line break, no terminal sequence, no half of a surrogate
pair, no direction mark. A line is short enough for journald not to cut it in two (LineMax is 48 KiB).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_LINE: Final = 32_000
"""Characters of a line beyond which its long texts are cut."""
LONGEST_TEXT: Final = 4_000
"""Characters that are left of each of them."""


def json_line(fields: Mapping[str, Any]) -> str:
    """One JSON object on one line; what JSON does not know is written as text."""
    try:
        line = msgspec.json.encode(fields, enc_hook=str).decode()
    except (UnicodeEncodeError, TypeError, ValueError):  # half a surrogate pair, or a value that is no JSON at all
        line = _dumped({name: _encodable(value) for name, value in fields.items()})
    if len(line) > LONGEST_LINE:
        line = _dumped({name: _cut(_encodable(value)) for name, value in fields.items()})
    return line if line.isprintable() else "".join(map(_escaped, line))


def text_line(when: str, level: str, message: str, fields: Mapping[str, Any]) -> str:
    """The same for people: time, level, message, then each field as `name=value`."""
    shown = "".join(f" {name}={_cut(str(value))}" for name, value in fields.items())
    line = f"{when} {level} {_cut(message)}{shown}"
    return line if line.isprintable() else "".join(map(_visible, line))


def _dumped(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _encodable(value: object) -> object:
    """The value, or as text what JSON in UTF-8 cannot hold."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value).encode("utf-8", "backslashreplace").decode()


def _cut(value: object) -> object:
    return value[:LONGEST_TEXT] + "…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value


def _escaped(char: str) -> str:
    """JSON's escape for a character that a terminal or a line reader might obey."""
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _visible(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()
