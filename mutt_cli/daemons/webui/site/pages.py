"""What every page has: who is in, the frame around it, errors in words, and the command that shows the same."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlencode

import falcon

from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.access import allows
from mutt_cli.daemons.webui import problems
from mutt_cli.daemons.webui.api.endpoint import Call
from mutt_cli.daemons.webui.guard import passing_of
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.site.rendering import NAV, THEMES
from mutt_cli.daemons.webui.site.visits import form
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import jinja2

    from mutt_cli.core.access import Needed, Role
    from mutt_cli.daemons.webui.api.endpoint import Place
    from mutt_cli.daemons.webui.problems import RequestError
    from mutt_cli.daemons.webui.site.visits import Form, NotIn, Visit, Visits
    from mutt_cli.daemons.webui.stores import Stores
    from mutt_cli.daemons.webui.vitals import Vitals

THEME_COOKIE: Final = "mutt_theme"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""Nothing inline and nothing from elsewhere (ux.md section 6.3)."""
MOST_KEPT: Final = 36 * 1024
"""Of a form that met the door: it is sent once more, written twice as URLs are, and a body has at most 64 KiB."""
OPERATION: Final = re.compile(r"op-[0-9A-Z]{6}")
"""The whole id of an operation."""
_NAMES: Final = {"redis": "Redis", "postgres": "PostgreSQL"}


@dataclass(frozen=True)
class Site:
    """What pages work with, of one worker process."""

    place: Place
    stores: Stores
    visits: Visits
    vitals: Vitals
    templates: jinja2.Environment


