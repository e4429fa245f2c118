"""Lines of styled text, measured in the columns of a terminal.

A line is what stands in it and how it is meant, never how it is coloured: a style is a meaning. Text from outside
becomes part of a line by `shown` alone, which spells what could move a cursor or hide something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len, set_cell_size

from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Style = Literal["", "dim", "bold", "ok", "warn", "crit", "unkn", "alarm", "cursor", "key"]
"""`alarm` is CRIT where it must not be overlooked; `cursor` is the row that keys are about."""
Span = tuple[str, Style]
Line = tuple[Span, ...]

STATES: Final[dict[str, Style]] = {"ok": "ok", "warning": "warn", "critical": "crit", "unknown": "unkn"}
WORDS: Final[dict[str, str]] = {"ok": "OK", "warning": "WARN", "critical": "CRIT", "unknown": "UNKN", "skipped": "-"}
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_RAMP: Final = ".:-=+*#"


def shown(text: str) -> str:
    """Text from outside, harmless."""
    return safe(text)


def line(*spans: Span | str) -> Line:
    """A line of spans; a plain text has no style."""
    return tuple((one, "") if isinstance(one, str) else one for one in spans)


def plain(one: Line) -> str:
    """The text of a line, without blanks at its end."""
    return "".join(text for text, _ in one).rstrip()


def wide(text: str) -> int:
    """How many columns a text takes."""
    return cell_len(text)


def fitted(one: Line, width: int) -> Line:
    """The line cut to `width` columns, or filled up to it."""
    left, found = width, []
    for text, style in one:
        size = cell_len(text)
        if size > left:
            found.append((set_cell_size(text, left), style))
            left = 0
            break
        found.append((text, style))
        left -= size
    return (*found, (" " * left, "")) if left else tuple(found)


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """Something at the left end and something at the right one; where both have no room the left is cut."""
    taken = sum(cell_len(text) for text, _ in right)
    return (*fitted(tuple(left), max(0, width - taken)), *right)


def cell(text: str, width: int, *, right: bool = False, ascii_only: bool = False) -> str:
    """A text in `width` columns; what is longer ends in dots."""
    size = cell_len(text)
    if size > width:
        dots = "" if width < 1 or (ascii_only and width < 6) else "..." if ascii_only else "…"
        return set_cell_size(text, max(0, width - len(dots))) + dots
    return " " * (width - size) + text if right else text + " " * (width - size)


def rule(width: int, *, ascii_only: bool) -> Line:
    """A line across."""
    return ((("-" if ascii_only else "─") * width, "dim"),)


def sparkline(values: Sequence[float | None], *, ascii_only: bool) -> str:
    """A curve, one column a value, the greatest the highest; what is not known is a blank."""
    ramp = _RAMP if ascii_only else _BLOCKS
    known = [one for one in values if one is not None]
    most = max(known, default=0.0)
    if most > 0 and min(known) == most:
        most *= 2  # what does not change is a line in the middle, not a wall
    steps = len(ramp) - 1
    return "".join(
        " " if one is None else ramp[0 if most <= 0 else min(steps, round(max(0.0, one) / most * steps))]
        for one in values
    )


def texts(lines: Iterable[Line]) -> str:
    """The lines as plain text, each with its end."""
    return "".join(f"{plain(one)}\n" for one in lines)
