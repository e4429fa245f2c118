"""One rule: looked at, added, changed, switched on and off, with its history.

A form carries the version that it was made of. Somebody who changed the rule meanwhile is not overwritten: the page
comes back with what was typed in, beside what the rule says now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import falcon

from mutt_cli.adapters import rule_past
from mutt_cli.adapters.clock import utc_now
from mutt_cli.daemons.webui.api import rules as api
from mutt_cli.daemons.webui.api.change import Doing, carried, refuse_stale
from mutt_cli.daemons.webui.problems import RequestError, of_error
from mutt_cli.daemons.webui.site import rule_forms
from mutt_cli.daemons.webui.site.pages import Page, done_by
from mutt_cli.errors import MuttError
from mutt_cli.ops import audit, inventory, rule_plans, rule_views
from mutt_cli.present.audit import audit_row
from mutt_cli.present.rule_rows import rule_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.core.rule_change import Image
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.daemons.webui.site.visits import Visit

_MAY_CHANGE: Final[dict[str, Needed]] = {"GET": "open", "HEAD": "open", "POST": "open"}


class RulePage(Page):
    """`/rules/{rule_id}`: its form holds what the rule says."""

    path, title, template, command = "/rules/{rule_id}", "Rule", "rule.html", "mutt rule show ID"
    access: ClassVar[Mapping[str, Needed]] = _MAY_CHANGE

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """The rule as it is now."""
        with self.calling(req, visit) as call:
            seen = rule_views.one(call.backends, utc_now(), req.context.at["rule_id"])
            return self._about(call, seen, rule_forms.typed(seen.image), done=done_by(req))

    def on_post(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """Change it, and come back to it."""
        entered = self.entered(req, resp, "operator")
        if entered is None:
            return
        visit, form = entered
        with self.calling(req, visit) as call:
            try:
                operation = _changed(call, at["rule_id"], form)
            except (MuttError, RequestError) as error:
                problem = of_error(error)
                if problem.status >= 500:
                    raise
                seen = rule_views.one(call.backends, utc_now(), at["rule_id"])
                shown = _merged(call, seen.image, form) if problem.code == "MUTT-P303" else form
                about = self._about(call, seen, shown, problem=problem)
                self.render(req, resp, self.template, visit, code=problem.status, **about)
                return
        raise falcon.HTTPSeeOther(f"/rules/{at['rule_id']}?done={operation}")

    def _about(self, call: Call, seen: Any, form: Mapping[str, str], **more: Any) -> dict[str, Any]:
        found = audit.search(call.backends, audit.Wanted(table="alert_rules", record=str(seen.image["id"])))
        stale = bool(more.get("problem") and more["problem"].code == "MUTT-P303")
        return {
            "command": f"mutt rule show {seen.image['id']}",
            "rule": rule_row(seen),
            "rule_version": seen.image["version"],
            "form": form,
            "severities": rule_forms.SEVERITIES,
            "history": [audit_row(row) for row in found.rows[:50]],
            "differences": rule_forms.differences(form, seen.image) if stale else [],
            "problem": None,
            "done": "",
            **more,
        }


class NewRulePage(Page):
    """`/rules/new`."""

    path, title, template, command = "/rules/new", "New rule", "rule.html", "mutt rule add NAME --pattern REGEX"
    access: ClassVar[Mapping[str, Needed]] = _MAY_CHANGE

    def show(self, _req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """An empty form."""
        return _new(rule_forms.NEW, None)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add it, and go to it."""
        entered = self.entered(req, resp, "operator")
        if entered is None:
            return
        visit, form = entered
        with self.calling(req, visit) as call:
            try:
                fields = rule_forms.asked(form)
                proposal = rule_plans.plan_add(inventory.current(call.backends), fields)
                doing = Doing("rule add", [str(fields["rule_name"])], form.get("reason", ""))
                done, operation = carried(call, doing, proposal)
            except (MuttError, RequestError) as error:
                problem = of_error(error)
                if problem.status >= 500:
                    raise
                self.render(req, resp, self.template, visit, code=problem.status, **_new(form, problem))
                return
        image = done.written.rules[0] or {}
        raise falcon.HTTPSeeOther(f"/rules/{image['id']}?done={operation}")


class SwitchPage(Page):
    """`/rules/{rule_id}/switch`: on or off, from the list or the rule's page."""

    path, title, template, command = "/rules/{rule_id}/switch", "Rule", "rule.html", "mutt rule disable ID"
    access: ClassVar[Mapping[str, Needed]] = {"POST": "open"}

    def on_post(self, req: falcon.Request, resp: falcon.Response, rule_id: int) -> None:
        """Switch it, and go to it."""
        entered = self.entered(req, resp, "operator")
        if entered is None:
            return
        visit, form = entered
        enabled = form.get("to") == "on"
        with self.calling(req, visit) as call:
            live = inventory.current(call.backends)
            image = api.image_of(live.rules, rule_id)
            proposal = rule_plans.plan_switch(live, [str(image["id"])], enabled=enabled)
            command = "rule enable" if enabled else "rule disable"
            doing = Doing(command, [str(rule_id)], form.get("reason", ""))
            operation = "" if proposal.nothing else carried(call, doing, proposal)[1]
        raise falcon.HTTPSeeOther(f"/rules/{rule_id}{f'?done={operation}' if operation else ''}")


def _changed(call: Call, rule_id: int, form: Mapping[str, str]) -> str:
    """Change the rule as the form says; the operation, empty if it was so already."""
    live = inventory.current(call.backends)
    image = api.image_of(live.rules, rule_id)
    given = form.get("version", "")
    refuse_stale(int(given) if given.isascii() and given.isdigit() else -1, image["version"], f"rule {image['id']}")
    proposal = rule_plans.plan_set(live, str(image["id"]), rule_forms.asked(form))
    if proposal.nothing:
        return ""
    return carried(call, Doing("rule set", [str(rule_id)], form.get("reason", "")), proposal)[1]


def _merged(call: Call, image: Image, form: Mapping[str, str]) -> Mapping[str, str]:
    """What was typed, beside what others have changed since the form was made."""
    given = form.get("version", "")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    base = inventory.asked(call.backends, lambda conn: rule_past.rule_image(conn, int(image["id"]), version))
    return form if base is None else rule_forms.merged(form, base, image)


def _new(form: Mapping[str, str], problem: RequestError | None) -> dict[str, Any]:
    return {
        "rule": None, "rule_version": "", "form": form, "severities": rule_forms.SEVERITIES, "history": [],
        "differences": [], "problem": problem, "done": "",
    }  # fmt: skip
