"""Who visits the pages: logging in with a key, the session of a cookie, logging out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from mutt_cli.adapters import web_sessions
from mutt_cli.adapters.clock import now_ms
from mutt_cli.core.api_keys import digest, fingerprint
from mutt_cli.core.sessions import BEGINNING, LONGEST_S, TRIES, Door, foreign, same
from mutt_cli.daemons.webui.guard import counted
from mutt_cli.daemons.webui.problems import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import falcon

    from mutt_cli.core.access import Caller
    from mutt_cli.core.sessions import Session
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.keys import Keys
    from mutt_cli.daemons.webui.stores import Stores

MOST_FIELDS = 200


@dataclass(frozen=True)
class Visit:
    """Somebody who is logged in. `token` is what their forms carry."""

    caller: Caller
    token: str


@dataclass(frozen=True)
class NotIn:
    """Why nobody is logged in now, in words for the form; `after_s`: when to try again."""

    text: str
    after_s: int = 0


class Visits:
    """Sessions of one worker process's visitors; any thread may ask."""

    def __init__(self, runtime: Runtime, stores: Stores, keys: Keys) -> None:
        self._runtime, self._stores, self._keys = runtime, stores, keys

    @property
    def door(self) -> Door:
        """By the settings of now."""
        settings = self._runtime.settings.webui
        return Door(settings.public_url, settings.insecure_http)

    def session(self, req: falcon.Request, *, renew: bool = True) -> Session | None:
        """The session that the request's cookie names. Raises MuttError while Redis is away."""
        name = req.cookies.get(self.door.cookie, "")
        return web_sessions.find(self._stores.client, self._runtime.keys, name, now_ms(), renew=renew) if name else None

    def of(self, req: falcon.Request, *, renew: bool = True) -> Visit | None:
        """Whose session it is. Raises MuttError while that cannot be known."""
        session = self.session(req, renew=renew)
        caller = self._keys.owner_of(bytes.fromhex(session.key)) if session else None
        return Visit(caller, session.token) if session and caller else None

    def log_in(self, req: falcon.Request, resp: falcon.Response, key: str) -> Visit | NotIn:
        """Begin a session for the owner of this key; a former one of the same browser ends."""
        client, keys, key = self._stores.client, self._runtime.keys, key.strip()
        refusal = self.door.refusal(req.remote_addr, forwarded=_forwarded(req))
        if refusal:
            return NotIn(refusal)
        address = counted(req, self._runtime.settings.webui)
        who = (f"address:{address}", f"key:{fingerprint(digest(key[:BEGINNING]))}")
        shut_s = web_sessions.attempt(client, keys, who, TRIES)
        if shut_s:
            return NotIn(f"too many tries: the next one in {shut_s} s", shut_s)
        caller = self._judged(key, who)
        if caller is None:
            return NotIn("this key opens nothing")
        self.log_out(req, resp)
        name, session = web_sessions.begin(client, keys, digest(key).hex(), now_ms())
        self._set_cookie(resp, name, LONGEST_S)
        return Visit(caller, session.token)

    def _judged(self, key: str, who: Sequence[str]) -> Caller | None:
        """Whose key it is; the try that was counted stays so only if it is nobody's."""
        failed = False
        try:
            caller = self._keys.owner(key)
            failed = caller is None
            return caller
        finally:
            if not failed:
                web_sessions.take_back(self._stores.client, self._runtime.keys, who)

    def log_out(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Forget the session, here and in the browser."""
        name = req.cookies.get(self.door.cookie, "")
        if name:
            self._set_cookie(resp, "", 0)
            web_sessions.end(self._stores.client, self._runtime.keys, name)

    def require_own_form(self, req: falcon.Request, token: str, fields: Mapping[str, str]) -> None:
        """Raises RequestError 403 for a form that none of our pages has sent; an empty token asks for none."""
        headers = {name: req.get_header(name) or "" for name in ("sec-fetch-site", "origin")}
        why = foreign(headers, self.door.origins(req.netloc))
        if not why and token and not same(fields.get("token", ""), token):
            why = "the form is of another session: load the page again"
        if why:
            raise RequestError(403, "MUTT-W403", why)

    def _set_cookie(self, resp: falcon.Response, value: str, seconds: int) -> None:
        resp.append_header("Set-Cookie", f"{self.door.cookie}={value}; {self.door.attributes(seconds)}")


class Form(dict[str, str]):
    """The fields of a form: by name the last one of that name, or all of them."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__({name: values[-1] for name, values in fields.items()})
        self._all = fields

    def several(self, name: str) -> list[str]:
        """Every field of this name."""
        return list(self._all.get(name, ()))


def form(req: falcon.Request) -> Form:
    """The fields of a form. Raises RequestError 400 or 415."""
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RequestError(415, "MUTT-W415", "send the form of the page")
    try:
        text = req.bounded_stream.read().decode()
        found = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, strict_parsing=bool(text))
    except (ValueError, UnicodeDecodeError) as error:
        raise RequestError(400, "MUTT-W400", "the form cannot be read") from error
    # Browsers end the lines of a text by CR LF.
    return Form({name: [one.replace("\r\n", "\n") for one in values] for name, values in found.items()})


def _forwarded(req: falcon.Request) -> bool:
    """Whether a proxy stands between: then the address says nothing about the visitor."""
    return any(req.get_header(name) for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
