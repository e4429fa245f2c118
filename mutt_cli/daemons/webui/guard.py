"""What every request passes: who is it, may they, what is it called in logs, how long did it take.

Each resource says in `access` which role each of its methods needs. What is not named there is served to nobody:
401 without a key, 405 with one, and 405 to a browser, which has none.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import falcon
import msgspec

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.access import allows
from mutt_cli.core.event import valid_header_id
from mutt_cli.core.proxies import counted_as
from mutt_cli.daemons.webui import problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.access import Caller, Needed
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.keys import Keys
    from mutt_cli.daemons.webui.meters import WebMeters
    from mutt_cli.settings import WebUi

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer; pages have a policy of their own. No answer is kept or guessed at by a browser."""


@dataclass
class Passing:
    """What is known about one request on its way."""

    began_s: float
    correlation_id: str
    caller: Caller | None = None
    resource: object = None


class Shows(Protocol):
    """What tells of a problem in a page."""

    def show_problem(self, req: falcon.Request, resp: falcon.Response, problem: problems.RequestError) -> None:
        """Answer it."""


class Guard:
    """Falcon's middleware of the web UI."""

    def __init__(self, runtime: Runtime, keys: Keys, meters: WebMeters) -> None:
        self._runtime, self._keys, self._meters = runtime, keys, meters
        self.nowhere: Shows | None = None
        """What tells a browser that nothing is at its address."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give the request a correlation id, the caller's if it is a proper one."""
        given = req.get_header("X-Correlation-ID") or ""
        passing = Passing(boottime_s(), given if valid_header_id(given) else str(uuid.uuid4()))
        req.context.passing = passing
        resp.set_headers({**HEADERS, "X-Correlation-ID": passing.correlation_id})

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, _params: Mapping[str, object]
    ) -> None:
        """Find the caller and refuse what is not theirs to do.

        Raises RequestError 401, 403 or 429, HTTPMethodNotAllowed.
        """
        access: Mapping[str, Needed] = getattr(resource, "access", {})
        needed, passing = access.get(req.method), passing_of(req)
        passing.resource = resource
        if needed == "open":  # whose key comes along does not matter, and may not be known now
            return
        if needed is None and _reads_pages(req):  # somebody without a key, and the address takes forms alone
            said = "this address takes what a form sends, and has no page of its own"
            raise falcon.HTTPMethodNotAllowed(sorted(access), description=said)
        key = req.get_header("X-API-Key") or ""
        passing.caller = self._keys.owner(key)
        if needed is not None and allows(passing.caller, needed):
            return
        if passing.caller is None:
            raise self._unknown(req, resp, key)
        if needed is None:
            raise falcon.HTTPMethodNotAllowed(sorted(access))
        raise problems.forbidden(needed)

    def _unknown(self, req: falcon.Request, resp: falcon.Response, key: str) -> problems.RequestError:
        """What to answer without a key of ours. Only who sends a wrong one is told to wait, and a right one never."""
        wait_s = self._keys.too_many_s(counted(req, self._runtime.settings.webui)) if key else 0
        if not wait_s:
            return problems.unauthorized()
        resp.set_header("Retry-After", str(wait_s))
        said = f"too many wrong keys from this address: try again in {wait_s} s; a right key is taken at once"
        return problems.RequestError(429, "MUTT-W429", said)

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, _succeeded: bool) -> None:
        """One line in the access log (SO:817, TG:911), and the metrics of the API."""
        passing, status = passing_of(req), resp.status_code
        seconds = boottime_s() - passing.began_s
        who = {"actor": passing.caller.name} if passing.caller else {}
        self._runtime.log.log(
            40 if status >= 500 else 30 if status in {401, 429} else 20,
            "%s %s %d %dms%s", req.method, req.path, status, seconds * 1000, " unauthorized" if status == 401 else "",
            extra={
                "logger": "access", "correlation_id": passing.correlation_id, "remote_addr": req.remote_addr,
                "method": req.method, "path": req.path, "status": status, "duration_ms": int(seconds * 1000), **who,
            },
        )  # fmt: skip
        endpoint = getattr(resource, "endpoint", "")
        if endpoint:
            self._meters.answered(endpoint, status, seconds)

    def fail(self, req: falcon.Request, resp: falcon.Response, error: Exception, _params: object) -> None:
        """Answer an error; what is ours to mend is told in full in the log, and in no answer."""
        problem, passing = problems.of_error(error), passing_of(req)
        if problem.status >= 500:
            unforeseen = error if problem.code == "MUTT-X001" else None
            said = {"correlation_id": passing.correlation_id, "code": problem.code}
            self._runtime.log.error(
                "error: %s %s failed: %s", req.method, req.path, error, extra=said, exc_info=unforeseen
            )
        for name, value in (getattr(error, "headers", None) or {}).items():
            resp.set_header(name, value)
        page = passing.resource or (self.nowhere if _reads_pages(req) else None)
        show = getattr(page, "show_problem", None)
        if show is not None:
            show(req, resp, problem)
            return
        resp.status = problem.status
        resp.content_type = "application/json"
        resp.data = msgspec.json.encode(problem.body(passing.correlation_id))


def _reads_pages(req: falcon.Request) -> bool:
    """Whether somebody looks with a browser for a page; programs are answered in JSON wherever they ask."""
    return "text/html" in (req.get_header("Accept") or "") and not req.path.startswith("/api/")


def counted(req: falcon.Request, settings: WebUi) -> str:
    """What the keys that this request tries are counted by."""
    return counted_as(req.remote_addr, req.get_header("X-Forwarded-For") or "", settings.trusted_proxies)


def passing_of(req: falcon.Request) -> Passing:
    """What is known about a request."""
    found: Passing = req.context.passing
    return found
