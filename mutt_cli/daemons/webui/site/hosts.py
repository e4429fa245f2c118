"""Hosts: the team of each and whether it is production; added, changed, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import falcon

from mutt_cli.daemons.webui.api.change import Doing, carried
from mutt_cli.daemons.webui.problems import RequestError, bad_request, of_error
from mutt_cli.daemons.webui.site.pages import Page, done_by, given
from mutt_cli.errors import MuttError
from mutt_cli.ops import host_plans, inventory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.daemons.webui.site.visits import Visit

MOST: Final = 200
_NAMED: Final = ("team", "env")
"""What a form may say of a host; what it leaves empty stays as it is."""


class HostsPage(Page):
    """`/hosts`."""

    path, title, template, command = "/hosts", "Hosts and teams", "hosts.html", "mutt host list"
    access: ClassVar[Mapping[str, Needed]] = {"GET": "open", "HEAD": "open", "POST": "open"}

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """Teams with what they have, and hosts with a word in their name or team; at most MOST."""
        return self._about(req, visit, given(req).get("q", ""))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add a host, change it, or take it away."""
        entered = self.entered(req, resp, "operator")
        if entered is None:
            return
        visit, form = entered
        try:
            with self.calling(req, visit) as call:
                operation = _carried(call, form)
        except (MuttError, RequestError) as error:
            problem = of_error(error)
            if problem.status >= 500:
                raise
            about = self._about(req, visit, "", form=form, problem=problem)
            self.render(req, resp, self.template, visit, code=problem.status, **about)
            return
        raise falcon.HTTPSeeOther(f"/hosts?done={operation}" if operation else "/hosts")

    def _about(self, req: falcon.Request, visit: Visit, word: str, **more: Any) -> dict[str, Any]:
        with self.calling(req, visit) as call:
            live = inventory.current(call.backends)
        fitting = [one for one in live.hosts if word.casefold() in f"{one['host']} {one['team'] or ''}".casefold()]
        teams = [{"name": one.name, "rules": len(one.rules), "hosts": len(one.hosts)} for one in host_plans.teams(live)]
        return {
            "rows": fitting[:MOST], "fitting": len(fitting), "total": len(live.hosts), "most": MOST, "word": word,
            "teams": teams, "form": {}, "problem": None, "done": done_by(req), **more,
        }  # fmt: skip


def _carried(call: Call, form: Mapping[str, str]) -> str:
    """Do what a form says; the operation, empty if it was so already."""
    live, host = inventory.current(call.backends), form.get("host", "").strip()
    fields: dict[str, Any] = {
        "host": host,
        **{name: form[name].strip() for name in _NAMED if form.get(name, "").strip()},
    }
    fields |= {"team": None} if "no_team" in form else {}
    match form.get("do"):
        case "add":
            proposal, command = host_plans.plan_add(live, fields), "host add"
        case "set":
            proposal, command = host_plans.plan_set(live, fields), "host set"
        case "delete" if "sure" not in form:
            raise bad_request(f"mark that {host} is meant to be taken away", {"sure": "it is not marked"})
        case "delete":
            proposal, command = host_plans.plan_delete(live, host), "host delete"
        case _:
            raise bad_request("the form does not say what to do")
    if proposal.nothing:
        return ""
    return carried(call, Doing(command, [host], form.get("reason", "")), proposal)[1]
