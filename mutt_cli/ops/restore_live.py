"""Putting the settings or the rules of a backup back while everything runs, as `config set` and `rule import` do.

What was set or added after the backup goes; what was removed comes back, under its old number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.core.host_change import EXPORTED as HOST_FIELDS
from mutt_cli.core.host_change import HostChange
from mutt_cli.core.rule_change import COLUMNS, RuleChange
from mutt_cli.ops import dynamic, inventory, settings_files
from mutt_cli.settings import BY_DYNAMIC, BY_ENV

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.inventory import Proposal
    from mutt_cli.ops.restore import Source
    from mutt_cli.settings import Declaration

Image = dict[str, Any]


def differing(backends: Backends, configuration: Configuration, found: Source) -> list[str]:
    """Settings that need a restart and are others here than in the backup: nobody writes `mutt.env` but its owner."""
    there = {str(name): str(text) for name, text in found.kept["static settings"]}
    here = settings_files.exported(backends, configuration).texts
    names = (name for name in sorted({*there, *here}) if name in BY_ENV and not BY_ENV[name].dynamic)
    other = "the default"
    return [
        f"{name} is {here.get(name, other)} here, {there.get(name, other)} in the backup"
        for name in names
        if here.get(name) != there.get(name)
    ]


def plan_config(backends: Backends, configuration: Configuration, found: Source) -> tuple[dynamic.Plan, list[str]]:
    """What putting the dynamic settings back would change, and what of the file is not put back.

    Raises ConfigError for a value that this release refuses.
    """
    chosen = {str(name): str(text) for name, text in found.kept["dynamic settings"]}
    wanted: dict[Declaration, str | None] = {
        BY_DYNAMIC[name]: None for name in dynamic.view(backends, configuration).chosen
    }
    wanted |= {BY_DYNAMIC[name]: text for name, text in chosen.items() if name in BY_DYNAMIC}
    plan = dynamic.plan_texts(backends, configuration, wanted)
    changes = tuple(one for one in plan.changes if not one.nothing)
    unknown = [f"{name} is no setting of this release: left out" for name in sorted(set(chosen) - set(BY_DYNAMIC))]
    return dynamic.Plan(changes, plan.warnings), unknown


def plan_rules(backends: Backends, found: Source) -> Proposal:
    """What putting rules and hosts back would change."""
    live = inventory.current(backends)
    rules, hosts = _rules(live.rules, found.kept["rules"]), _hosts(live.hosts, found.kept["hosts"])
    coming = sum(one.after is not None for one in rules) + sum(one.after is not None for one in hosts)
    return inventory.proposed(live, rules, hosts, len(found.kept["rules"]) + len(found.kept["hosts"]) - coming)


def _rules(live: Sequence[Image], kept: Sequence[Image]) -> list[RuleChange]:
    now, then = {one["id"]: one for one in live}, {one["id"]: one for one in kept}
    gone = [RuleChange(one, None) for number, one in now.items() if number not in then]
    return gone + [
        RuleChange(now.get(number), _over(now.get(number), image, (*COLUMNS, "team")))
        for number, image in then.items()
        if _differs(now.get(number), image, COLUMNS)
    ]


def _hosts(live: Sequence[Image], kept: Sequence[Image]) -> list[HostChange]:
    now, then = {one["host"]: one for one in live}, {one["host"]: one for one in kept}
    gone = [HostChange(one, None) for name, one in now.items() if name not in then]
    return gone + [
        HostChange(now.get(name), _over(now.get(name), image, HOST_FIELDS))
        for name, image in then.items()
        if _differs(now.get(name), image, HOST_FIELDS)
    ]


def _differs(now: Mapping[str, Any] | None, image: Mapping[str, Any], names: Sequence[str]) -> bool:
    return now is None or any(now.get(name) != image.get(name) for name in names)


def _over(now: Image | None, image: Image, names: Sequence[str]) -> Image:
    """What is there, with what the backup says of it."""
    return image if now is None else {**now, **{name: image.get(name) for name in names}}
