"""Events: found by time and by what is recorded of them, and the story of one."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import falcon

from mutt_cli.daemons.webui.api import looks, parameters
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.site.pages import Page, given

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutt_cli.daemons.webui.site.visits import Visit

_WANTED: Final = (
    parameters.moment("since", "From"), parameters.moment("until", "To"), parameters.words("host", ""),
    parameters.words("rule", ""), parameters.words("outcome", ""), parameters.words("message", ""),
    parameters.words("id", ""),
)  # fmt: skip
_EXACT: Final = ("host", "rule", "outcome")
MOST: Final = 100


class EventsPage(Page):
    """`/events`."""

    path, title, template, command = "/events", "Events", "events.html", "mutt event search"
    filters = "events_filter.html"

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """The newest MOST that fit, of the last hour unless the form says otherwise. An id leads to its story."""
        typed = given(req)
        query = read_query(typed, _WANTED)
        if query["id"]:
            raise falcon.HTTPSeeOther(f"/trace/{falcon.uri.encode_value(query['id'])}")
        where = [f"{name}={query[name]}" for name in _EXACT if query[name]]
        where += [f"message~{query['message']}"] if query["message"] else []
        asked = read_query({"where": where} if where else {}, looks.ARRANGING)
        with self.calling(req, visit) as call:
            found = looks.search(replace(call, query={**asked, "since": query["since"], "until": query["until"]})).body
        return {
            "command": _command(typed, where), "rows": found["items"], "total": found["total"],
            "warnings": found["warnings"], "most": MOST, **self.filled_in(req),
        }  # fmt: skip

    def filled_in(self, req: falcon.Request) -> dict[str, Any]:
        """What was typed."""
        typed = given(req)
        return {"given": {one.name: typed.get(one.name, "") for one in _WANTED}}


def _command(typed: Mapping[str, str], where: Iterable[str]) -> str:
    """The search in a shell."""
    times = [f"--{name} {shlex.quote(typed[name])}" for name in ("since", "until") if typed.get(name)]
    return " ".join(["mutt event search", *times, *(f"--where {shlex.quote(one)}" for one in where)])


class TracePage(Page):
    """`/trace/{event}`: links in alerts lead here."""

    path, title, template, command = "/trace/{event}", "Event", "trace.html", "mutt trace ID"

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """What happened to it, step by step, where it is now, and what to do."""
        with self.calling(req, visit) as call:
            story = looks.show_event(replace(call, path={"event": req.context.at["event"]})).body
        return {"story": story, "command": f"mutt trace {story['event_id']}"}
