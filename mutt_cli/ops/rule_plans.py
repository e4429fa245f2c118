"""What each command on rules would change: from the live rules and an operator's words to a proposal, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.rule_change import RuleChange, added, changed, planned
from mutt_cli.core.rule_fields import Trouble, convert, trouble_with
from mutt_cli.errors import NotFoundError, RefusedError, UsageError
from mutt_cli.ops.inventory import Proposal, proposed
from mutt_cli.ops.rules import BadRuleError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mutt_cli.adapters.inventory_store import Inventory
    from mutt_cli.core.record_file import Records
    from mutt_cli.core.rule_change import Image

_NAMED = 5


def named(live: Inventory, reference: str) -> Image:
    """The rule with this id, or with this name. Raises NotFoundError MUTT-P301; UsageError if several have the name."""
    if reference.isdecimal():
        found = [one for one in live.rules if str(one["id"]) == reference.lstrip("0")]
        if found:
            return found[0]
    found = [one for one in live.rules if one["rule_name"] == reference]
    if len(found) > 1:
        ids = ", ".join(str(one["id"]) for one in found[:_NAMED])
        raise UsageError(f"rules {ids} are named {reference!r}: give the id", code="MUTT-P305")
    if not found:
        raise NotFoundError(f"there is no rule {reference!r}", code="MUTT-P301", tries=_similar(live, reference))
    return found[0]


def drafted(fields: Mapping[str, Any]) -> Image:
    """The rule that these fields make, as it would be stored. Raises BadRuleError MUTT-P302 for what is none."""
    columns = _columns(fields)
    image = added(columns).after or {}
    _judge(image, {"rule_name", "pattern", *columns})
    return image


def plan_add(live: Inventory, fields: Mapping[str, Any]) -> Proposal:
    """A new rule. Raises BadRuleError MUTT-P302 for what is none, RefusedError MUTT-P304 if its name is taken."""
    columns, image = _columns(fields), drafted(fields)
    taken = [one["id"] for one in live.rules if one["rule_name"] == image["rule_name"]]
    if taken:
        raise RefusedError(
            f"rule {taken[0]} is named {image['rule_name']!r} already",
            code="MUTT-P304",
            why="two rules of one name could not be told apart in alerts, files and reports",
            tries=(f"mutt rule set {taken[0]} --pattern REGEX", f"mutt rule show {taken[0]}"),
        )
    return proposed(live, [added(columns)])


def plan_set(live: Inventory, reference: str, fields: Mapping[str, Any]) -> Proposal:
    """Named fields of one rule. Raises as `named`, and BadRuleError."""
    image, columns = named(live, reference), _columns(fields)
    if not columns:
        raise UsageError("no field was named", code="MUTT-P302", tries=(f"mutt rule set {reference} --priority N",))
    _judge({**image, **columns}, set(columns))
    change = changed(image, columns)
    return proposed(live, [change] if change else [], unchanged=int(change is None))


def plan_switch(live: Inventory, references: Sequence[str], *, enabled: bool) -> Proposal:
    """Rules on or off. A rule whose pattern alerters would leave out is not switched on: BadRuleError."""
    images = {one["id"]: one for one in (named(live, text) for text in references)}
    for image in images.values():
        _judge({**image, "enabled": enabled}, {"enabled"}, f"rule {image['id']} ({image['rule_name']}): ")
    changes = [changed(image, {"enabled": enabled}) for image in images.values()]
    return proposed(live, [one for one in changes if one], unchanged=changes.count(None))


def plan_delete(live: Inventory, reference: str, matched: Collection[int]) -> Proposal:
    """A rule that never matched, away. Raises RefusedError MUTT-P306 if it has: its record is still referred to."""
    image = named(live, reference)
    if image["id"] in matched:
        raise RefusedError(
            f"rule {image['id']} ({image['rule_name']}) has matched events and cannot be deleted",
            code="MUTT-P306",
            why="alerts and history name it; switched off, it matches nothing and can still be explained",
            tries=(f"mutt rule disable {image['id']}", f"mutt rule show {image['id']}"),
        )
    return proposed(live, [RuleChange(image, None)])


def plan_import(live: Inventory, records: Records, matched: Collection[int]) -> Proposal:
    """What makes the live rules those of a file. Raises BadRuleError with everything that is wrong with it."""
    found = planned(records, live.rules, matched)
    if isinstance(found, Trouble):
        raise BadRuleError(found.message, why="Nothing was changed.", tries=("mutt rule export",))
    return proposed(live, found.changes, unchanged=found.unchanged)


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    asked = convert(fields)
    if isinstance(asked, Trouble):
        raise BadRuleError(asked.message, why="Nothing was changed.", fields=asked.fields)
    return asked.columns()


def _judge(image: Mapping[str, Any], names: Collection[str], label: str = "") -> None:
    trouble = trouble_with(image, names)
    if trouble is not None:
        raise BadRuleError(label + trouble.message, why="Nothing was changed.", fields=trouble.fields)


def _similar(live: Inventory, reference: str) -> tuple[str, ...]:
    near = [one for one in live.rules if reference.casefold() in one["rule_name"].casefold()] if reference else []
    return (*(f"mutt rule show {one['id']}" for one in near[:2]), "mutt rule list")
