"""`/rules`: read, added, changed, removed. A rule's version is its ETag; with If-Match only that version is changed.

PUT and PATCH mean the same: the fields that are named change, the others stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET

from mutt_cli.adapters.clock import utc_now
from mutt_cli.core import rule_fields
from mutt_cli.core.rule_fields import RuleFields
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.change import Doing, carried, refuse_stale, told
from mutt_cli.daemons.webui.api.endpoint import Body, Endpoint, Reply
from mutt_cli.errors import NotFoundError
from mutt_cli.ops import audit, inventory, rule_plans, rule_views, rules
from mutt_cli.present.audit import audit_row
from mutt_cli.present.rules import image_object, rule_object
from mutt_cli.present.schema import ANY, COUNT, FLAG, TEXT, TIME, Schema, many, maybe, record

if TYPE_CHECKING:
    from mutt_cli.core.rule_change import Image
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.ops.inventory import Proposal

RULE: Final[Schema] = record(
    id=COUNT, version=COUNT, rule_name=TEXT, pattern=TEXT, severity=maybe(TEXT), priority=COUNT, enabled=FLAG,
    description=maybe(TEXT), device_team_id=maybe(COUNT), team=maybe(TEXT), dedupe_fold=FLAG, match_type=TEXT,
)  # fmt: skip
CHANGED: Final[dict[str, Schema]] = {"operation": maybe(TEXT), "undo": maybe(TEXT)}
_MADE: Final = record(id=COUNT, message=TEXT, rule=RULE, **CHANGED)
AUDIT_ROW: Final = record(
    id=COUNT, at=TIME, actor=TEXT, verb=TEXT, object=TEXT, what=TEXT,
    fields=many(record(field=TEXT, old=ANY, new=ANY)), table=maybe(TEXT), record=maybe(TEXT), reason=maybe(TEXT),
    operation=maybe(TEXT),
)  # fmt: skip
_FIELDS: Final = msgspec.json.schema(RuleFields)
FIELDS: Final = Body(rule_fields.read, _FIELDS)
NEW: Final = Body(
    rule_fields.read,
    {
        "$ref": "#/$defs/NewRule",
        "$defs": {"NewRule": {**_FIELDS["$defs"]["RuleFields"], "required": ["rule_name", "pattern"]}},
    },
)
_REASON: Final = parameters.words("reason", "Why, for the audit.", rule_fields.MAX_WORDS)
_CONFIRM: Final = parameters.words("confirm", "The name of the deployment, where it is protected (WEBUI_PROTECTED).")


def every(call: Call) -> Reply:
    """Every rule, in the order in which they are tried."""
    found = inventory.asked(call.backends, rules.listing)
    return Reply({"rules": [rule_object(row) for row in found]})


def one(call: Call) -> Reply:
    """One rule as it is now."""
    found = inventory.asked(call.backends, lambda conn: rules.one(conn, call.path["rule_id"]))
    return Reply({"rule": rule_object(found)}, found.version)


def add(call: Call) -> Reply:
    """Add a rule; its name must be free."""
    fields, reason = _named(call.body)
    proposal = rule_plans.plan_add(inventory.current(call.backends), fields)
    doing = Doing("rule add", [str(fields.get("rule_name"))], reason)
    return _made(call, doing, proposal, "Rule created successfully")


def change(call: Call) -> Reply:
    """Change the fields that are named."""
    fields, reason = _named(call.body)
    live = inventory.current(call.backends)
    image = image_of(live.rules, call.path["rule_id"])
    refuse_stale(call.expected, image["version"], f"rule {image['id']}")
    proposal = rule_plans.plan_set(live, str(image["id"]), fields)
    if proposal.nothing:
        return Reply(_body(image, "nothing changes: it is so already") | dict.fromkeys(CHANGED), image["version"])
    return _made(call, Doing("rule set", [str(image["id"])], reason), proposal, "Rule updated successfully")


def remove(call: Call) -> Reply:
    """Remove a rule that never matched; one that has is refused, for alerts and history name it: disable it."""
    live = inventory.current(call.backends)
    image = image_of(live.rules, call.path["rule_id"])
    refuse_stale(call.expected, image["version"], f"rule {image['id']}")
    matched = rule_views.matched(call.backends, utc_now())
    proposal = rule_plans.plan_delete(live, str(image["id"]), matched)
    doing = Doing("rule delete", [str(image["id"])], call.query["reason"], "D", call.query["confirm"])
    _, operation = carried(call, doing, proposal)
    return Reply({"id": image["id"], "message": "Rule deleted successfully", **told(operation)})


def history(call: Call) -> Reply:
    """Who changed a rule, when, why and what, the newest first; a deleted rule's too."""
    rule_id = audit.rule_id(call.backends, str(call.path["rule_id"]))
    found = audit.search(call.backends, audit.Wanted(table="alert_rules", record=rule_id))
    return Reply({"history": [audit_row(row) for row in found.rows]})


def _named(asked: RuleFields) -> tuple[dict[str, Any], str]:
    """The fields that were named, and the reason."""
    fields = {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not UNSET}
    return fields, str(fields.pop("reason"))


def image_of(live: tuple[Image, ...], rule_id: int) -> Image:
    """By its id alone: a rule may be named like the id of another."""
    found = next((image for image in live if image["id"] == rule_id), None)
    if found is None:
        raise NotFoundError(f"there is no rule {rule_id}", code="MUTT-P301", tries=("mutt rule list",))
    return found


def _made(call: Call, doing: Doing, proposal: Proposal, message: str) -> Reply:
    done, operation = carried(call, doing, proposal)
    image = done.written.rules[0] or {}
    location = f"{call.address}/{image['id']}" if doing.command == "rule add" else ""
    return Reply(_body(image, message) | told(operation), image["version"], location)


def _body(image: Image, message: str) -> dict[str, Any]:
    return {"id": image["id"], "message": message, "rule": image_object(image)}


_LINKS: Final = dict.fromkeys(("get_rule", "change_rule", "delete_rule", "rule_history"), "rule_id")

ENDPOINTS: Final = (
    Endpoint("GET", "/rules", "viewer", "list_rules", every, record(rules=many(RULE)), "rules"),
    Endpoint(
        "POST", "/rules", "operator", "add_rule", add, _MADE, "rules", body=NEW, status=201,
        errors=(409,), links=_LINKS,
    ),
    Endpoint(
        "GET", "/rules/{rule_id}", "viewer", "get_rule", one, record(rule=RULE), "rule",
        errors=(404,),
    ),
    Endpoint(
        "PUT", "/rules/{rule_id}", "operator", "replace_rule_fields", change, _MADE, "rule",
        body=FIELDS, errors=(404, 409, 412),
    ),
    Endpoint(
        "PATCH", "/rules/{rule_id}", "operator", "change_rule", change, _MADE, "rule",
        body=FIELDS, errors=(404, 409, 412),
    ),
    Endpoint(
        "DELETE", "/rules/{rule_id}", "admin", "delete_rule", remove,
        record(id=COUNT, message=TEXT, **CHANGED), "rule", (_REASON, _CONFIRM), errors=(404, 409, 412),
    ),
    Endpoint(
        "GET", "/rules/{rule_id}/history", "viewer", "rule_history", history,
        record(history=many(AUDIT_ROW)), "rule", errors=(404,),
    ),
)  # fmt: skip