class Page:
    """One page. Without login it says so and offers it; it answers 500 while a store is away (TG:819, TG:837)."""

    path: ClassVar[str]
    title: ClassVar[str]
    template: ClassVar[str]
    command: ClassVar[str]
    """The command line that shows the same; `show` may name a `command` with the words of what was asked for."""
    filters: ClassVar[str] = ""
    """The template of the form that narrows it down; it is shown again with what is wrong in it."""
    access: ClassVar[Mapping[str, Needed]] = {"GET": "open", "HEAD": "open"}
    needs: ClassVar[Role] = "viewer"

    def __init__(self, site: Site) -> None:
        self.site = site

    def on_get(self, req: falcon.Request, resp: falcon.Response, **at: Any) -> None:
        """The page, or the door. `at` are the variable parts of its address."""
        req.context.at = at
        away = [_NAMES[name] for name, word in self.site.vitals.read().items() if word != "ok"]
        if away:
            self.render(req, resp, "away.html", code=500, away=away)
            return
        visit = self.visit(req)
        if visit is None:
            self.door(req, resp)
        else:
            self.render(req, resp, self.template, visit, **self.show(req, visit))

    on_head = on_get

    @property
    def section(self) -> str:
        """The page of the head that this one belongs to."""
        return next((path for path, _ in NAV[1:] if self.path.startswith(path)), "/")

    def visit(self, req: falcon.Request, *, renew: bool = True) -> Visit | None:
        """Who is in. Raises RequestError 403 for a role that is too low."""
        visit = self.site.visits.of(req, renew=renew)
        if visit is not None:
            passing_of(req).caller = visit.caller
            if not allows(visit.caller, self.needs):
                raise problems.forbidden(self.needs)
        return visit

    def show(self, req: falcon.Request, visit: Visit) -> dict[str, Any]:  # noqa: ARG002  most pages look with them
        """What the template needs beside what every page has. Variable parts of the address are `req.context.at`."""
        return {}

    def filled_in(self, req: falcon.Request) -> dict[str, Any]:  # noqa: ARG002
        """What `filters` needs: what was typed as `given`, and what there is to choose from."""
        return {}

    def door(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        refused: NotIn | None = None,
        *,
        target: str = "",
        kept: str = "",
    ) -> None:
        """The login form; afterwards the page that was asked for opens, or what is `kept` of a form is offered."""
        code = 200 if refused is None else 429 if refused.after_s else 403
        if refused is not None and refused.after_s:
            resp.set_header("Retry-After", str(refused.after_s))
        asked = _address(req) if self.path != "/login" and (kept or req.method in {"GET", "HEAD"}) else self.section
        told = refused.text if refused else ""
        lost = not kept and req.method == "POST" and self.path != "/login"
        self.render(req, resp, "login.html", code=code, target=target or asked, refused=told, kept=kept, lost=lost)

    def render(
        self, req: falcon.Request, resp: falcon.Response, template: str, visit: Visit | None = None, *,
        code: int = 200, **more: Any,
    ) -> None:  # fmt: skip
        """Answer a page."""
        theme = req.cookies.get(THEME_COOKIE, THEMES[0])
        door, settings = self.site.visits.door, self.site.place.runtime.settings.webui
        resp.status, resp.content_type = code, falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", POLICY)
        # Under no-referrer a browser sends its own forms with `Origin: null`, and nobody could tell whose they are.
        resp.set_header("Referrer-Policy", "same-origin")
        if door.secure:
            resp.set_header("Strict-Transport-Security", "max-age=31536000")
        resp.text = self.site.templates.get_template(template).render(
            page=self, command=more.pop("command", self.command), visit=visit, may=self._may(visit),
            theme=theme if theme in THEMES else THEMES[0], insecure=door.insecure, now=utc_now(),
            protected=settings.protected, read_only=settings.read_only,
            here=_address(req) if req.method == "GET" else self.section, **more,
        )  # fmt: skip

    def _may(self, visit: Visit | None) -> bool:
        """Whether forms that change something are offered."""
        read_only = self.site.place.runtime.settings.webui.read_only
        return visit is not None and allows(visit.caller, "operator") and not read_only

    def show_problem(self, req: falcon.Request, resp: falcon.Response, problem: RequestError) -> None:
        """What went wrong, as a page."""
        visit = None if problem.away else self._known(req)
        typed = self.filled_in(req) if self.filters and visit is not None and problem.status == 400 else {}
        self.render(req, resp, "problem.html", visit, code=problem.status, problem=problem, command="", **typed)

    def _known(self, req: falcon.Request) -> Visit | None:
        """Who is in, as far as that can be known."""
        try:
            return self.site.visits.of(req, renew=False)
        except MuttError:  # the page says what is away
            return None

    def entered(self, req: falcon.Request, resp: falcon.Response, needed: Role) -> tuple[Visit, Form] | None:
        """Who sends a form of ours that needs this role, and what it says; None: the door is shown instead.

        Raises RequestError 400, 403 or 415.
        """
        visit = self.visit(req)
        if visit is None:
            self.door(req, resp, kept=self._kept(req))
            return None
        found = self.fields(req, visit)
        if not allows(visit.caller, needed):
            raise problems.forbidden(needed)
        return visit, found

    def _kept(self, req: falcon.Request) -> str:
        """What somebody typed whose session has ended, if the form is ours: no other is offered after the login."""
        try:
            found = form(req)
            self.site.visits.require_own_form(req, "", found)
        except problems.RequestError:
            return ""
        # What was agreed to was agreed to before: a plan is shown again.
        names = [name for name in found if name not in {"token", "agreed"}]
        kept = urlencode([(name, one) for name in names for one in found.several(name)])
        return kept if len(kept) <= MOST_KEPT else ""

    @contextmanager
    def calling(self, req: falcon.Request, visit: Visit) -> Iterator[Call]:
        """What an endpoint of the API works with, for a page that does the same."""
        place = self.site.place
        with LentBackends(place.runtime, self.site.stores) as backends:
            yield Call(place, backends, visit.caller, passing_of(req).correlation_id, {}, {})

    def fields(self, req: falcon.Request, visit: Visit | None) -> Form:
        """The fields of a form of ours. Raises RequestError 400, 403 or 415."""
        found = form(req)
        self.site.visits.require_own_form(req, visit.token if visit else "", found)
        return found


def _address(req: falcon.Request) -> str:
    """The address of a request, as it may stand in a header."""
    return falcon.uri.encode(req.path) + (f"?{req.query_string}" if req.query_string else "")


def done_by(req: falcon.Request) -> str:
    """The operation that a form has brought about, from the address that it led to; nothing else is shown as one."""
    told = str(req.params.get("done", ""))
    return told if OPERATION.fullmatch(told) else ""


def given(req: falcon.Request) -> dict[str, str]:
    """The parameters of a page's own form: what is empty is not given, of several the last one counts."""
    found = {name: value if isinstance(value, str) else value[-1] for name, value in req.params.items()}
    return {name: value for name, value in found.items() if value}
