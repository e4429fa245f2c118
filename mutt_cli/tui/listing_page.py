"""Screens that are a listing: filtered, sorted, moved through, marked, opened."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.where import Malformed, parse
from mutt_cli.errors import MuttError, UsageError
from mutt_cli.present.arrange import Arrangement, arranged
from mutt_cli.present.encode import scalar_text
from mutt_cli.present.output import Listing
from mutt_cli.present.top.line import Line, cell, line, rule, shown
from mutt_cli.present.top.table import Drawing, Place, column_after, names_of, row_named, table, turned
from mutt_cli.tui.page import Page, Selection, fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.where import Clause
    from mutt_cli.present.top.view import View

_IDS: Final = ("event_id", "correlation_id", "mutt_correlation_id", "cid")


class ListingPage(Page):
    """A listing. Subclasses look it up; the filter survives that, and going to other screens."""

    columns: tuple[str, ...] = ()
    """Those that a screen shows, in its order; none: those of the command line."""

    def __init__(self) -> None:
        super().__init__()
        self.listing: Listing | None = None
        self.shown: Listing | None = None
        self.place = Place()
        self.sort = ""
        self.filter = ""
        self._clauses: tuple[Clause, ...] = ()
        self._words: tuple[str, ...] = ()
        self.note = ""
        """What is the matter with the filter."""

    def show(self, found: Any) -> None:
        """A new listing; the cursor stays on its row. A filter that its columns do not know is left out, and told."""
        self.listing = found
        try:
            self._arrange()
        except MuttError as error:
            self.filter, self._clauses, self._words = "", (), ()
            self.note = f"the filter is left out: {error.message}"
            self._arrange()

    def filter_by(self, text: str) -> None:
        """Show only rows that fit. Raises UsageError, and then nothing has changed."""
        clauses, words = _read(text)
        self.note = ""
        kept = self.filter, self._clauses, self._words
        self.filter, self._clauses, self._words = text.strip(), clauses, words
        try:
            self._arrange()
        except MuttError:
            self.filter, self._clauses, self._words = kept
            raise

    def sort_on(self) -> None:
        """Sort by the next column."""
        if self.listing is not None:
            self.sort = column_after(self.listing, self.sort)
            self._arrange()

    def reverse(self) -> None:
        """Sort the other way round."""
        self.sort = turned(self.sort)
        self._arrange()

    def above(self, view: View) -> list[Line]:
        """What is the matter with the data, the screen's own lines, and how much of it is shown."""
        total = len(self.listing.rows) if self.listing else 0
        count = len(self.shown.rows) if self.shown else 0
        known = self.listing.total if self.listing and self.listing.total is not None else total
        marked = f"  {len(self.place.marked)} marked" if self.place.marked else ""
        parts = [f" filter {self.filter}" if self.filter else "", f"{count:,} of {known:,}" if self.loaded else ""]
        told = "   ".join(one for one in parts if one)
        warnings = [*([self.note] if self.note else []), *(self.listing.warnings if self.listing else ())]
        warned = [part for one in warnings[:2] for part in _warned(one, view)]
        found = [*super().above(view), *self.facts(view), *warned]
        if self.filter or marked or known != total:
            found.append(line(f" {shown(told).strip()}", (marked, "bold")))
        return [*found, rule(view.size.width, ascii_only=view.ascii_only)] if found else []

    def facts(self, view: View) -> list[Line]:
        """Lines about all of it, above the table."""
        del view
        return []

    def body(self, view: View) -> list[Line]:
        """The table."""
        if self.shown is None:
            return [line(" looking ...")]
        self.place = self.place.within(self.shown, self.body_height)
        if not self.shown.rows:
            return [line(" nothing fits the filter; Esc clears it" if self.filter else f" {self.empty()}")]
        now = None if view.size.wide else utc_now()
        drawing = Drawing(view.size.width, self.body_height, self.sort, ascii_only=view.ascii_only, now=now)
        return table(self.shown, self.place, drawing)

    def empty(self) -> str:
        """What is said where there is no row."""
        return "there is none"

    def move(self, by: int) -> None:
        """So many rows on."""
        if self.shown is not None:
            self.place = self.place.moved(self.shown, by, self.body_height)

    def back(self) -> bool:
        """Clear the filter, then the marks."""
        if self.filter:
            self.filter_by("")
            return True
        if self.place.marked:
            self.place = Place(self.place.chosen, self.place.top)
            return True
        return False

    def mark(self) -> None:
        """Mark the row, and go on to the next."""
        self.place = self.place.mark()
        self.move(1)

    def mark_all(self) -> None:
        """Mark all rows that are shown, or none."""
        if self.shown is not None:
            self.place = self.place.mark_all(self.shown)

    @property
    def row(self) -> Mapping[str, Any]:
        """The chosen row; empty where there is none."""
        found = row_named(self.shown, self.place.chosen) if self.shown else None
        return found or {}

    def selection(self) -> Selection:
        """The chosen row, and the marked ones."""
        named = zip(names_of(self.shown), self.shown.rows, strict=True) if self.shown else ()
        marked = [row for name, row in named if name in self.place.marked]
        rows = marked or ([self.row] if self.row else [])
        return Selection(self.name, self.row, rows, self.about())

    def about(self) -> str:
        """What all rows belong to."""
        return ""

    def trace_id(self) -> str:
        """The id of the row's event."""
        return next((str(self.row[name]) for name in _IDS if self.row.get(name)), "")

    def service(self) -> str:
        """The row's service."""
        return str(self.row.get("service") or "")

    def copied(self) -> str:
        """What the row is called."""
        return scalar_text(self.row.get(self.shown.key)) if self.shown and self.row else ""

    def _arrange(self) -> None:
        if self.listing is None:
            return
        known = {one.field: one for one in self.listing.columns}
        named = [known[one] for one in self.columns if one in known]
        columns = named or [one for one in self.listing.columns if not one.wide]
        rows = [row for row in self.listing.rows if all(_mentions(row, one) for one in self._words)]
        bare = Listing(self.listing.kind, columns, rows, name=self.listing.key)
        self.shown = arranged(bare, Arrangement(sort=self.sort, where=self._clauses, now=utc_now()))
        self.place = self.place.within(self.shown, self.body_height)


def _warned(text: str, view: View) -> list[Line]:
    """What is the matter, in two lines at most."""
    width = view.size.width - 2
    told = fold(shown(text), width)
    if len(told) > 1:
        told = [told[0], cell(" ".join(one.strip() for one in told[1:]), width, ascii_only=view.ascii_only)]
    return [line(" ", (one, "warn")) for one in told]


def _read(text: str) -> tuple[tuple[Clause, ...], tuple[str, ...]]:
    """Conditions as `--where` has them, and plain words, which a row must have somewhere. Raises UsageError."""
    try:
        parts = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{text}: {error}", tries=("host~core reason=http-400 'error~timed out'",)) from error
    clauses, words = [], []
    for part in parts:
        one = parse(part)
        if not isinstance(one, Malformed):
            clauses.append(one)
        elif any(sign in part for sign in "=~<>"):
            raise UsageError(f"{part}: {one.reason}")
        else:
            words.append(part.lower())
    return tuple(clauses), tuple(words)


def _mentions(row: Mapping[str, Any], word: str) -> bool:
    return any(word in scalar_text(value).lower() for value in row.values() if value is not None)
