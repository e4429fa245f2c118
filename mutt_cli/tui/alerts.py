"""Everything that is wrong, as `mutt health` finds it, and what each of it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.explained.lookup import look_up
from mutt_cli.core.health.causes import by_importance
from mutt_cli.present.explanation import explanation_document
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.top.line import WORDS
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.view import View

_COLUMNS = (
    Column("state", "state"), Column("check"), Column("message", "free"), Column("caused_by", title="caused by"),
    Column("try", "free"),
)  # fmt: skip


class AlertsPage(ListingPage):
    """The checks that are bad, the worst and its cause first."""

    name, title = "alerts", "Alerts"

    def lines(self, view: View) -> list[Line]:
        """The whole screen."""
        rows = [
            {
                "state": WORDS[one.state], "check": one.id, "message": one.message, "caused_by": one.caused_by,
                "try": "" if one.caused_by else one.remedy,
            }
            for one in by_importance(view.checks)
        ]  # fmt: skip
        self.loaded = bool(view.checks)
        self.show(Listing("mutt.top.alerts", _COLUMNS, rows, name="check"))
        return super().lines(view)

    def empty(self) -> str:
        """What is said where all is well."""
        return "nothing is wrong"

    def open(self) -> Page | None:
        """What the check means and what to do."""
        return explanation_page(str(self.row["check"]), self.row) if self.row else None


def explanation_page(check: str, row: Mapping[str, Any] | None = None) -> TextPage:
    """What a check says now, and what it means, as `mutt explain` has it."""
    now = [f"now:    {row['state']} {row['message']}"] if row else []
    now += [f"        caused by {row['caused_by']}"] if row and row["caused_by"] else []
    now += [f"        try: mutt {row['try'].removeprefix('mutt ')}"] if row and row["try"] else []
    found = look_up(check)
    text = list(explanation_document(found).text) if found else [f"nothing is known about {check}"]
    return TextPage(
        f"Alerts / {check}",
        [*now, *([""] if now else []), *text, "", "the cause, and what to type:  :doctor"],
        copied=check,
    )
