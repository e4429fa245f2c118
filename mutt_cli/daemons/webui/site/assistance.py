"""`/help`: keys, and where everything else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.daemons.webui.site.pages import Page

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.site.visits import Visit


class HelpPage(Page):
    """The page of `?`."""

    path, title, template, command = "/help", "Help", "help.html", "mutt help"

    def show(self, _req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """It says the same to everybody."""
        return {}
