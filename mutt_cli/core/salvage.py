"""A JSON object out of text that is almost one: each way of mending is a guess, told in words and shown before use."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.core.dead_letter import MAX_DEPTH
from mutt_cli.core.event import depth_within

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTROL: Final = re.compile(r"[\x00-\x1f]")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_TRAILING_COMMA: Final = re.compile(r",(\s*[}\]])")
_NO_NUMBER: Final = re.compile(r"\b(?:NaN|-?Infinity)\b")
_ENDS: Final = {"{": "}", "[": "]"}
_MOST: Final = 1 << 20


def decoded(raw: bytes) -> tuple[str, str]:
    """The text, and what was wrong with its encoding (empty if nothing): what is no UTF-8 is read as Windows-1252."""
    try:
        return raw.decode(), ""
    except UnicodeDecodeError as error:
        wrong = f"byte {error.start} is no UTF-8"
    try:
        return raw.decode("cp1252"), f"{wrong}; read as Windows-1252"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), f"{wrong}; read as Latin-1"


def salvaged(text: str) -> tuple[dict[str, Any], str] | None:
    """The object that is meant, and what was done to the text; None if no way of mending makes it one."""
    if not text.lstrip().startswith("{") or len(text) > _MOST or not depth_within(text.encode(), MAX_DEPTH):
        return None
    tried: list[str] = []
    for what, mend in _WAYS:
        mended = mend(text)
        if mended is None or mended == text:
            continue
        text = mended
        tried.append(what)
        found = _object(text)
        if found:
            return found, ", ".join(tried)
    return None


def _object(text: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"), type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return None


def _first_object(text: str) -> str | None:
    """What stands behind the end of the first object is dropped."""
    depth, place, quoted = 0, 0, False
    while place < len(text):
        one = text[place]
        if quoted:
            place += one == "\\"
            quoted = one != '"'
        elif one == '"':
            quoted = True
        elif one in _ENDS:
            depth += 1
        elif one in "}]":
            depth -= 1
            if depth == 0:
                return text[: place + 1]
        place += 1
    return None


def _escaped(text: str) -> str:
    """Control characters inside strings are escaped."""
    return _STRING.sub(lambda found: _CONTROL.sub(lambda one: f"\\u{ord(one.group()):04x}", found.group()), text)


def _outside_strings(pattern: re.Pattern[str], by: str) -> Callable[[str], str]:
    def mend(text: str) -> str:
        parts, end = [], 0
        for string in _STRING.finditer(text):
            parts += [pattern.sub(by, text[end : string.start()]), string.group()]
            end = string.end()
        return "".join([*parts, pattern.sub(by, text[end:])])

    return mend


def _without_trailing_commas(text: str) -> str:
    """A comma before a closing bracket; it may stand behind a string, so it is looked for in the text as a whole."""
    mask = _STRING.sub(lambda found: "\x01" * len(found.group()), text)
    drop = {found.start() for found in _TRAILING_COMMA.finditer(mask)}
    return "".join(one for place, one in enumerate(text) if place not in drop)


def _closed(text: str) -> str | None:
    """What was cut short gets its closing quote and brackets; a member that was cut in the middle is dropped."""
    body = text.rstrip()
    strings = [found.group() for found in _STRING.finditer(body)]
    if strings and body.endswith(strings[-1]) and not _is_closed(strings[-1]):
        body = body.removesuffix("\\") + '"'
    for _ in range(3):
        ended = body + "".join(reversed(_open_brackets(body)))
        if _object(ended) is not None:
            return ended
        body, comma, _ = body.rpartition(",")
        if not comma:
            return None
    return None


def _is_closed(string: str) -> bool:
    return len(string) > 1 and string.endswith('"') and (len(string) - len(string[:-1].rstrip("\\"))) % 2 == 1


def _open_brackets(text: str) -> list[str]:
    """The closing brackets that are missing, the outermost first."""
    missing: list[str] = []
    for one in _STRING.sub("", text):
        if one in _ENDS:
            missing.append(_ENDS[one])
        elif missing and one == missing[-1]:
            missing.pop()
    return missing


def _python(text: str) -> str | None:
    """A Python literal, as `print(dict)` makes it."""
    try:
        found = ast.literal_eval(text.strip())
        return msgspec.json.encode(found).decode() if isinstance(found, dict) else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, msgspec.MsgspecError):
        return None


_WAYS: Final[tuple[tuple[str, Callable[[str], str | None]], ...]] = (
    ("control characters escaped", _escaped),
    ("trailing commas dropped", _without_trailing_commas),
    ("NaN and Infinity made null", _outside_strings(_NO_NUMBER, "null")),
    ("text behind the object dropped", _first_object),
    ("read as a Python literal", _python),
    ("closed where it was cut short", _closed),
)
