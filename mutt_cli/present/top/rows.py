"""Rows that can be chosen on the overview: services, queues and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.present.top.line import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.present.top.line import Line, Style
    from mutt_cli.present.top.view import View


@dataclass(frozen=True)
class Target:
    """What a row is about: a service or a queue by its name, a check by its id."""

    kind: Literal["service", "queue", "check"]
    name: str


@dataclass(frozen=True)
class Row:
    """One line of a screen, and what can be chosen by it, if anything."""

    line: Line
    target: Target | None = None


MARKS: Final[dict[str, str]] = {"critical": "!", "warning": "!", "unknown": "?"}
STYLES: Final[dict[str, Style]] = {"!": "crit", "?": "unkn", "~": "dim"}


def mark_of(view: View, names: Sequence[str], *, old: bool) -> tuple[str, Style]:
    """The sign before a row: `!` if one of these checks is bad, `?` if one is unknown, `~` if its values are old."""
    checks = [one for one in map(view.check, names) if one is not None]
    states = [one.state for one in checks]
    if "critical" in states:
        return "!", "crit"
    if "warning" in states:
        return "!", "warn"
    if old:
        return "~", "dim"
    return ("?", "unkn") if "unknown" in states else (" ", "")


def painted(rows: Sequence[Row], chosen: Target | None, width: int) -> list[Line]:
    """The lines as wide as the screen, the chosen one marked."""
    found = []
    for row in rows:
        whole = fitted(row.line, width)
        if row.target is not None and row.target == chosen:
            whole = tuple((text, "cursor") for text, _ in whole)
        found.append(whole)
    return found
