"""Rules tried on a message, and a rule that is not saved yet tried on the events of the last day.

What is asked stands in the address (a message, a host, a severity, or an event that happened), so that it can be sent
to a colleague; a draft comes from the form of a rule, and goes back there to be saved. Nothing is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from mutt_cli.adapters.clock import now_ms, utc_now
from mutt_cli.core import event
from mutt_cli.core.enrich import SYSLOG_WORDS
from mutt_cli.core.rule_trial import Question
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.problems import RequestError, bad_request, of_error
from mutt_cli.daemons.webui.site import rule_forms
from mutt_cli.daemons.webui.site.pages import Page, Site, given
from mutt_cli.errors import MuttError
from mutt_cli.ops import rule_trial, trace
from mutt_cli.ops.rule_trial import LiveRules
from mutt_cli.present.rule_trial import trial_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    import falcon

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.daemons.webui.site.visits import Visit
    from mutt_cli.ops.backends import Backends

LONGEST: Final = 16_384
"""Characters of a message that is typed in: as UTF-8 in a form it may be three times as long, and a body has 64 KiB."""
_WORDS: Final = tuple(parameters.words(name, "") for name in ("host", "event_severity", "event"))


class RuleTestPage(Page):
    """`/rules/test`."""

    path, title, template, command = "/rules/test", "Try the rules", "rule_test.html", "mutt ingest test --file FILE"
    access: ClassVar[Mapping[str, Needed]] = {"GET": "open", "HEAD": "open", "POST": "open"}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._live = LiveRules()

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """What the address asks."""
        with self.calling(req, visit) as call:
            return self._answered(call, given(req), None)

    def on_post(self, req: falcon.Request, resp: falcon.Response, **_at: Any) -> None:
        """The same with the rule of a form among the rules. Whoever may look may try."""
        entered = self.entered(req, resp, "viewer")
        if entered is None:
            return
        visit, form = entered
        with self.calling(req, visit) as call:
            shown = self._answered(call, form, form if "pattern" in form else None)
        self.render(req, resp, self.template, visit, **shown)

    def _answered(self, call: Call, asked: Mapping[str, str], form: Mapping[str, str] | None) -> dict[str, Any]:
        typed = {name: asked.get(name, "") for name in ("message", "host", "event_severity", "event")} | {"of": ""}
        found, problem = None, None
        try:
            typed |= read_query({one.name: asked[one.name].strip() for one in _WORDS if asked.get(one.name)}, _WORDS)
            live = self._live.candidates(call.backends)
            typed |= _of_event(call.backends, typed["event"]) if typed["event"] else {}
            draft = rule_trial.draft(live, rule_forms.asked(form), _rule_id(form)) if form is not None else None
            if draft is not None or typed["message"]:
                question = _question(typed)
                found = trial_fields(rule_trial.trial(call.backends, live, question, draft, now=utc_now()))
        except (MuttError, RequestError) as error:
            problem = of_error(error)
            if problem.status >= 500:
                raise
        return {
            "code": problem.status if problem else 200, "problem": problem, "asked": typed, "found": found,
            "form": form, "severities": rule_forms.SEVERITIES, "rule_id": _rule_id(form) or "", "longest": LONGEST,
        }  # fmt: skip


def _question(typed: Mapping[str, str]) -> Question | None:
    if len(typed["message"]) > LONGEST and not typed["of"]:
        raise bad_request(f"the message has {len(typed['message'])} characters; at most {LONGEST} are tried here")
    return Question(typed["message"], typed["host"], typed["event_severity"]) if typed["message"] else None


def _of_event(backends: Backends, identifier: str) -> dict[str, str]:
    """What an event that happened says, for the form. Raises NotFoundError, UsageError, RequestError."""
    traced = trace.resolved(trace.trace(backends, identifier, now_ms=now_ms()))
    known = traced.story.subject
    if not known.message:
        raise bad_request(f"event {known.event_id} is known, and what it said is not kept any more")
    if traced.story.payload is not None:
        one = event.parse(traced.story.payload)
        severity = one.severity or ("" if one.syslog_severity is None else SYSLOG_WORDS[one.syslog_severity])
    else:  # of an event that nobody has decided yet it is its own, of an alert the rule's
        severity = known.severity if traced.context.decided is None else ""
    return {
        "message": known.message, "host": known.hostname, "event_severity": severity, "event": "", "of": known.event_id,
    }  # fmt: skip


def _rule_id(form: Mapping[str, str] | None) -> int | None:
    text = (form or {}).get("rule", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
