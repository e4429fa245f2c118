"""Screen 8: what people did, and how to take it back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mutt_cli.ops import operations
from mutt_cli.ops.undo import advice
from mutt_cli.present.operations import operation_document, operation_listing
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.output import Document, Listing
    from mutt_cli.tui.source import Source

_SPAN: Final = timedelta(days=7)


class OperationsPage(ListingPage):
    """Operations of the last week, the newest first."""

    name, title = "ops", "Ops"
    every_s = 4.0
    columns = ("started_at", "operation", "state", "actor", "what", "reason")

    def fetch(self, source: Source) -> Listing:
        """What the journal of operations has."""
        now = source.now()
        with source.backends() as backends:
            return operation_listing(operations.listed(backends, source.state, since=now - _SPAN, until=now))

    def empty(self) -> str:
        """What is said where nobody did anything."""
        return "nothing was done with mutt in seven days"

    def open(self) -> Page | None:
        """The operation."""
        return OperationPage(self.path, str(self.row["operation"])) if self.row else None


class OperationPage(TextPage):
    """One operation: its plan, counts, result, and what it replaced."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(f"{path} / {name}", copied=name)
        self._name = name

    def fetch(self, source: Source) -> Document:
        """The operation as `mutt op show` has it."""
        with source.backends() as backends:
            found = operations.one(backends, source.state, self._name)
        return operation_document(found, undo=advice(found), local=False)
