"""Screen 4: rules in the order in which alerters try them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.ops import rule_views
from mutt_cli.present.rule_rows import rule_document, rule_listing
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.output import Document, Listing
    from mutt_cli.tui.source import Source


class RulesPage(ListingPage):
    """All rules with what they matched in a day."""

    name, title = "rules", "Rules"
    every_s = 10.0
    columns = ("id", "rule_name", "priority", "state", "severity", "matches", "pattern", "last_match_at", "team")

    def fetch(self, source: Source) -> Listing:
        """The rules of now."""
        with source.backends() as backends:
            return rule_listing(rule_views.rules(backends, source.now()))

    def empty(self) -> str:
        """What is said where there is none."""
        return "there are no rules: every event is unhandled"

    def open(self) -> Page | None:
        """The rule."""
        return RulePage(self.path, str(self.row["rule_name"]), self.row["id"]) if self.row else None


class RulePage(TextPage):
    """One rule: what it matches, who changed it, why it may never win."""

    def __init__(self, path: str, name: str, number: int) -> None:
        super().__init__(f"{path} / {name}", copied=name)
        self._number = number

    def fetch(self, source: Source) -> Document:
        """The rule as `mutt rule show` has it."""
        with source.backends() as backends:
            seen = rule_views.rules(backends, source.now())
        one = next((one for one in seen if one.image["id"] == self._number), None)
        if one is None:
            from mutt_cli.errors import NotFoundError  # noqa: PLC0415

            raise NotFoundError(f"rule {self._number} is gone", tries=(f"mutt rule history {self._number}",))
        return rule_document(one, rule_views.warnings(seen, self._number), local=False)
