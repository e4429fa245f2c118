"""`/teams` and `/dev-hosts`: the two lookup tables of alerters, a row of each at a time.

Both are about hosts: a host has a team, an environment, or both. Commands of `mutt host` see them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec

from mutt_cli.core.rule_fields import MAX_WORDS, Trouble, named
from mutt_cli.daemons.webui.api import parameters
from mutt_cli.daemons.webui.api.change import Doing, carried, told
from mutt_cli.daemons.webui.api.endpoint import Body, Endpoint, Reply
from mutt_cli.errors import NotFoundError, RefusedError
from mutt_cli.ops import host_plans, inventory
from mutt_cli.present.schema import TEXT, Schema, many, maybe, record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.core.host_change import Image
    from mutt_cli.daemons.webui.api.endpoint import Call
    from mutt_cli.ops.inventory import Proposal

T = TypeVar("T")
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Team = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=MAX_WORDS)]


class NewTeam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A host and the team that gets its alerts."""

    hostname: Host
    team_assignment: Team
    reason: Words = ""


class NewAssignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The team that gets a host's alerts from now on."""

    team_assignment: Team
    reason: Words = ""


class NewDevHost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A host that is not production."""

    hostname: Host
    reason: Words = ""


def body_of(kind: type[T], noun: str) -> Body:
    """JSON of this shape; what is wrong with it is told by field."""

    def read(body: bytes) -> T | Trouble:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            return named(str(error), noun)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Trouble(f"the body is not valid JSON: {error}")

    return Body(read, msgspec.json.schema(kind))


def teams(call: Call) -> Reply:
    """Every host that has a team of its own."""
    return Reply({"teams": [_team(one) for one in inventory.current(call.backends).hosts if one["team"]]})


def add_team(call: Call) -> Reply:
    """Give a host a team."""
    asked: NewTeam = call.body
    live = inventory.current(call.backends)
    known = _host(live, asked.hostname)
    if known is not None and known["team"]:
        raise _there(f"host {asked.hostname} has the team {known['team']} already")
    fields = {"host": asked.hostname, "team": asked.team_assignment}
    proposal = host_plans.plan_set(live, fields) if known else host_plans.plan_add(live, fields)
    return _team_made(call, live, proposal, asked.hostname, asked.reason)


def change_team(call: Call) -> Reply:
    """Give a host another team."""
    asked: NewAssignment = call.body
    live, host = inventory.current(call.backends), call.path["hostname"]
    _with_team(live, host)
    proposal = host_plans.plan_set(live, {"host": host, "team": asked.team_assignment})
    return _team_made(call, live, proposal, host, asked.reason)


def remove_team(call: Call) -> Reply:
    """Take a host's team away: its alerts go where their rule says, or to UNHANDLED_DEFAULT_TEAM."""
    live, host = inventory.current(call.backends), call.path["hostname"]
    if _with_team(live, host)["env"] == "dev":
        proposal = host_plans.plan_set(live, {"host": host, "team": None})
    else:
        proposal = host_plans.plan_delete(live, host)
    return _gone(call, proposal, host, "Team removed successfully")


def dev_hosts(call: Call) -> Reply:
    """Every host that is not production."""
    hosts = [{"hostname": one["host"]} for one in inventory.current(call.backends).hosts if one["env"] == "dev"]
    return Reply({"hosts": hosts})


def add_dev_host(call: Call) -> Reply:
    """Count a host as not production."""
    asked: NewDevHost = call.body
    live = inventory.current(call.backends)
    known = _host(live, asked.hostname)
    if known is not None and known["env"] == "dev":
        raise _there(f"host {asked.hostname} is not production already")
    fields = {"host": asked.hostname, "env": "dev"}
    proposal = host_plans.plan_set(live, fields) if known else host_plans.plan_add(live, fields)
    doing = Doing("host set" if known else "host add", [asked.hostname, "--env", "dev"], asked.reason)
    _, operation = carried(call, doing, proposal)
    made = {"hostname": asked.hostname, "message": "Host added successfully", **told(operation)}
    return Reply(made, location=f"{call.address}/{asked.hostname}")


