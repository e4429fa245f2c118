"""Takes back a change of rules, hosts or teams: each gets what it was before, if it is still what the change made.

The operations journal holds every image before and after. What is as it was already needs nothing; that also holds for
an operation that was killed before its transaction ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mutt_cli.core import host_change, rule_change
from mutt_cli.core.change_words import host_line, rule_line
from mutt_cli.core.host_change import HostChange
from mutt_cli.core.rule_change import RuleChange
from mutt_cli.errors import RefusedError
from mutt_cli.ops import inventory, rule_views
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends

MANY = 10
"""Beyond this many things it is a bulk change, which asks."""
_SHOWN = 5
Pair = dict[str, Any]


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What each rule and host goes back to. Raises RefusedError MUTT-G006 if one of them was changed since."""
    live = inventory.current(backends)
    pairs = _pairs(recorded, "rules")
    new = [pair for pair in pairs if pair["before"] is None]
    matched = rule_views.matched(backends, recorded.started_at) if new else frozenset()
    back = _Back(recorded.id, matched)
    for pair in pairs:
        back.rule(pair, _rule_of(pair, live.rules))
    by_name = {image["host"]: image for image in live.hosts}
    for pair in _pairs(recorded, "hosts"):
        back.host(pair, by_name.get((pair["before"] or pair["after"])["host"]))
    back.refuse_if_moved()
    proposal = inventory.proposed(live, back.rules, back.hosts)
    lines = [*map(rule_line, back.rules), *map(host_line, back.hosts), *back.nothing]
    impact: Literal["W", "B"] = "B" if len(back.rules) + len(back.hosts) > MANY else "W"
    return Undo(lines, cannot=back.cannot, impact=impact, payload=proposal)


def carry_out(backends: Backends, _recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Write what was planned, with the actor and the reason of the operation that does it."""
    proposal: inventory.Proposal = undo.payload
    if proposal.nothing:
        return Undone(undo.lines, undo.cannot)
    carried = inventory.carry_out(backends, proposal, inventory.actor_of(backends, by))
    return Undone(undo.lines, undo.cannot, counts=proposal.counts, originals=carried.originals)


class _Back:
    """The changes that go back, what is so already, and what somebody has changed since."""

    def __init__(self, operation: str, matched: Collection[int]) -> None:
        self._operation, self._matched = operation, matched
        self.rules: list[RuleChange] = []
        self.hosts: list[HostChange] = []
        self.nothing: list[str] = []
        self.cannot: list[str] = []
        self._moved: list[str] = []

    def rule(self, pair: Pair, now: rule_change.Image | None) -> None:
        """One rule of the operation, and the rule that it is now."""
        before, after = pair["before"], pair["after"]
        label = f"rule {(now or before or after).get('id') or ''} ({(before or after)['rule_name']})".replace("  ", " ")
        if _same_rule(now, before):
            self.nothing.append(f"{label} is as it was")
        elif not _same_rule(now, after):
            self._moved.append(label)
        elif now is not None and before is None and now["id"] in self._matched:
            self._switch_off(label, now)
        elif now is None or before is None:
            self.rules.append(RuleChange(now, before))
        else:
            columns = {name: before[name] for name in rule_change.COLUMNS}
            self.rules.append(RuleChange(now, {**now, **columns, "team": before["team"]}))

    def _switch_off(self, label: str, now: rule_change.Image) -> None:
        self.cannot.append(f"{label} has matched events, so it is switched off and its record stays")
        change = rule_change.changed(now, {"enabled": False})
        if change:
            self.rules.append(change)

    def host(self, pair: Pair, now: host_change.Image | None) -> None:
        """One host of the operation, and what it is now."""
        before, after = pair["before"], pair["after"]
        label = f"host {(before or after)['host']}"
        if _same_host(now, before):
            self.nothing.append(f"{label} is as it was")
        elif not _same_host(now, after):
            self._moved.append(label)
        else:
            self.hosts.append(HostChange(now, before if now is None or before is None else {**now, **before}))

    def refuse_if_moved(self) -> None:
        """Raises RefusedError MUTT-G006."""
        if not self._moved:
            return
        more = f" and {len(self._moved) - _SHOWN} more" if len(self._moved) > _SHOWN else ""
        raise RefusedError(
            f"{', '.join(self._moved[:_SHOWN])}{more} was changed after {self._operation}",
            code="MUTT-G006",
            why="taking the older change back would take the newer one with it",
            tries=("mutt audit list --since 24h", f"mutt op show {self._operation}"),
        )


def _pairs(recorded: Recorded, noun: str) -> Sequence[Pair]:
    found = recorded.originals.get(noun)
    return found if isinstance(found, list) else []


def _rule_of(pair: Pair, live: Sequence[rule_change.Image]) -> rule_change.Image | None:
    """The live rule by its id; one whose id was never recorded, because we were killed, by what it holds."""
    known = (pair["before"] or {}).get("id") or (pair["after"] or {}).get("id")
    if known is not None:
        return next((one for one in live if one["id"] == known), None)
    return next((one for one in live if _same_rule(one, pair["after"])), None)


def _same_rule(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(one.get(name) == other.get(name) for name in rule_change.COLUMNS)


def _same_host(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in host_change.EXPORTED)
