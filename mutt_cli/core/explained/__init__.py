"""What codes, metrics, keys, queues, settings and known messages mean: data for `mutt explain`, one module per area.

A new error code gets one line in the module of its letter; a test compares these tables with the code. Nothing here is
read before somebody asks, so an error costs no import.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

AREAS: Final = {
    "R": "redis", "P": "database", "V": "vault", "M": "moogsoft", "D": "daemons", "C": "configuration", "U": "usage",
    "G": "guards", "E": "engines", "W": "web", "X": "bugs",
}  # fmt: skip
"""The module of each letter of a code."""


@dataclass(frozen=True)
class Explanation:
    """What something means, what that means for events, and what to do, safest first."""

    means: str
    events: str = ""
    tries: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else is known, by name: type, owner, range."""


def told(means: str, events: str, *tries: str) -> Explanation:
    """One line of a table. A try that begins with `mutt` is a command of the grammar; a test parses it."""
    return Explanation(means, events, tries)


def codes(letter: str) -> Mapping[str, Explanation]:
    """Every code of one area; nothing if there is no such area."""
    if letter not in AREAS:
        return {}
    found: Mapping[str, Explanation] = import_module(f"{__name__}.{AREAS[letter]}").CODES
    return found


def every_code() -> dict[str, Explanation]:
    """All codes of all areas."""
    return {code: one for letter in AREAS for code, one in codes(letter).items()}
