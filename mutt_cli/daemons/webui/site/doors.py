"""`/login`, `/logout` and `/theme`: the forms that every page has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

import falcon

from mutt_cli.core.sessions import local_target
from mutt_cli.daemons.webui.site.pages import THEME_COOKIE, Page
from mutt_cli.daemons.webui.site.rendering import THEMES
from mutt_cli.daemons.webui.site.visits import NotIn, form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.site.visits import Visit

_A_YEAR_S = 365 * 24 * 3600


class LoginPage(Page):
    """Logging in with a key. Every failure has the same words."""

    path, title, template, command = "/login", "Log in", "login.html", "mutt apikey list"
    access: ClassVar[Mapping[str, Needed]] = {"GET": "open", "HEAD": "open", "POST": "open"}

    def show(self, _req: falcon.Request, _visit: Visit) -> dict[str, Any]:
        """Who is in already may log in as somebody else."""
        return {"target": "/", "refused": "", "kept": "", "lost": False}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin a session, and go where the visitor wanted to; what a form kept that met the door is offered."""
        fields = self.fields(req, None)
        target, kept = local_target(fields.get("target", "/")), fields.get("kept", "")
        found = self.site.visits.log_in(req, resp, fields.get("key", ""))
        if isinstance(found, NotIn):
            self.site.place.runtime.log.warning("login refused: %s", found.text, extra={"remote_addr": req.remote_addr})
            self.door(req, resp, found, target=target, kept=kept)
            return
        name = found.caller.name
        self.site.place.runtime.log.info("%s logged in", name, extra={"remote_addr": req.remote_addr})
        if kept:
            fields_of_it = parse_qsl(kept, keep_blank_values=True)
            self.render(req, resp, "again.html", found, target=target, fields=fields_of_it)
            return
        raise falcon.HTTPSeeOther(target)


class LogoutPage(Page):
    """Ending a session."""

    path, title, template, command = "/logout", "Log out", "login.html", ""
    access: ClassVar[Mapping[str, Needed]] = {"POST": "open"}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Forget it, here and in the browser."""
        session = self.site.visits.session(req)  # whose it is does not matter, and may not be known now
        self.site.visits.require_own_form(req, session.token if session else "", form(req))
        self.site.visits.log_out(req, resp)
        raise falcon.HTTPSeeOther("/")


class ThemePage(Page):
    """Light, dark, or as the system prefers; kept in a cookie, so that the first paint is right."""

    path, title, template, command = "/theme", "Theme", "login.html", ""
    access: ClassVar[Mapping[str, Needed]] = {"POST": "open"}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep the choice."""
        fields = self.fields(req, None)
        chosen = fields.get("theme", "")
        if chosen in THEMES:
            secure = "; Secure" if self.site.visits.door.secure else ""
            kept = f"{THEME_COOKIE}={chosen}; Path=/; Max-Age={_A_YEAR_S}; SameSite=Lax; HttpOnly{secure}"
            resp.append_header("Set-Cookie", kept)
        raise falcon.HTTPSeeOther(local_target(fields.get("target", "/")))
