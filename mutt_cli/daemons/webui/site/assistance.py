"""`/help`: keys, and where everything else is; and what somebody sees whose address leads nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from mutt_cli.daemons.webui.site.pages import Page

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.problems import RequestError

_SHOWN: Final = 120
"""Characters of an address that leads nowhere."""


class HelpPage(Page):
    """The page of `?`."""

    path, title, template, command = "/help", "Help", "help.html", "mutt help"


class LostPage(Page):
    """Of no address: what a browser is answered for one that leads nowhere."""

    path, title, template, command = "", "Not here", "problem.html", ""
    section = "/"

    def show_problem(self, req: falcon.Request, resp: falcon.Response, problem: RequestError) -> None:
        """Name the address, and lead home."""
        said = replace(problem, message=f"there is no page {req.path[:_SHOWN]}") if problem.status == 404 else problem
        super().show_problem(req, resp, said)
