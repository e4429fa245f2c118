"""The overview: flow, services, queues with curves, what is wrong and the command that helps; kept new by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from mutt_cli.adapters.clock import now_ms
from mutt_cli.daemons.webui import problems
from mutt_cli.daemons.webui.site.pages import Page, Site
from mutt_cli.present.charts import bars, curve
from mutt_cli.present.figures import figures_object
from mutt_cli.present.status import status_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    import falcon

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.site.board import Board, Look
    from mutt_cli.daemons.webui.site.visits import Visit

CURVE: tuple[int, int] = (120, 24)
CHART: tuple[int, int] = (720, 120)


def shown(look: Look) -> dict[str, Any]:
    """One look in the values of the page: those of `mutt status`, the figures, and the drawings."""
    found = status_fields(look.status)
    counted = figures_object(look.figures) if look.figures else None
    chart = counted["chart_24h"] if counted else {"labels": [], "data": []}
    return {
        "status": found,
        "figures": counted["summary"] if counted else None,
        "chart": bars(chart["data"], chart["labels"], *CHART),
        "chart_size": CHART,
        "curves": {name: curve(values, *CURVE) for name, values in look.curves.items()},
        "curve_size": CURVE,
        "at_ms": look.at_ms,
        "number": look.number,
        "age_s": max(0, now_ms() - look.at_ms) // 1000,
    }


class OverviewPage(Page):
    """The first page."""

    path, title, template, command = "/", "Overview", "overview.html", "mutt status"

    def __init__(self, site: Site, board: Board) -> None:
        super().__init__(site)
        self._board = board

    def show(self, _req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """Everything as it is now."""
        return shown(self._board.look())


class OverviewFragment(Page):
    """The part of the overview that changes; 304 while nothing has."""

    path, title, template, command = "/fragment/overview", "", "overview_live.html", ""
    access: ClassVar[Mapping[str, Needed]] = {"GET": "open", "HEAD": "open"}

    def __init__(self, site: Site, board: Board) -> None:
        super().__init__(site)
        self._board = board

    def on_get(self, req: falcon.Request, resp: falcon.Response, **_at: Any) -> None:
        """Raises RequestError 401 without a session: the page then offers the login."""
        visit = self.visit(req, renew=False)  # a screen that nobody touches is not somebody who works
        if visit is None:
            raise problems.unauthorized()
        look = self._board.look()
        tag = f'"{look.number}"'
        resp.set_header("ETag", tag)
        resp.set_header("X-Look-Age", str(max(0, now_ms() - look.at_ms) // 1000))
        if req.get_header("If-None-Match") == tag:
            resp.status = 304
            return
        self.render(req, resp, self.template, visit, **shown(look))

    on_head = on_get
    show_problem = None  # type: ignore[assignment]  # a script reads it: JSON
