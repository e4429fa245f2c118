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
    from mutt_cli.core.rule_contest import Contest, Held
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.daemons.webui.site.visits import Visit
    from mutt_cli.ops.backends import Backends

LONGEST: Final = 4096
"""Characters of a message; of a longer one the alerter reads all, and nobody types one."""
_ASKED: Final = ("message", "host", "event_severity", "event")
"""Fields of the question; a rule has a severity of its own."""


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
        typed = {name: asked.get(name, "").strip() for name in _ASKED} | {"of": ""}
        found, problem = None, None
        try:
            contest = self._live.contest(call.backends)
            typed |= _of_event(call.backends, typed["event"]) if typed["event"] else {}
            draft = _draft(contest, form) if form is not None else None
            if draft is not None or typed["message"]:
                question = _question(typed)
                found = trial_fields(rule_trial.trial(call.backends, contest, question, draft, now=utc_now()))
        except (MuttError, RequestError) as error:
            problem = of_error(error)
            if problem.status >= 500:
                raise
        return {
            "code": problem.status if problem else 200, "problem": problem, "asked": typed, "found": found,
            "form": form, "severities": rule_forms.SEVERITIES, "rule_id": _rule_id(form) or "", "longest": LONGEST,
        }  # fmt: skip


def _question(typed: Mapping[str, str]) -> Question | None:
    if len(typed["message"]) > LONGEST:
        raise bad_request(f"the message has {len(typed['message'])} characters; at most {LONGEST} are tried here")
    return Question(typed["message"], typed["host"], typed["event_severity"]) if typed["message"] else None


def _of_event(backends: Backends, identifier: str) -> dict[str, str]:
    """What an event that happened says, for the form. Raises NotFoundError, UsageError, RequestError."""
    story = trace.resolved(trace.trace(backends, identifier, now_ms=now_ms())).story
    known = story.subject
    if not known.message:
        raise bad_request(f"event {known.event_id} is known, and what it said is not kept any more")
    # Of an alert the severity is the rule's; only the event as it was received tells its own.
    one = event.parse(story.payload) if story.payload is not None else event.Event()
    severity = one.severity or ("" if one.syslog_severity is None else SYSLOG_WORDS[one.syslog_severity])
    return {
        "message": known.message, "host": known.hostname, "event_severity": severity, "event": "", "of": known.event_id,
    }  # fmt: skip


def _draft(contest: Contest, form: Mapping[str, str]) -> Held:
    return rule_trial.draft(contest, rule_forms.asked(form), _rule_id(form))


def _rule_id(form: Mapping[str, str] | None) -> int | None:
    text = (form or {}).get("rule", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
