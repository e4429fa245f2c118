"""A listing as a screen that is moved through: any result of a command, with a cursor, marks, and what is sorted by.

The rows are those of the command line, cell for cell; only the columns that have no room are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len

from mutt_cli.present.console import STATE_STYLES, widths_of
from mutt_cli.present.encode import scalar_text
from mutt_cli.present.output import cell as value_text
from mutt_cli.present.top.line import Line, Span, Style, cell, fitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.present.output import Column, Listing

_GAP: Final = 2
_MARGIN: Final = 3
"""The cursor, the mark, a blank."""
_READABLE: Final = 16
"""Columns that a free text has at least, before others are left out for it."""
_STYLES: Final[dict[str, Style]] = {
    "green": "ok", "yellow": "warn", "bold red": "crit", "magenta": "unkn",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where somebody is in a listing: the row by its name, what is above the screen, and which rows are marked."""

    chosen: str = ""
    top: int = 0
    marked: frozenset[str] = frozenset()

    def moved(self, listing: Listing, by: int, height: int) -> Place:
        """So many rows on; at an end it stays there."""
        names = names_of(listing)
        if not names:
            return Place()
        row = min(max(0, index_of(names, self.chosen) + by), len(names) - 1)
        return replace(self, chosen=names[row], top=_top(self.top, row, len(names), height))

    def within(self, listing: Listing, height: int) -> Place:
        """The same row after the listing has changed; where it is gone, the one that took its place."""
        names = names_of(listing)
        if not names:
            return Place(self.chosen)
        row = index_of(names, self.chosen) if self.chosen in names else min(self.top, len(names) - 1)
        kept = frozenset(one for one in self.marked if one in names)
        return Place(names[row], _top(self.top, row, len(names), height), kept)

    def mark(self) -> Place:
        """With the chosen row marked, or no longer."""
        return replace(self, marked=self.marked ^ {self.chosen} if self.chosen else self.marked)

    def mark_all(self, listing: Listing) -> Place:
        """With every row marked; none, if all of them were."""
        names = frozenset(names_of(listing))
        return replace(self, marked=frozenset() if names == self.marked else names)


def names_of(listing: Listing) -> list[str]:
    """What its rows are called, each once: one that is called like another has its place appended."""
    found: dict[str, int] = {}
    names = []
    for row in listing.rows:
        name = scalar_text(row.get(listing.key))
        found[name] = found.get(name, 0) + 1
        names.append(name if found[name] == 1 else f"{name} #{found[name]}")
    return names


def row_named(listing: Listing, name: str) -> Mapping[str, Any] | None:
    """The row of that name."""
    return next((row for row, one in zip(listing.rows, names_of(listing), strict=True) if one == name), None)


def index_of(names: Sequence[str], name: str) -> int:
    """Its place, the first if it is not there."""
    return names.index(name) if name in names else 0


@dataclass(frozen=True)
class Drawing:
    """How a table is drawn. `sort` as in `--sort`; `now`: times of that day are told without their day."""

    width: int
    height: int
    sort: str = ""
    ascii_only: bool = False
    now: datetime | None = None


def table(listing: Listing, place: Place, drawing: Drawing) -> list[Line]:
    """The head and `height - 1` rows from the place on."""
    width, height, sort = drawing.width, drawing.height, drawing.sort
    columns = list(listing.columns)
    body = listing.rows[place.top : place.top + max(0, height - 1)]
    names = names_of(listing)[place.top : place.top + len(body)]
    most = max(_READABLE, width // 3)
    cells = [[_text(column, row.get(column.field), drawing, most) for column in columns] for row in body]
    widths = _widths(columns, cells, width - _MARGIN)
    shown = len(widths)
    lines = [_head(columns[:shown], widths, sort)]
    for name, values in zip(names, cells, strict=True):
        lines.append(_row(columns[:shown], values, widths, _signs(name, place), ascii_only=drawing.ascii_only))
        if name == place.chosen:
            lines[-1] = tuple((text, "cursor") for text, _ in fitted(lines[-1], width))
    return lines


def _text(column: Column, value: Any, drawing: Drawing, most: int) -> str:
    """The value as the command line has it; a moment of today by its time alone, where there is little room.

    What is neither a number nor free text is cut at `most` columns: one long name must not cost all rows the others.
    """
    if drawing.now is not None and column.form == "time" and isinstance(value, datetime):
        at = value.astimezone(UTC)
        return f"{at:%H:%M:%S}Z" if at.date() == drawing.now.date() else f"{at:%m-%d %H:%M}"
    text = value_text(column, value)
    if column.form in {"free", "count", "bytes", "seconds", "time"} or cell_len(text) <= most:
        return text
    return cell(text, most, ascii_only=drawing.ascii_only)


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """The widths of as many of the columns as have room; what has none gives its room to those before it."""
    for number in range(len(columns), 1, -1):
        widths = widths_of(columns[:number], [row[:number] for row in cells], room)
        narrow = any(
            column.form == "free" and size < min(_READABLE, max((cell_len(row[place]) for row in cells), default=0))
            for place, (column, size) in enumerate(zip(columns, widths, strict=False))
        )
        if sum(widths) + _GAP * (number - 1) <= room and not narrow:
            return widths
    return [min(one, room) for one in widths_of(columns[:1], [row[:1] for row in cells], room)]


def _head(columns: Sequence[Column], widths: Sequence[int], sort: str) -> Line:
    field, _, order = sort.partition(":")
    texts = []
    for column, size in zip(columns, widths, strict=False):
        sign = ("v" if order == "desc" else "^") if column.field == field else ""
        texts.append(cell(column.heading + sign, max(size, len(column.heading + sign)), right=column.right))
    return ((" " * _MARGIN + (" " * _GAP).join(texts), "bold"),)


def _signs(name: str, place: Place) -> str:
    return f"{'>' if name == place.chosen else ' '}{'*' if name in place.marked else ' '} "


def _row(
    columns: Sequence[Column], values: Sequence[str], widths: Sequence[int], signs: str, *, ascii_only: bool
) -> Line:
    spans: list[Span] = [(signs, "")]
    for column, value, size in zip(columns, values, widths, strict=False):
        style = _STYLES.get(STATE_STYLES.get(value.lower(), ""), "") if column.form == "state" else ""
        spans += [(cell(value, size, right=column.right, ascii_only=ascii_only), style), (" " * _GAP, "")]
    return tuple(spans)


def _top(top: int, row: int, total: int, height: int) -> int:
    """The first row on the screen, moved no further than is needed to show the chosen one."""
    room = max(1, height - 1)
    return max(0, min(max(row - room + 1, min(top, row)), max(0, total - room)))


def column_after(listing: Listing, sort: str) -> str:
    """The sort by the next column; after the last one in the listing's own order again."""
    fields = [one.field for one in listing.columns]
    current = sort.partition(":")[0]
    following = fields.index(current) + 1 if current in fields else 0
    return fields[following] if following < len(fields) else ""


def turned(sort: str) -> str:
    """The same the other way round."""
    return sort if not sort else sort.removesuffix(":desc") if sort.endswith(":desc") else f"{sort}:desc"


def widest(lines: Sequence[Line]) -> int:
    """How many columns the longest of them takes."""
    return max((sum(cell_len(text) for text, _ in one) for one in lines), default=0)
