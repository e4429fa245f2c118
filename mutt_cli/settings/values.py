"""From text to a value, or to the reason why not. Pure; nothing here knows where the text came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.settings.declaration import Declaration, Value

_TRUE: Final = frozenset(("true", "yes", "on", "1"))
_FALSE: Final = frozenset(("false", "no", "off", "0"))
_COMMENT: Final = re.compile(r"(?:^|\s)\s*#.*$", re.DOTALL)
_QUOTED: Final = re.compile(r"""(["'])(?P<inside>.*?)\1\s*(?P<comment>\#.*)?""", re.DOTALL)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")
_SHOWN: Final = 60


@dataclass(frozen=True)
class Refused:
    """The text is not a value of this setting; `text` says what was given and what is allowed."""

    text: str


@dataclass(frozen=True)
class Cleaned:
    """A value as meant by the person who typed it."""

    text: str
    comment_stripped: bool = False


def clean(raw: str) -> Cleaned:
    """Strip a trailing ` # comment`, surrounding space and one pair of quotes (contract.md 3.2, C-18).

    systemd hands the comment over as part of the value, so this is done for the environment too. Inside quotes a
    `#` stays.
    """
    quoted = _QUOTED.fullmatch(raw.strip())
    if quoted:
        return Cleaned(quoted["inside"], comment_stripped=quoted["comment"] is not None)
    text, found = _COMMENT.subn("", raw, count=1)
    return Cleaned(text.strip(), comment_stripped=bool(found))


def parse(declaration: Declaration, text: str) -> Value | Refused:
    """The value that a cleaned, non-empty text stands for."""
    value = _PARSERS[declaration.type](text)
    if value is None or not _allowed(declaration, value):
        return Refused(f"{shown(declaration, text)} is not possible: needs {expected(declaration)}")
    return _canonical(declaration, value)


def expected(declaration: Declaration) -> str:
    """What is allowed, in words: `a whole number from 1 to 65535`."""
    if declaration.type is bool:
        return "true or false"
    if declaration.choices:
        return "one of " + ", ".join(str(choice) for choice in declaration.choices)
    if declaration.form:
        return declaration.form
    if declaration.type in (int, float):
        return _KINDS[declaration.type] + _range(declaration)
    return "text"


def shown(declaration: Declaration, text: str) -> str:
    """A value fit for a log or a terminal: no secret, no credentials in addresses, no control characters, short."""
    if declaration.secret:
        return "the given value"
    text = re.sub(r"(?<=://)[^/?#]*@", "***@", text)
    text = re.sub(r"(?<=[?#]).+", "***", text) if "://" in text else text
    text = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"


def to_text(value: Value) -> str:
    """A value as it is written in `mutt.env`; `parse` reads it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _truth(text: str) -> bool | None:
    word = text.lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


_PARSERS: Final[dict[object, Callable[[str], Value | None]]] = {
    int: _whole,
    float: _number,
    bool: _truth,
    str: str,
    tuple[str, ...]: _items,
}
_KINDS: Final[dict[object, str]] = {int: "a whole number", float: "a number"}


def _allowed(declaration: Declaration, value: Value) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        low, high = declaration.minimum, declaration.maximum
        return (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (not declaration.choices or value in declaration.choices)
        )
    items = value if isinstance(value, tuple) else (value,)
    return all(_fits(declaration, item) for item in items)


def _fits(declaration: Declaration, text: str) -> bool:
    if not text.isprintable():
        return False
    if declaration.choices:
        return text.lower() in {str(choice).lower() for choice in declaration.choices}
    if declaration.pattern and re.fullmatch(declaration.pattern, text) is None:
        return False
    return declaration.check is None or declaration.check(text)


def _canonical(declaration: Declaration, value: Value) -> Value:
    """The spelling of a choice as declared: `debug` means `DEBUG`."""
    if isinstance(value, str):
        return next((choice for choice in declaration.choices if str(choice).lower() == value.lower()), value)
    return value


def _range(declaration: Declaration) -> str:
    low, high = declaration.minimum, declaration.maximum
    if low is not None and high is not None:
        return f" from {low:.15g} to {high:.15g}"
    return f", at least {low:.15g}" if low is not None else f", at most {high:.15g}" if high is not None else ""
