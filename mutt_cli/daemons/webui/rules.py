"""`/api/v1/rules`: rules read, added, changed and removed. Each change is audited with the key's name and a reason.

PUT and PATCH mean the same: the fields that are named change, the others stay. A rule's version is its ETag; with
If-Match a change is made only if the rule is still that version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core import rule_fields
from mutt_cli.core.rule_fields import RuleFields, Trouble
from mutt_cli.daemons.webui.guard import passing_of
from mutt_cli.daemons.webui.problems import RequestError, bad_request
from mutt_cli.errors import MuttError
from mutt_cli.ops import rules
from mutt_cli.present.rules import rule_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    import falcon

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rule_store import RuleRow
    from mutt_cli.core.access import Needed
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.stores import Stores

_VERSION: Final = re.compile(r'"([0-9]{1,18})"')
_NEVER: Final = -1
"""A version that no rule has."""


class RulesResource:
    """All rules."""

    access: ClassVar[Mapping[str, Needed]] = {"GET": "viewer", "HEAD": "viewer", "POST": "operator"}
    endpoint = "rules"

    def __init__(self, stores: Stores, runtime: Runtime) -> None:
        self._stores, self._runtime = stores, runtime

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Every rule, in the order in which they are tried."""
        refuse_parameters(req)
        with self._stores.database() as conn:
            found = rules.listing(conn)
        answer(resp, {"rules": [rule_object(row) for row in found]})

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add a rule."""
        refuse_parameters(req)
        fields = _fields(req)
        with self._stores.database() as conn:
            made = rules.add(conn, fields, _actor(req, fields.reason))
            _announce(self._stores, self._runtime, conn)
        resp.status = 201
        resp.location = f"{req.path}/{made.id}"
        _changed(resp, made, "Rule created successfully")


class RuleResource:
    """One rule."""

    access: ClassVar[Mapping[str, Needed]] = {
        "GET": "viewer", "HEAD": "viewer", "PUT": "operator", "PATCH": "operator", "DELETE": "operator",
    }  # fmt: skip
    endpoint = "rule"

    def __init__(self, stores: Stores, runtime: Runtime) -> None:
        self._stores, self._runtime = stores, runtime

    def on_get(self, req: falcon.Request, resp: falcon.Response, rule_id: int) -> None:
        """The rule as it is now."""
        refuse_parameters(req)
        with self._stores.database() as conn:
            found = rules.one(conn, rule_id)
        resp.etag = str(found.version)
        answer(resp, {"rule": rule_object(found)})

    on_head = on_get

    def on_patch(self, req: falcon.Request, resp: falcon.Response, rule_id: int) -> None:
        """Change the fields that are named."""
        refuse_parameters(req)
        fields = _fields(req)
        by, expected = _actor(req, fields.reason), _expected_version(req)
        with self._stores.database() as conn:
            made = rules.change(conn, rule_id, fields, by, expect_version=expected)
            _announce(self._stores, self._runtime, conn)
        _changed(resp, made, "Rule updated successfully")

    on_put = on_patch

    def on_delete(self, req: falcon.Request, resp: falcon.Response, rule_id: int) -> None:
        """Remove the rule; the parameter `reason` goes to the audit log."""
        refuse_parameters(req, "reason")
        by, expected = _actor(req, req.get_param("reason") or ""), _expected_version(req)
        with self._stores.database() as conn:
            rules.remove(conn, rule_id, by, expect_version=expected)
            _announce(self._stores, self._runtime, conn)
        answer(resp, {"id": rule_id, "message": "Rule deleted successfully"})


def answer(resp: falcon.Response, body: Mapping[str, Any]) -> None:
    """Answer JSON. Text of strangers in it is text: nothing here is ever served as a page."""
    resp.content_type = "application/json"
    resp.data = msgspec.json.encode(body)


def refuse_parameters(req: falcon.Request, *known: str) -> None:
    """Raises RequestError 400 for a parameter that nobody here knows: a filter must not be overlooked silently."""
    unknown = sorted(set(req.params) - set(known))
    if unknown:
        fields = dict.fromkeys(unknown, "there is no such parameter")
        raise bad_request(f"there is no parameter {', '.join(map(repr, unknown))} here", fields)


def _changed(resp: falcon.Response, row: RuleRow, message: str) -> None:
    resp.etag = str(row.version)
    answer(resp, {"id": row.id, "message": message, "rule": rule_object(row)})


def _fields(req: falcon.Request) -> RuleFields:
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestError(415, "MUTT-W415", "send the rule as JSON, with Content-Type: application/json")
    found = rule_fields.read(req.bounded_stream.read())
    if isinstance(found, Trouble):
        raise bad_request(found.message, found.fields)
    return found


def _actor(req: falcon.Request, reason: str) -> Actor:
    passing = passing_of(req)
    if passing.caller is None:
        raise RuntimeError("a change without a caller: the route has no policy")
    return Actor(passing.caller.name, reason, passing.correlation_id)


def _expected_version(req: falcon.Request) -> int | None:
    """What If-Match demands; None if it demands nothing. Several tags mean: none of ours would be a mistake."""
    given = (req.get_header("If-Match") or "").strip()
    if given in {"", "*"}:
        return None
    found = _VERSION.fullmatch(given)
    return int(found[1]) if found else _NEVER


def _announce(stores: Stores, runtime: Runtime, conn: Connection) -> None:
    """Tell the alerters. The change stands also if Redis cannot be told: they look by themselves every 5 s."""
    try:
        with stores.redis() as client:
            rules.announce(conn, client, runtime.keys)
    except MuttError as error:
        runtime.log.warning("the change of rules is stored, but could not be announced: %s", error)
