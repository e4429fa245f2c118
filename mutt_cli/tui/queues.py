"""Screen 2: all queues with how they move; behind each its messages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.top.rates import outlooks
from mutt_cli.ops.queue_details import peeked
from mutt_cli.present.encode import plain
from mutt_cli.present.messages import peek_listing
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.queues import queue_listing
from mutt_cli.present.top.line import line
from mutt_cli.present.top.queues import empty_in
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.view import View
    from mutt_cli.tui.source import Source

_PEEKED: Final = 200
_LOOK_S: Final = 1.5


class QueuesPage(ListingPage):
    """The queues of the snapshot: the numbers of the overview, of `mutt queue list` and of `mutt health`."""

    name, title = "queues", "Queues"

    def lines(self, view: View) -> list[Line]:
        """The whole screen."""
        flow = view.frame.snapshot.pipeline.value if view.frame else None
        if flow is not None:
            self.loaded = True
            ahead = outlooks(view.samples, view.moment_ms)
            found = queue_listing(flow.queues)
            rows = []
            for state, row in zip(flow.queues, found.rows, strict=True):
                one = ahead.get(state.name)
                rows.append({**row, "change_per_second": one.net_per_s if one else None, "empty": empty_in(state, one)})
            columns = [one for one in found.columns if not one.wide]
            columns[3:3] = [Column("change_per_second", "count", "change/s"), Column("empty", title="empty in")]
            self.show(replace(found, columns=[*columns, Column("meaning", "free")], rows=rows))
        return super().lines(view)

    def open(self) -> Page | None:
        """The messages of the queue."""
        return MessagesPage(str(self.row["queue"])) if self.row else None


class MessagesPage(ListingPage):
    """Messages of one queue, without taking them: those that leave next."""

    name = "messages"

    def __init__(self, queue: str) -> None:
        super().__init__()
        self._queue = queue

    @property
    def path(self) -> str:
        """Where this is."""
        return f"Queues / {self._queue}"

    def fetch(self, source: Source) -> Listing:
        """The first of them."""
        with source.backends() as backends:
            found = peeked(backends, self._queue, (), most=_PEEKED, newest=False, seconds=_LOOK_S)
        return peek_listing(
            "mutt.queue.peek", found.queue.name, found.messages, now_ms=found.now_ms, depth=found.depth,
            looked=found.looked,
        )  # fmt: skip

    def facts(self, view: View) -> list[Line]:
        """How many there are."""
        del view
        if self.listing is None:
            return []
        fields = self.listing.fields
        return [line(f" {fields['depth']:,} messages; these leave next. Nothing is taken.")]

    def empty(self) -> str:
        """What is said of an empty queue."""
        return "the queue is empty"

    def about(self) -> str:
        """The queue."""
        return self._queue

    def open(self) -> Page | None:
        """The message as it is queued."""
        return message_page(self.path, self.row) if self.row else None


def message_page(path: str, row: Any) -> TextPage:
    """One message in full."""
    text = json.dumps(plain(row), indent=2, ensure_ascii=False)
    return TextPage(f"{path} / {row['id']}", text.splitlines(), copied=str(row.get("event_id") or row["id"]))