def remove_dev_host(call: Call) -> Reply:
    """Count a host as production again."""
    live, host = inventory.current(call.backends), call.path["hostname"]
    known = _host(live, host)
    if known is None or known["env"] != "dev":
        raise NotFoundError(f"there is no dev host {host!r}", code="MUTT-P311", tries=("mutt host list",))
    if known["team"]:
        proposal = host_plans.plan_set(live, {"host": host, "env": "prod"})
    else:
        proposal = host_plans.plan_delete(live, host)
    return _gone(call, proposal, host, "Host removed successfully")


def _host(live: Inventory, host: str) -> Image | None:
    return next((one for one in live.hosts if one["host"] == host), None)


def _with_team(live: Inventory, host: str) -> Image:
    known = _host(live, host)
    if known is None or not known["team"]:
        raise NotFoundError(f"host {host!r} has no team", code="MUTT-P311", tries=("mutt host list",))
    return known


def _there(message: str) -> RefusedError:
    return RefusedError(message, code="MUTT-P313", why="Nothing was changed.")


def _team(image: Image) -> dict[str, Any]:
    return {"id": image["team_id"], "hostname": image["host"], "team_assignment": image["team"]}


def _team_made(call: Call, live: Inventory, proposal: Proposal, host: str, reason: str) -> Reply:
    known = _host(live, host)
    if proposal.nothing:
        nothing = {"message": "nothing changes: it is so already", "operation": None, "undo": None}
        return Reply(_team(known or {}) | nothing)
    doing = Doing("host set" if known else "host add", [host, "--team", *_names(proposal)], reason)
    done, operation = carried(call, doing, proposal)
    image = done.written.hosts[0] or {}
    location = "" if call.path else f"{call.address}/{host}"
    return Reply(_team(image) | {"message": "Team assigned successfully", **told(operation)}, location=location)


def _names(proposal: Proposal) -> list[str]:
    return [str((one.after or {}).get("team")) for one in proposal.hosts]


def _gone(call: Call, proposal: Proposal, host: str, message: str) -> Reply:
    deleted = any(one.after is None for one in proposal.hosts)
    doing = Doing("host delete" if deleted else "host set", [host], call.query["reason"])
    _, operation = carried(call, doing, proposal)
    return Reply({"hostname": host, "message": message, **told(operation)})


_TEAM: Final[dict[str, Schema]] = {"id": maybe({"type": "integer"}), "hostname": TEXT, "team_assignment": maybe(TEXT)}
_DONE: Final[dict[str, Schema]] = {"message": TEXT, "operation": maybe(TEXT), "undo": maybe(TEXT)}
_REASON: Final = (parameters.words("reason", "Why, for the audit.", MAX_WORDS),)
_TEAM_MADE: Final = record(**_TEAM, **_DONE)
_HOST_DONE: Final = record(hostname=TEXT, **_DONE)


def _endpoint(method: Any, path: str, name: str, act: Callable[[Call], Reply], answer: Schema, **more: Any) -> Endpoint:
    role = "viewer" if method == "GET" else "operator"
    label = path.strip("/").partition("/")[0].replace("-", "_")
    return Endpoint(method, path, role, name, act, answer, label, **more)  # type: ignore[arg-type]


ENDPOINTS: Final[Sequence[Endpoint]] = (
    _endpoint("GET", "/teams", "list_teams", teams, record(teams=many(record(**_TEAM)))),
    _endpoint(
        "POST", "/teams", "add_team", add_team, _TEAM_MADE, body=body_of(NewTeam, "team"), status=201, errors=(409,)
    ),
    _endpoint(
        "PUT", "/teams/{hostname}", "change_team", change_team, _TEAM_MADE, body=body_of(NewAssignment, "team"),
        errors=(404, 409),
    ),
    _endpoint("DELETE", "/teams/{hostname}", "delete_team", remove_team, _HOST_DONE, query=_REASON, errors=(404, 409)),
    _endpoint("GET", "/dev-hosts", "list_dev_hosts", dev_hosts, record(hosts=many(record(hostname=TEXT)))),
    _endpoint(
        "POST", "/dev-hosts", "add_dev_host", add_dev_host, _HOST_DONE, body=body_of(NewDevHost, "host"), status=201,
        errors=(409,),
    ),
    _endpoint(
        "DELETE", "/dev-hosts/{hostname}", "delete_dev_host", remove_dev_host, _HOST_DONE, query=_REASON,
        errors=(404, 409),
    ),
)  # fmt: skip
