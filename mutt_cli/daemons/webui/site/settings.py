"""Settings: values, where each comes from, whether daemons run with it; those that change at run time are changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import falcon

from mutt_cli.daemons.webui.api import config as api
from mutt_cli.daemons.webui.problems import RequestError, of_error
from mutt_cli.daemons.webui.site.pages import Page, done_by, given
from mutt_cli.errors import MuttError
from mutt_cli.settings import BY_ENV
from mutt_cli.settings.values import to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.site.visits import Visit

_NO_HISTORY: Final[dict[str, Any]] = {"key": "", "since": None, "until": None}


class SettingsPage(Page):
    """`/config`, and `/config?key=NAME` for one of them with its history and its form."""

    path, title, template, command = "/config", "Settings", "settings.html", "mutt config list"
    access: ClassVar[Mapping[str, Needed]] = {"GET": "open", "HEAD": "open", "POST": "open"}

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:
        """Those with a word in their name or meaning, or the one that was asked for."""
        typed = given(req)
        return self._about(req, visit, typed.get("key", ""), typed.get("q", ""))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change one, and come back to it."""
        entered = self.entered(req, resp, "operator")
        if entered is None:
            return
        visit, form = entered
        key = form.get("key", "")
        asked = api.NewValue(form.get("value", ""), form.get("reason", ""), form.get("for", "").strip())
        try:
            with self.calling(req, visit) as call:
                found = api.change(replace(call, path={"key": key}, body=asked)).body
        except (MuttError, RequestError) as error:
            problem = of_error(error)
            if problem.status >= 500:
                raise
            about = self._about(req, visit, key, "", form=form, problem=problem)
            self.render(req, resp, self.template, visit, code=problem.status, **about)
            return
        target = f"/config?key={falcon.uri.encode_value(key)}"
        raise falcon.HTTPSeeOther(f"{target}&done={found['operation']}" if found["operation"] else target)

    def _about(self, req: falcon.Request, visit: Visit, key: str, word: str, **more: Any) -> dict[str, Any]:
        with self.calling(req, visit) as call:
            rows = [_as_typed(row) for row in api.settings(call).body["settings"]]
            one = next((row for row in rows if key and key in {row["key"], row["dynamic"]}), None)
            asked = {**_NO_HISTORY, "key": one["key"] if one else ""}
            changes = api.history(replace(call, query=asked)).body["history"] if one else []
        fitting = [row for row in rows if word.casefold() in f"{row['key']} {row['meaning']}".casefold()]
        command = f"mutt config get {one['key']}" if one else self.command
        return {
            "command": command, "rows": fitting, "one": one, "word": word, "changes": changes[:50],
            "form": {}, "problem": None, "done": done_by(req), "unknown": key if key and one is None else "", **more,
        }  # fmt: skip


def _as_typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A setting whose values are as one would type them."""
    values = {name: row[name] for name in ("value", "default")}
    texts = {name: to_text(tuple(one) if isinstance(one, list) else one) for name, one in values.items()}
    return {**row, **texts, "hidden": BY_ENV[row["key"]].may_hold_secret}
