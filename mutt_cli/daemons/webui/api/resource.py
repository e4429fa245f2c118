"""From declared endpoints to routes: reads what a request carries, refuses what is wrong with it, answers JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.access import Caller
from mutt_cli.core.rule_fields import Trouble
from mutt_cli.daemons.webui.api.endpoint import LARGEST_ID, PATH, Call, Endpoint, Place, Reply
from mutt_cli.daemons.webui.guard import passing_of
from mutt_cli.daemons.webui.lent import LentBackends
from mutt_cli.daemons.webui.problems import RequestError, bad_request
from mutt_cli.present.encode import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import falcon

    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.webui.api.endpoint import Body, Parameter
    from mutt_cli.daemons.webui.stores import Stores

_VERSION: Final = re.compile(r'"([0-9]{1,18})"')
_NEVER: Final = -1
"""A version that nothing has."""
NOBODY: Final = Caller("nobody", "viewer")
"""Who calls what is open to everybody, without a key."""
_IN_BRACES: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class ApiPlace:
    """What every resource needs."""

    place: Place
    stores: Stores


class ApiResource:
    """All methods of one path."""

    def __init__(self, at: ApiPlace, endpoints: Iterable[Endpoint]) -> None:
        self._at = at
        self.access: dict[str, Needed] = {}
        self.endpoint = ""
        for one in endpoints:
            self.endpoint = one.label
            for method in (one.method, "HEAD") if one.method == "GET" else (one.method,):
                self.access[method] = one.role
                setattr(self, f"on_{method.lower()}", partial(self._serve, one))

    def _serve(self, endpoint: Endpoint, req: falcon.Request, resp: falcon.Response, **path: Any) -> None:
        query = read_query(req.params, endpoint.query)
        body = _body(req, endpoint.body) if endpoint.body else None
        passing, place = passing_of(req), self._at.place
        if passing.caller is None and endpoint.role != "open":
            raise RuntimeError("an endpoint was called by nobody: the route has no policy")
        caller = passing.caller or NOBODY
        with LentBackends(place.runtime, self._at.stores) as backends:
            reply = endpoint.act(
                Call(place, backends, caller, passing.correlation_id, path, query, body, _expected(req), req.path)
            )
        answer(resp, reply, endpoint.status)


def routed(path: str) -> str:
    """The path as the router has it: whole numbers are told from words there."""

    def template(match: re.Match[str]) -> str:
        whole = PATH[match[1]]["type"] == "integer"
        return f"{{{match[1]}:int(min=1, max={LARGEST_ID})}}" if whole else match[0]

    return _IN_BRACES.sub(template, path)


def variables(path: str) -> tuple[str, ...]:
    """The names of its variable parts."""
    return tuple(_IN_BRACES.findall(path))


def answer(resp: falcon.Response, reply: Reply, status: int = 200) -> None:
    """Answer JSON. Text of strangers in it is text: nothing here is ever served as a page."""
    resp.status = status
    resp.content_type = "application/json"
    if reply.version is not None:
        resp.etag = str(reply.version)
    if reply.location:
        resp.location = reply.location
    resp.data = json_text(reply.body).encode()


def read_query(given: Mapping[str, Any], known: tuple[Parameter, ...]) -> Mapping[str, Any]:
    """Every parameter, read. Raises RequestError 400 for a wrong one, and for one that nobody here knows."""
    wrong, values = dict[str, str](), dict[str, Any]()
    for name in sorted(set(given) - {one.name for one in known}):
        wrong[name] = "there is no such parameter"
    for one in known:
        texts = given.get(one.name, [])
        texts = [texts] if isinstance(texts, str) else texts
        try:
            values[one.name] = _value(one, texts)
        except ValueError as error:
            wrong[one.name] = str(error)
    if wrong:
        raise bad_request("; ".join(f"{name}: {why}" for name, why in wrong.items()), wrong)
    return values


def _value(one: Parameter, texts: list[str]) -> Any:
    if len(texts) > 1 and not one.several:
        raise ValueError("it is given more than once")
    read = tuple(one.read(text) for text in texts)
    return read if one.several else read[0] if read else one.otherwise


def _body(req: falcon.Request, body: Body) -> Any:
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestError(415, "MUTT-W415", "send JSON, with Content-Type: application/json")
    found = body.read(req.bounded_stream.read())
    if isinstance(found, Trouble):
        raise bad_request(found.message, found.fields)
    return found


def _expected(req: falcon.Request) -> int | None:
    """What If-Match demands; None if it demands nothing. Several tags mean: none of ours would be a mistake."""
    given = (req.get_header("If-Match") or "").strip()
    if given in {"", "*"}:
        return None
    found = _VERSION.fullmatch(given)
    return int(found[1]) if found else _NEVER
