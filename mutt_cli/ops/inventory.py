"""Rules and hosts as a command changes them: one proposal, one transaction, and what undo needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mutt_cli.adapters import inventory_store
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.queries import query
from mutt_cli.adapters.rule_store import Actor
from mutt_cli.core import rule_advice
from mutt_cli.errors import MuttError
from mutt_cli.ops import rule_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.inventory_store import Inventory, Written
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.host_change import HostChange
    from mutt_cli.core.rule_change import RuleChange
    from mutt_cli.ops.backends import Backends

T = TypeVar("T")


@dataclass(frozen=True)
class Proposal:
    """What a command is about to change."""

    rules: tuple[RuleChange, ...] = ()
    hosts: tuple[HostChange, ...] = ()
    unchanged: int = 0
    """Entries of a file, or names, that are so already."""
    warnings: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all is so already."""
        return not (self.rules or self.hosts)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind, as the operations journal keeps it."""
        found: dict[str, int] = {}
        for noun, verbs in (("rules", [one.verb for one in self.rules]), ("hosts", [one.verb for one in self.hosts])):
            for verb, past in (("add", "added"), ("change", "changed"), ("delete", "deleted")):
                if verb in verbs:
                    found[f"{noun}_{past}"] = verbs.count(verb)
        return found

    @property
    def originals(self) -> dict[str, Any]:
        """Every image before and after: what undo needs, also if we are killed before the end."""
        return _pairs(self, [one.after for one in self.rules], [one.after for one in self.hosts])


@dataclass(frozen=True)
class Carried:
    """What became of a proposal. `untold` says why alerters could not be told; they look every 5 s."""

    written: Written
    originals: dict[str, Any]
    untold: str = ""


def asked(backends: Backends, question: Callable[[Connection], T]) -> T:
    """What the database answers. Raises MuttError as `postgres.explain` has it."""
    try:
        return question(backends.postgres())
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error


def actor_of(backends: Backends, operation: str) -> Actor:
    """Who carries an operation out, and why: what the audit says of what it changes."""
    row = asked(backends, lambda conn: conn.execute(query("operation_actor"), {"id": operation}).fetchone())
    return Actor(row[0], row[1] or "", operation) if row else Actor("", "", operation)


def current(backends: Backends) -> Inventory:
    """All rules and hosts, from the primary: a plan must not be made from what a replica still believes."""
    return asked(backends, inventory_store.read)


def proposed(
    live: Inventory, rules: Sequence[RuleChange] = (), hosts: Sequence[HostChange] = (), unchanged: int = 0
) -> Proposal:
    """A proposal with what is worth knowing about it."""
    told = (*rule_advice.advice(live.rules, rules), *_leaning(live, rules, hosts))
    return Proposal(tuple(rules), tuple(hosts), unchanged, told)


def carry_out(backends: Backends, proposal: Proposal, by: Actor) -> Carried:
    """Write it and tell the alerters. Errors as `inventory_store.carry_out`; then nothing was written."""
    written = asked(backends, lambda conn: inventory_store.carry_out(conn, proposal.rules, proposal.hosts, by))
    originals = _pairs(proposal, written.rules, written.hosts)
    try:
        rule_cache.announce(backends, written.revision)
    except MuttError as error:
        return Carried(written, originals, error.message)
    return Carried(written, originals)


def _pairs(proposal: Proposal, rules: Sequence[Any], hosts: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if proposal.rules:
        found["rules"] = [{"before": a.before, "after": b} for a, b in zip(proposal.rules, rules, strict=True)]
    if proposal.hosts:
        found["hosts"] = [{"before": a.before, "after": b} for a, b in zip(proposal.hosts, hosts, strict=True)]
    return found


def _leaning(live: Inventory, rules: Sequence[RuleChange], hosts: Sequence[HostChange]) -> list[str]:
    """Rules that take their team from the row of a host that changes (`device_team_id`)."""
    touched = {one.before["team_id"]: one for one in hosts if one.before and one.before["team_id"] is not None}
    changing = {one.before["id"] for one in rules if one.before}
    told = []
    for rule in live.rules:
        lent = touched.get(rule["device_team_id"])
        if lent is not None and rule["id"] not in changing and (lent.after or {}).get("team") != rule["team"]:
            told.append(f"rule {rule['id']} ({rule['rule_name']}) takes its team from host {lent.host}: it changes too")
    return told


__all__ = ["Actor", "Carried", "Proposal", "actor_of", "asked", "carry_out", "current", "proposed"]
