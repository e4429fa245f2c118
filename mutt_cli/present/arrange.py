"""A listing as somebody wants to see it: filtered, sorted, from a row on, so many rows, these columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mutt_cli.core.where import holds, named, senseless, value_at
from mutt_cli.errors import UsageError
from mutt_cli.present.encode import scalar_text
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from mutt_cli.core.where import Clause
    from mutt_cli.present.output import Column, Listing


@dataclass(frozen=True)
class Arrangement:
    """What somebody wants to see of a listing: which rows, in which order, how many, and which columns."""

    columns: Sequence[str] = ()
    sort: str = ""
    """`FIELD` or `FIELD:desc`."""
    limit: int = 0
    """0 = all."""
    after: str = ""
    """The name of the last row that was seen; it and those before it are left out."""
    where: Sequence[Clause] = ()
    now: datetime | None = None
    """What ages in `where` are judged by."""
    wide: bool = False


def arranged(listing: Listing, wish: Arrangement) -> Listing:
    """The listing as it is wanted. Raises UsageError for a column that does not exist or a cursor that is unknown."""
    rows = list(listing.rows)
    if wish.where and wish.now and not listing.filtered:
        rows = _where(listing, rows, wish.where, wish.now)
    if wish.sort:
        rows = _sorted(listing, rows, wish.sort)
    total = len(rows) if listing.total is None or len(rows) < len(listing.rows) else listing.total
    if wish.after and listing.next is None:
        rows = rows[_place_after(listing, rows, wish.after) :]
    shown = [_column(listing, name) for name in wish.columns]
    shown = shown or [one for one in listing.columns if wish.wide or not one.wide]
    cut = rows[: wish.limit] if wish.limit else rows
    following = scalar_text(cut[-1].get(listing.key)) if 0 < len(cut) < len(rows) else listing.next
    return replace(listing, columns=shown, rows=cut, total=total, next=following, name=listing.key)


def _where(
    listing: Listing, rows: Sequence[Mapping[str, Any]], clauses: Sequence[Clause], now: datetime
) -> list[Mapping[str, Any]]:
    """The rows of which every condition is true."""
    known = list(dict.fromkeys([name for row in rows for name in row] + [one.field for one in listing.columns]))
    titles = {one.heading.lower().replace(" ", "_"): one.field for one in listing.columns}
    found = []
    for clause in clauses:
        name = named(clause.field, known) or titles.get(clause.field.lower())
        if name is None and clause.field.partition(".")[0] not in known:
            raise UsageError(f"there is no field {safe(clause.field)}; there are: {', '.join(known)}", code="MUTT-U005")
        if told := senseless(clause, (value_at(row, name or clause.field) for row in rows), now):
            raise UsageError(safe(told), code="MUTT-U005")
        found.append((clause, name or clause.field))
    return [row for row in rows if all(holds(clause, value_at(row, name), now) for clause, name in found)]


def _sorted(listing: Listing, rows: Sequence[Mapping[str, Any]], sort: str) -> list[Mapping[str, Any]]:
    """The rows in order; those that know nothing of the column come last either way."""
    name, _, order = sort.partition(":")
    if order not in {"", "asc", "desc"}:
        raise UsageError(f"--sort takes COLUMN, COLUMN:asc or COLUMN:desc, not {safe(sort)}")
    key = _column(listing, name).field
    known = sorted((row for row in rows if row.get(key) is not None), key=_order(key, rows), reverse=order == "desc")
    return known + [row for row in rows if row.get(key) is None]


def _place_after(listing: Listing, rows: Sequence[Mapping[str, Any]], cursor: str) -> int:
    for place, row in enumerate(rows):
        if scalar_text(row.get(listing.key)) == cursor:
            return place + 1
    raise UsageError(
        f"--after {safe(cursor)} names no row of this list; it may be gone",
        code="MUTT-U005", tries=("leave --after out: start anew",),
    )  # fmt: skip


def _column(listing: Listing, name: str) -> Column:
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    for column in listing.columns:
        if wanted in {column.field, column.heading.lower().replace(" ", "_")}:
            return column
    known = ", ".join(column.field for column in listing.columns)
    raise UsageError(f"there is no column {safe(name)}; there are: {known}", code="MUTT-U005")


def _order(key: str, rows: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Any]:
    if len({type(row[key]) for row in rows if row.get(key) is not None} - {int, float}) == 0:
        return lambda row: row[key]
    return lambda row: (scalar_text(row[key]).casefold(), scalar_text(row[key]))
