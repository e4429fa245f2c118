"""Hosts and teams in rows, one of them whole, and hosts as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.host_change import EXPORTED, entry
from mutt_cli.present.encode import csv_text
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.core.host_change import Image
    from mutt_cli.core.rule_change import Image as Rule
    from mutt_cli.ops.host_plans import Team

_HOST_COLUMNS: Final = (Column("host"), Column("team"), Column("env"), Column("team_id", "count", wide=True))
_TEAM_COLUMNS: Final = (
    Column("team"),
    Column("rules", "count"),
    Column("hosts", "count"),
    Column("dev_hosts", "count"),
)


def host_listing(hosts: Sequence[Image]) -> Listing:
    """`mutt host list`."""
    return Listing("mutt.host.list", _HOST_COLUMNS, list(hosts))


def host_document(host: Image, rules: Sequence[Rule], default_team: str) -> Document:
    """`mutt host show`: `rules` are those that take their team from this host's row."""
    leaning = [_rule(rule) for rule in rules]
    fields = {**host, "effective_team": host["team"] or default_team, "rules_by_team_id": leaning}
    team = host["team"] or f"none, so alerts go to {default_team} (UNHANDLED_DEFAULT_TEAM) unless their rule says more"
    text = [f"host {host['host']}", f"team  {team}", f"env   {host['env']}"]
    text += [f"rule {one['id']} ({one['rule_name']}) takes its team from here" for one in leaning]
    return Document("mutt.host.show", fields, text=text, name=host["host"])


def export_document(live: Inventory) -> Document:
    """Every host, as `mutt host import` reads it."""
    hosts = [entry(host) for host in live.hosts]
    return Document("mutt.host.export", {"revision": live.revision, "complete": True, "hosts": hosts})


def export_csv(live: Inventory) -> str:
    """The same as CSV, which cannot say that it is complete: importing it takes no host away."""
    return csv_text(EXPORTED, ([host[name] for name in EXPORTED] for host in live.hosts))


def team_row(team: Team) -> dict[str, Any]:
    """One team in JSON."""
    dev = sum(host["env"] == "dev" for host in team.hosts)
    return {"team": team.name, "rules": len(team.rules), "hosts": len(team.hosts), "dev_hosts": dev}


def team_listing(teams: Sequence[Team]) -> Listing:
    """`mutt team list`."""
    return Listing("mutt.team.list", _TEAM_COLUMNS, [team_row(one) for one in teams])


def team_document(team: Team) -> Document:
    """`mutt team show`."""
    rules, hosts = [_rule(one) for one in team.rules], [entry(one) for one in team.hosts]
    text = [f"team {team.name}", f"rules  {len(rules):,}"]
    text += [f"  {one['id']}  {one['rule_name']}{'' if one['enabled'] else '  (off)'}" for one in rules]
    text += [f"hosts  {len(hosts):,}", *(f"  {one['host']}  {one['env']}" for one in hosts)]
    return Document("mutt.team.show", {"team": team.name, "rules": rules, "hosts": hosts}, text=text, name=team.name)


def _rule(rule: Rule) -> dict[str, Any]:
    return {name: rule[name] for name in ("id", "rule_name", "enabled", "priority")}
