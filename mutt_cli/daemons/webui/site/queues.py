"""Queues: how deep, how old, who drains them; and one of them with the messages at either end. Nothing is taken."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.daemons.webui.api import looks, parameters
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.site.pages import Page, Site, given
from mutt_cli.ops import queue_details
from mutt_cli.present.charts import curve
from mutt_cli.present.queues import details_fields
from mutt_cli.present.status import status_fields

if TYPE_CHECKING:
    import falcon

    from mutt_cli.daemons.webui.site.board import Board
    from mutt_cli.daemons.webui.site.visits import Visit

PEEKED: Final = 20
"""Messages of one look (ux.md section 6.2)."""
_SMALL: Final = (120, 24)
_LARGE: Final = (720, 120)
_ENDS: Final = ("oldest", "newest")
_WANTED: Final = (parameters.words("where", ""), parameters.choice("end", "", *_ENDS, otherwise="oldest"))


class QueuesPage(Page):
    """`/queues`: the numbers of the overview, of every queue."""

    path, title, template, command = "/queues", "Queues", "queues.html", "mutt queue list"

    def __init__(self, site: Site, board: Board) -> None:
        super().__init__(site)
        self._board = board

    def show(self, _req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """All of them, those of workers' hands last."""
        look = self._board.look()
        return {
            "rows": status_fields(look.status)["queues"],
            "curves": {name: curve(values, *_SMALL) for name, values in look.curves.items()},
            "curve_size": _SMALL,
        }


class QueuePage(Page):
    """`/queues/{queue}`. Emptying it stays with the command line, which the page names."""

    path, title, template, command = "/queues/{queue}", "Queue", "queue.html", "mutt queue show NAME"
    filters = "queue_filter.html"

    def __init__(self, site: Site, board: Board) -> None:
        super().__init__(site)
        self._board = board

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """How it stands, its last half hour, and the messages at one end that fit."""
        name, typed = req.context.at["queue"], given(req)
        query = read_query(typed, _WANTED)
        where = read_query({"where": query["where"]} if query["where"] else {}, (parameters.where(),))
        with self.calling(req, visit) as call:
            found = details_fields(queue_details.details(call.backends, name))
            asked = {**where, "limit": PEEKED, "end": query["end"]}
            peeked = looks.peek(replace(call, path={"queue": name}, query=asked)).body
        values = self._board.look().curves.get(found["queue"], [])
        most = max((one for one in values if one), default=0)
        return {
            "command": f"mutt queue show {shlex.quote(found['queue'])}", "queue": found, "rows": peeked["items"],
            "looked_at": peeked["looked_at"],
            "curve": curve(values, *_LARGE), "curve_size": _LARGE, "most": most, **self.filled_in(req),
        }  # fmt: skip

    def filled_in(self, req: falcon.Request) -> dict[str, Any]:
        """What was typed, and the two ends."""
        typed = given(req) | {"queue": req.context.at["queue"]}
        return {"given": {name: typed.get(name, "") for name in ("queue", "where", "end")}, "ends": _ENDS}
