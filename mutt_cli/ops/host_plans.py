"""What each command on hosts and teams would change: from what is live and an operator's words to a proposal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.core import rule_change
from mutt_cli.core.host_change import HostChange, changed, planned, read
from mutt_cli.core.rule_fields import Trouble
from mutt_cli.errors import NotFoundError, RefusedError, UsageError
from mutt_cli.ops.inventory import Proposal, proposed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.core.host_change import HostFields, Image
    from mutt_cli.core.record_file import Records

_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Team:
    """A team is what rules and hosts say it is: the rules whose alerts it gets, the hosts that are its own."""

    name: str
    rules: tuple[rule_change.Image, ...]
    hosts: tuple[Image, ...]


def named(live: Inventory, host: str) -> Image:
    """The host of this name. Raises NotFoundError MUTT-P311."""
    found = next((one for one in live.hosts if one["host"] == host), None)
    if found is None:
        near = [one["host"] for one in live.hosts if one["host"].casefold() == host.casefold()]
        tries = tuple(f"mutt host show {one}" for one in near[:2])
        raise NotFoundError(f"there is no host {host!r}", code="MUTT-P311", tries=(*tries, "mutt host list"))
    return found


def plan_add(live: Inventory, fields: Mapping[str, Any]) -> Proposal:
    """A new host. Raises UsageError MUTT-P312 for what is no host, RefusedError MUTT-P313 if it is there already."""
    asked = _asked(fields)
    if any(one["host"] == asked.host for one in live.hosts):
        raise RefusedError(
            f"host {asked.host} is there already", code="MUTT-P313", why=_NOTHING,
            tries=(f"mutt host set {asked.host} --team TEAM", f"mutt host show {asked.host}"),
        )  # fmt: skip
    change = changed(None, asked)
    return proposed(live, hosts=[change] if change else [])


def plan_set(live: Inventory, fields: Mapping[str, Any]) -> Proposal:
    """Named fields of a host. Raises NotFoundError, UsageError."""
    asked = _asked(fields)
    if len(fields) < 2:
        raise UsageError("no field was named", tries=(f"mutt host set {asked.host} --team TEAM",))
    change = changed(named(live, asked.host), asked)
    return proposed(live, hosts=[change] if change else [], unchanged=int(change is None))


def plan_delete(live: Inventory, host: str) -> Proposal:
    """A host, away: its events get the default team and count as production. Raises NotFoundError."""
    return proposed(live, hosts=[HostChange(named(live, host), None)])


def plan_import(live: Inventory, records: Records) -> Proposal:
    """What makes the live hosts those of a file. Raises UsageError MUTT-P312 with everything that is wrong with it."""
    found = planned(records, live.hosts)
    if isinstance(found, Trouble):
        raise UsageError(found.message, code="MUTT-P312", why=_NOTHING, tries=("mutt host export",))
    return proposed(live, hosts=found.changes, unchanged=found.unchanged)


def teams(live: Inventory) -> list[Team]:
    """Every team that a rule or a host names, by name."""
    names = {one["team"] for one in (*live.rules, *live.hosts) if one["team"]}
    rules: dict[str, list[rule_change.Image]] = {name: [] for name in names}
    hosts: dict[str, list[Image]] = {name: [] for name in names}
    for rule in live.rules:
        if rule["team"]:
            rules[rule["team"]].append(rule)
    for host in live.hosts:
        if host["team"]:
            hosts[host["team"]].append(host)
    return [Team(name, tuple(rules[name]), tuple(hosts[name])) for name in sorted(names)]


def team(live: Inventory, name: str) -> Team:
    """One team. Raises NotFoundError MUTT-P321."""
    found = {one.name: one for one in teams(live)}
    if name not in found:
        near = [one for one in found if one.casefold() == name.casefold()]
        tries = tuple(f"mutt team show {one!r}" for one in near)
        raise NotFoundError(
            f"no rule and no host names a team {name!r}", code="MUTT-P321", tries=(*tries, "mutt team list")
        )
    return found[name]


def plan_rename(live: Inventory, old: str, new: str) -> Proposal:
    """A team's name in all rules and hosts. Rules that take it from a host's row follow that host.

    Raises NotFoundError MUTT-P321; UsageError for a name that cannot be one.
    """
    found, asked = team(live, old), _asked({"host": "x", "team": new})
    rules = [
        rule_change.changed(rule, {"team_assignment": asked.team})
        for rule in live.rules
        if rule["team_assignment"] == old and (rule["device_team_id"] is None or rule["team"] == old)
    ]
    hosts = [changed(host, _asked({"host": host["host"], "team": new})) for host in found.hosts]
    proposal = proposed(live, [one for one in rules if one], [one for one in hosts if one])
    if new in {one.name for one in teams(live)} and new != old:
        told = f"there is a team {new!r} already: the two become one, and undo only takes back what moves now"
        return Proposal(proposal.rules, proposal.hosts, warnings=(told, *proposal.warnings))
    return proposal


def _asked(fields: Mapping[str, Any]) -> HostFields:
    asked = read(fields)
    if isinstance(asked, Trouble):
        raise UsageError(asked.message, code="MUTT-P312", why=_NOTHING)
    return asked
