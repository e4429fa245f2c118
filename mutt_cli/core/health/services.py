"""The checks of the five services: how many are at work, in how many versions, with which settings and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.health.check import HealthCheck, worse
from mutt_cli.core.health.words import many, span, unknown
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.snapshot import CRITICAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mutt_cli.core.health.check import Definition, State
    from mutt_cli.core.health.limits import Limits
    from mutt_cli.core.snapshot import Instance, Snapshot
    from mutt_cli.core.switches import Off

SKEW_GRACE_S: Final = 3600
"""Several versions at once are a roll-out for so long after the last start, and then one that was forgotten."""
STALE_GRACE_S: Final = 10
"""Rules that were read since then may be older than the database because the announcement is still under way."""
_MEANS: Final = {
    "ingestor": "nothing is accepted",
    "alerter": "events wait",
    "forwarder": "alerts wait",
    "remediation": "what is set aside stays there",
    "webui": "the pages do not answer",
}


def service(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether somebody does this service's work. Off the way of alerts its absence is a warning."""
    name = definition.id.removeprefix("svc.")
    known = snapshot.instances(name)
    pipeline = snapshot.pipeline.value
    if snapshot.services.value is None:
        return unknown(definition, snapshot.services)
    if not known and pipeline is None:
        return unknown(definition, snapshot.pipeline)
    off = [one for one in pipeline.off if one.what.partition("/")[0] == name] if pipeline else []
    held = held_instances(name, off)
    working = [one for one in known if one.state == "ok"]
    broken = [one for one in known if one.state != "ok" and not held(one)]
    told = "; ".join([*(one.text for one in off), *(_told(one) for one in broken[:3])])
    remedy, at_work = "mutt doctor", len(working)
    if not working and (broken or not known):
        state: State = "critical" if name in CRITICAL else "warning"
        message = f"no {name} works, {_MEANS[name]}" + (f": {told}" if told else "")
        return HealthCheck(definition, state, message, 0, remedy, maximum=len(known))
    if off or broken:
        message = told if off else f"{at_work} of {len(known)} at work: {told}"
        return HealthCheck(definition, "warning", message, at_work, remedy, maximum=len(known))
    return HealthCheck(definition, definition.judged(at_work), f"{at_work} at work", at_work)


def held_instances(service: str, off: Iterable[Off]) -> Callable[[Instance], bool]:
    """Whether an instance does not work because a person holds it: it is there, and obeys. One that is gone does not.

    A hold of one instance names its pod; instances that are known by their page alone have an address for a name.
    """
    names = {one.what for one in off}

    def held(one: Instance) -> bool:
        if one.state == "down":
            return False
        by_page = ":" in one.name and any(name.startswith(f"{service}/") for name in names)
        return service in names or f"{service}/{one.name}" in names or by_page

    return held


def _told(one: Instance) -> str:
    return f"{one.name} {one.state}: {one.detail}" if one.detail else f"{one.name} is {one.state}"


def version(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether all run one version; more than one is fine while they are being replaced."""
    if snapshot.services.value is None:
        return unknown(definition, snapshot.services)
    running = [one for one in snapshot.services.value if one.version]
    versions = sorted({one.version for one in running})
    if len(versions) <= 1:
        told = f"all run {versions[0]}" if versions else "no daemon says which it is"
        return HealthCheck(definition, "ok" if versions else "skipped", told, len(versions) or None)
    starts = [at for one in running if (at := unix_ms(one.since)) is not None]
    settled_s = (snapshot.at_ms - max(starts)) / 1000 if starts else 0.0
    state = definition.judged(len(versions)) if settled_s > SKEW_GRACE_S else "ok"
    message = f"{', '.join(versions)} run beside each other, the last start was {span(max(0.0, settled_s))} ago"
    return HealthCheck(definition, state, message, len(versions), "mutt status --services" if state != "ok" else "")


def rule_caches(snapshot: Snapshot, definition: Definition, limits: Limits) -> HealthCheck:
    """Whether the alerters decide with the rules that the database has, and read them again in time."""
    pipeline = snapshot.pipeline.value
    if pipeline is None:
        return unknown(definition, snapshot.pipeline)
    if not pipeline.caches:
        return HealthCheck(definition, "skipped", "no alerter says which rules it has")
    oldest = max(one.age_s for one in pipeline.caches)
    state, told = definition.judged(oldest), f"rules read {span(oldest)} ago, every {limits.reload_s:,} s is due"
    revisions = sorted({one.revision for one in pipeline.caches})
    current = snapshot.database.value.rules_revision if snapshot.database.value else None
    stale = [one for one in pipeline.caches if current and one.revision < current and one.age_s > STALE_GRACE_S]
    if len(revisions) > 1:
        state, told = worse(state, "warning"), f"alerters decide with different rules: revisions {_list(revisions)}"
    elif stale:
        told = f"alerters decide with revision {revisions[0]}, the database has {current}"
        state = worse(state, "warning")
    kept = [one.alerter for one in pipeline.caches if one.kept]
    refused = max(one.refused for one in pipeline.caches)
    if kept:
        state, told = worse(state, "warning"), "the database has no enabled rule; alerters go on with those of before"
    elif refused and state == "ok":
        state, told = "warning", f"{many(refused, 'rule')} cannot be used by the alerters"
    remedy = "mutt cache show" if refused or kept else "mutt cache reload"
    return HealthCheck(definition, state, told, oldest, "" if state == "ok" else remedy)


def config_sync(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether every daemon runs with the settings that are published."""
    pipeline = snapshot.pipeline.value
    if pipeline is None:
        return unknown(definition, snapshot.pipeline)
    behind = pipeline.behind
    state = definition.judged(len(behind))
    message = (
        f"not with the published settings: {', '.join(behind[:5])}" if behind else "all run with what is published"
    )
    return HealthCheck(definition, state, message, len(behind), "" if state == "ok" else "mutt config publish")


def _list(numbers: list[int]) -> str:
    return ", ".join(str(one) for one in numbers)
