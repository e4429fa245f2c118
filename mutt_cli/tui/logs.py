"""Screen 6: what the daemons of this host said, the newest last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.log_filter import LogFilter
from mutt_cli.errors import NotFoundError
from mutt_cli.present.encode import plain
from mutt_cli.present.logs import log_listing
from mutt_cli.present.top.line import line
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import Page, TextPage

if TYPE_CHECKING:
    from mutt_cli.present.output import Listing
    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.view import View
    from mutt_cli.tui.source import Source

_MOST: Final = 500


class LogsPage(ListingPage):
    """The last lines, of one service or of all."""

    name, title = "logs", "Logs"

    def __init__(self, service: str = "") -> None:
        super().__init__()
        self._service = service
        self._following = True

    @property
    def path(self) -> str:
        """Where this is."""
        return f"Logs / {self._service}" if self._service else "Logs"

    def fetch(self, source: Source) -> Listing:
        """The last lines."""
        if source.logs is None:
            raise NotFoundError("there are no logs here", tries=("mutt logs",))
        found = source.logs((self._service,) if self._service else ())
        return log_listing(found.last(LogFilter(), _MOST), "table", (), found.warnings)

    def show(self, found: Any) -> None:
        """The lines; as long as nobody moved up, the newest is in sight."""
        super().show(found)
        if self._following:
            super().last()

    def move(self, by: int) -> None:
        """Who moves up stays there; who moves to the end follows."""
        super().move(by)
        names = [*(self.shown.rows if self.shown else ())]
        self._following = bool(names) and self.row is names[-1]

    def facts(self, view: View) -> list[Line]:
        """Whether it follows."""
        del view
        return [line(" following; k stays, G follows again" if self._following else " G follows again")]

    def empty(self) -> str:
        """What is said where nothing was said."""
        return "nothing was said"

    def open(self) -> Page | None:
        """The line with everything that was logged beside it."""
        if not self.row:
            return None
        text = json.dumps(
            plain({k: v for k, v in self.row.items() if v not in (None, "")}), indent=2, ensure_ascii=False
        )
        return TextPage(f"{self.path} / line", text.splitlines(), copied=str(self.row.get("message", "")))
