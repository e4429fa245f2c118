"""Screen 3: dead letters, why they failed, and sending them round again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import now_ms
from mutt_cli.ops import dlq_list
from mutt_cli.ops.dlq_replay import letters
from mutt_cli.present.dlq import letter_document, letters_listing
from mutt_cli.present.top.line import line, shown
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.output import Document
    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.view import View
    from mutt_cli.tui.source import Source

_MOST: Final = 500
_LOOK_S: Final = 1.5
_REASONS: Final = 5


class LettersPage(ListingPage):
    """The newest dead letters of all queues."""

    name, title = "dlq", "DLQ"
    every_s = 4.0
    columns = ("id", "failed_age_seconds", "attempts", "reason", "host", "error", "queue", "rule", "text")

    def __init__(self) -> None:
        super().__init__()
        self._reasons: list[tuple[str, int, bool]] = []

    def fetch(self, source: Source) -> Any:
        """Letters, and how many failed why."""
        with source.backends() as backends:
            sources = letters(backends, None)
            listing = letters_listing(dlq_list.listed(backends, sources, (), most=_MOST, seconds=_LOOK_S))
            return listing, dlq_list.grouped(backends, sources, (), "reason")

    def show(self, found: Any) -> None:
        """Both."""
        listing, groups = found
        counted: dict[str, int] = {}
        for one in groups.groups:
            counted[one.value] = counted.get(one.value, 0) + one.messages
        exact = not groups.sampled
        most = sorted(counted.items(), key=lambda one: -one[1])
        self._reasons = [(reason, number, exact) for reason, number in most]
        super().show(listing)

    def facts(self, view: View) -> list[Line]:
        """How deep each queue is, and the reasons."""
        del view
        if self.listing is None:
            return []
        depths = "   ".join(f"{name} {depth:,}" for name, depth in self.listing.fields["depths"].items() if depth)
        whole = sum(self.listing.fields["depths"].values()) <= len(self.listing.rows)
        newest = "" if whole else f"   the newest {len(self.listing.rows):,}"
        found = [line(" ", (depths or "no dead letters", "bold"), newest)]
        if self._reasons:
            told = "   ".join(f"{shown(reason or '-')} {'' if exact else '~'}{number:,}"
                              for reason, number, exact in self._reasons[:_REASONS])  # fmt: skip
            found.append(line(" by reason  ", told))
        return found

    def empty(self) -> str:
        """What is said where nothing failed."""
        return "no dead letters"

    def open(self) -> Page | None:
        """The letter, its story, and what a replay would do."""
        return LetterPage(self.path, str(self.row["id"])) if self.row else None


class LetterPage(TextPage):
    """One dead letter."""

    def __init__(self, path: str, name: str) -> None:
        super().__init__(f"{path} / {name}", copied=name)
        self._name = name

    def fetch(self, source: Source) -> Document:
        """The letter as `mutt dlq show` has it."""
        with source.backends() as backends:
            return letter_document(dlq_list.one(backends, self._name), now_ms(), local=False)
