"""Tables for a terminal. Rich's markup, emoji and highlighting are off: `[a-z]+` is a pattern here, not a style."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mutt_cli.present.output import Column, Listing, cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATE_STYLES: Final[Mapping[str, str]] = {
    "ok": "green", "closed": "green", "up": "green", "running": "green",
    "warn": "yellow", "warning": "yellow", "half_open": "yellow", "starting": "yellow",
    "crit": "bold red", "critical": "bold red", "error": "bold red", "open": "bold red", "down": "bold red",
    "unkn": "magenta", "unknown": "magenta",
}  # fmt: skip
"""Colour never carries meaning alone: the word is always there. The 16-colour palette only."""
_GAP: Final = 2
_LEAST_FREE: Final = 12


def console(stream: IO[str], *, color: bool, width: int | None = None) -> Console:
    """The one way to make a Rich console: text stays as it is, and colour is our decision, not Rich's guess."""
    return Console(
        file=stream,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        no_color=not color,
        color_system="standard" if color else None,
        force_terminal=color,
        legacy_windows=False,
        soft_wrap=True,
    )


def print_listing(
    listing: Listing, stream: IO[str], *, color: bool, width: int, local: bool = False, ascii_only: bool = False
) -> None:
    """One row per record, no box lines; only free text is cut, and only if the terminal is too narrow for it."""
    cells = [[cell(column, row.get(column.field), local=local) for column in listing.columns] for row in listing.rows]
    widths = widths_of(listing.columns, cells, width)
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, wide in zip(listing.columns, widths, strict=True):
        table.add_column(column.heading, width=wide, no_wrap=True, justify="right" if column.right else "left")
    dots = "..." if ascii_only else "…"
    for row in cells:
        table.add_row(*(_text(*one, dots) for one in zip(listing.columns, row, widths, strict=True)))
    whole = sum(widths) + _GAP * len(widths)
    console(stream, color=color, width=max(whole, width)).print(table, crop=False)
    for line in listing.footer:
        console(stream, color=color).print(Text(line))


def widths_of(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The natural width of each column; free text gives way until the row fits or twelve characters are left."""
    widths = [max([cell_len(column.heading), *(cell_len(row[n]) for row in cells)]) for n, column in enumerate(columns)]
    for n in sorted((n for n, column in enumerate(columns) if column.form == "free"), key=lambda n: -widths[n]):
        excess = sum(widths) + _GAP * (len(widths) - 1) - width
        if excess > 0:
            widths[n] = max(widths[n] - excess, min(_LEAST_FREE, widths[n]))
    return widths


def _text(column: Column, value: str, width: int, dots: str) -> Text:
    style = STATE_STYLES.get(value.lower(), "") if column.form == "state" else ""
    if cell_len(value) > width:
        value = _cut(value, width - len(dots)) + dots
    return Text(value, style=style)


def _cut(value: str, width: int) -> str:
    while cell_len(value) > width:
        value = value[:-1]
    return value
