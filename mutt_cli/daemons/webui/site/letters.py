"""Dead letters: what they have in common, one of them with the repair that is proposed, and sending some again.

Sending takes two steps, as in a shell: what would be sent is shown with its differences, then it is agreed to.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import falcon

from mutt_cli.daemons.webui.api import letters, parameters
from mutt_cli.daemons.webui.api.resource import read_query
from mutt_cli.daemons.webui.problems import bad_request
from mutt_cli.daemons.webui.site.pages import Page, given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.site.visits import Visit

QUEUES: Final = ("", "dlq-alerter", "dlq-moog", "dlq-old-events", "dead", "quarantine")
BY: Final = ("reason", "error", "host", "rule")
_WANTED: Final = (
    parameters.choice("queue", "", *QUEUES), parameters.choice("by", "", *BY, otherwise="reason"),
    parameters.words("where", ""),
)  # fmt: skip
_SHOWN: Final = 50


class LettersPage(Page):
    """`/dlq`."""

    path, title, template, command = "/dlq", "Dead letters", "letters.html", "mutt dlq list"
    filters = "letters_filter.html"

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """How many have what in common, and the newest of those that fit."""
        typed = given(req)
        query = read_query(typed, _WANTED)
        asked = read_query({"where": query["where"]} if query["where"] else {}, (parameters.where(),))
        wanted = {**asked, "queue": query["queue"], "limit": _SHOWN}
        with self.calling(req, visit) as call:
            groups = letters.letters(replace(call, query={**wanted, "by": query["by"]})).body
            newest = letters.letters(replace(call, query={**wanted, "by": ""})).body
        return {
            "command": _command(query), "groups": groups["items"], "by": query["by"],
            "rows": newest["items"], "depths": groups["depths"],
            "held_by": groups["held_by"], "warnings": [*groups["warnings"], *newest["warnings"]],
            "most": letters.MOST, **self.filled_in(req),
        }  # fmt: skip

    def filled_in(self, req: falcon.Request) -> dict[str, Any]:
        """What was typed, the queues, and what letters may have in common."""
        typed = given(req)
        return {
            "given": {one.name: typed.get(one.name, "") for one in _WANTED}, "queues": QUEUES, "every_by": BY,
        }  # fmt: skip


def _command(query: Mapping[str, Any]) -> str:
    """The list in a shell."""
    queue = [query["queue"]] if query["queue"] else []
    where = ["--where", query["where"]] if query["where"] else []
    return shlex.join(["mutt", "dlq", "list", *queue, "--by", query["by"], *where])


class LetterPage(Page):
    """`/dlq/{letter}`."""

    path, title, template, command = "/dlq/{letter}", "Dead letter", "letter.html", "mutt dlq show ID"

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """What it says, how it failed, what a replay would do, and the repair that is proposed."""
        with self.calling(req, visit) as call:
            letter = letters.letter(replace(call, path={"letter": req.context.at["letter"]})).body
        return {"letter": letter, "command": f"mutt dlq show {letter['id']}"}


class ReplayPage(Page):
    """`/dlq/replay`: the plan; after it is agreed to, the operation, or that nothing was left to send."""

    path, title, template, command = "/dlq/replay", "Send again", "replay.html", "mutt dlq replay ID"
    access: ClassVar[Mapping[str, Needed]] = {"POST": "open"}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what would be sent; with `agreed` send it."""
        entered = self.entered(req, resp, "operator")
        if entered is None:
            return
        visit, form = entered
        ids = [one for one in form.several("id") if one]
        if not ids:
            raise bad_request("no letter was marked")
        if len(ids) > letters.MOST:
            raise bad_request(f"{len(ids)} letters were marked; {letters.MOST} at most are sent from here")
        asked = letters.Replay(
            ids,
            fix="fix" in form,
            dry_run="agreed" not in form,
            reason=form.get("reason", ""),
            confirm=form.get("confirm", ""),
        )
        with self.calling(req, visit) as call:
            found = letters.replay(replace(call, body=asked)).body
        if found["operation"]:
            raise falcon.HTTPSeeOther(f"/operations/{found['operation']}")
        command = " ".join(["mutt dlq replay", *(one[:12] for one in ids), *(["--fix"] if asked.fix else [])])
        shown: dict[str, Any] = {
            "found": found,
            "form": form,
            "ids": ids,
            "agreed": not asked.dry_run,
            "command": command,
        }
        self.render(req, resp, self.template, visit, **shown)
