"""Screen 5: the events of the last minutes, and the story of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import now_ms
from mutt_cli.ops import events
from mutt_cli.ops import trace as ops
from mutt_cli.present.events import event_listing, tail_listing
from mutt_cli.present.top.line import line
from mutt_cli.present.trace import trace_document
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.output import Listing
    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.view import View
    from mutt_cli.tui.source import Source

_SPAN: Final = timedelta(minutes=15)
_MOST: Final = 500
_COLUMNS: Final = ("at", "hostname", "outcome", "rule_name", "message", "severity", "event_id")


class TracePage(ListingPage):
    """Events of the last quarter of an hour, the newest first; Enter tells the story of one."""

    name, title = "trace", "Trace"
    every_s = 5.0
    columns = _COLUMNS

    def fetch(self, source: Source) -> Listing:
        """What was recorded."""
        now = source.now()
        with source.backends() as backends:
            return event_listing(events.search(backends, events.Search(now - _SPAN, now, messages=_MOST, most=_MOST)))

    def facts(self, view: View) -> list[Line]:
        """How to come to an event that is not here."""
        del view
        return [line(" the last 15 min; others:  :trace ID  :trace --why-not HOST TEXT --around TIME")]

    def empty(self) -> str:
        """What is said where nothing came."""
        return "no event in the last 15 minutes"

    def open(self) -> Page | None:
        """The event's story."""
        return StoryPage(self.trace_id()) if self.row else None


class StoryPage(TextPage):
    """One event through every stage, followed until its way ends."""

    name = "trace"
    every_s = 2.0

    def __init__(self, identifier: str) -> None:
        super().__init__(f"Trace / {identifier[:24]}", copied=identifier)
        self._identifier = identifier

    def fetch(self, source: Source) -> Any:
        """The story as `mutt trace` has it; None once it has ended: nothing more can come."""
        if self.every_s == 0:
            return None
        with source.backends() as backends:
            return ops.resolved(ops.trace(backends, self._identifier, now_ms=now_ms()))

    def show(self, found: Any) -> None:
        """The lines of the story."""
        if found is None:
            return
        if found.story.verdict.ended:
            self.every_s = 0
        super().show(trace_document(found, tries=found.story.verdict.tries, local=False, ascii_only=False))


class EventsPage(ListingPage):
    """Events as they pass: a sample of what is going on, the newest first."""

    name, title = "events", "Events"
    every_s = 1.0
    columns = _COLUMNS

    def fetch(self, source: Source) -> Listing:
        """What passed, the newest first."""
        seen, counts = source.events.newest()
        found = tail_listing(seen, counts)
        return replace(found, name="event_id")

    def facts(self, view: View) -> list[Line]:
        """How much of it is seen."""
        del view
        left = self.listing.fields["records_left_out"] if self.listing else 0
        return [line(f" a sample: {left:,} records were left out" if left else " as they pass")]

    def empty(self) -> str:
        """What is said before the first."""
        return "nothing has passed yet"

    def open(self) -> Page | None:
        """The event's story."""
        return StoryPage(self.trace_id()) if self.row else None
