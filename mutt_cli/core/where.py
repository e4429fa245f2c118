"""One language of filters, for listings, messages, the web's search box and `--exit-when`: `host~core`, `age>5m`.

`FIELD OP VALUE` with the operators `=` `!=` `~` `!~` `>` `<`. `~` is an RE2 search, which no pattern can make slow.
`>` and `<` compare numbers, sizes (`5MB`), durations (`5m`) and moments (`03:00`, or how long ago: `at>2h` is
"within the last two hours"); two texts are compared as texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from mutt_cli.core.spans import duration, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Operator = Literal["=", "!=", "~", "!~", ">", "<"]

_CLAUSE: Final = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(!=|!~|=|~|>|<)\s*(.*?)\s*", re.DOTALL)
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt])i?b", re.IGNORECASE)
_SCALES: Final = {"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_WORDS: Final = {"true": "true", "yes": "true", "false": "false", "no": "false"}
_SUFFIXES: Final = ("", "_seconds", "_bytes", "_at", "_age_seconds")


@dataclass(frozen=True)
class Clause:
    """One condition on one field. `field` may be a path into nested objects: `_delivery.reason`."""

    field: str
    operator: Operator
    text: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.text}"


@dataclass(frozen=True)
class Malformed:
    """Why a text is no condition."""

    reason: str


def parse(text: str) -> Clause | Malformed:
    """The condition that is written there."""
    found = _CLAUSE.fullmatch(text)
    if found is None:
        return Malformed("write FIELD=VALUE, or with != ~ !~ > < in the middle: host~core, age>5m")
    field, operator, value = found.groups()
    if operator in {"~", "!~"} and (wrong := _wrong_pattern(value)):
        return Malformed(f"{value!r} is no pattern: {wrong}")
    return Clause(field, cast("Operator", operator), value)


def named(field: str, known: Sequence[str]) -> str | None:
    """The one of the known fields that is meant: `age` also means `age_seconds` or `oldest_age_seconds`."""
    plain = field.replace("-", "_")
    for name in (field, plain):
        for suffix in _SUFFIXES:
            if name + suffix in known:
                return name + suffix
    near = [one for one in known if one.endswith((f"_{plain}", f"_{plain}_seconds"))]
    return near[0] if len(near) == 1 else None


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """What a row holds at a path, None if nothing is there."""
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def holds(clause: Clause, value: Any, now: datetime) -> bool:
    """Whether the condition is true of a value. Of a list: of one of its values.

    Of nothing only `!=` and `!~` are true, and `=` of an empty text.
    """
    if clause.operator in {"!=", "!~"}:
        positive: Operator = "=" if clause.operator == "!=" else "~"
        return not holds(Clause(clause.field, positive, clause.text), value, now)
    if isinstance(value, (list, tuple)):
        return any(holds(clause, one, now) for one in value or (None,))
    if value is None:
        return clause.operator == "=" and not clause.text
    if clause.operator == "~":
        return _matches(clause.text, _text(value))
    if clause.operator == "=":
        return _equal(value, clause.text)
    return _ordered(clause, value, now)


def comparable(clause: Clause, value: Any, now: datetime) -> bool:
    """Whether the text of `>` or `<` is of the kind of the value: `age>soon` is true of nothing."""
    if clause.operator not in {">", "<"} or value is None:
        return True
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(clause.text) is not None
    at = value if isinstance(value, datetime) else _instant(value)
    return at is None or moment(clause.text, now) is not None


def senseless(clause: Clause, values: Iterable[Any], now: datetime) -> str:
    """Why `>` or `<` says nothing of any of these values, as in `depth>soon`; empty where it does, or all are None."""
    known = [one for one in values if one is not None]
    if not known or any(comparable(clause, one, now) for one in known):
        return ""
    return of_no_kind(clause)


def of_no_kind(clause: Clause) -> str:
    """What is told of a condition whose text is not of the kind of what it is compared with."""
    return f"{clause}: {clause.text!r} is no number, duration or moment"


def _equal(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        return _text(value) == _WORDS.get(text.lower(), text)
    number = _number(text)
    if isinstance(value, (int, float)) and number is not None:
        return value == number
    return _text(value) == text


def _ordered(clause: Clause, value: Any, now: datetime) -> bool:
    """Of numbers, sizes and durations by size, of moments by time, of other texts by letters."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        bound = _number(clause.text)
        return bound is not None and _compare(clause.operator, value, bound)
    at = value if isinstance(value, datetime) else _instant(value)
    if at is not None:
        limit = moment(clause.text, now)
        return limit is not None and _compare(clause.operator, at, limit)
    ours, theirs = _number(_text(value)), _number(clause.text)
    if ours is not None and theirs is not None:
        return _compare(clause.operator, ours, theirs)
    return _compare(clause.operator, _text(value), clause.text)


def _compare(operator: Operator, one: Any, other: Any) -> bool:
    return bool(one > other if operator == ">" else one < other)


def _number(text: str) -> float | None:
    """A number, a size in bytes, or a duration in seconds; None if it is none of them."""
    text = text.strip().replace(",", "").replace("_", "")
    size = _SIZE.fullmatch(text)
    if size:
        return float(size[1]) * _SCALES[size[2].lower()]
    try:
        return float(text)
    except ValueError:
        span = duration(text)
        return span.total_seconds() if span else None


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) < 19 or value[4:5] != "-":
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text.encode("utf-8", "replace").decode()) is not None


def _wrong_pattern(pattern: str) -> str:
    import re2  # noqa: PLC0415  0.02 s to load, which only a filter with a pattern pays

    try:
        _compiled(pattern)
    except re2.error as error:
        why = error.args[0] if error.args else error
        return why.decode(errors="replace") if isinstance(why, bytes) else str(why)
    return ""


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Any:
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False  # a bad pattern is our error to tell, in our words
    return re2.compile(pattern, options)
