"""A measured thing beside what it is judged by: the common form of what is said about back ends.

Numbers stay numbers here; `present/checks.py` turns them into what people read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

State = Literal["ok", "warn", "crit", "unkn"]
Form = Literal["text", "count", "bytes", "seconds", "share"]
"""How a value is read: `share` is a part of one, shown as per cent."""

_ORDER: Final[tuple[State, ...]] = ("crit", "warn", "unkn", "ok")


@dataclass(frozen=True)
class Check:
    """One judgement. `limit` says what the value was compared with, `tries` are lines to run, safest first."""

    name: str
    state: State
    value: float | str | bool | None = None
    form: Form = "text"
    limit: str = ""
    note: str = ""
    tries: tuple[str, ...] = ()


def worst(checks: Iterable[Check]) -> State:
    """The state of them together."""
    found = {one.state for one in checks}
    return next((state for state in _ORDER if state in found), "ok")


def above(value: float, warn: float, crit: float) -> State:
    """How a value stands that should stay low."""
    return "crit" if value > crit else "warn" if value > warn else "ok"
