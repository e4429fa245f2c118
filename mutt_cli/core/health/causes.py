"""Which trouble is the consequence of another: causes are told first, consequences name theirs."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from mutt_cli.core.health.check import ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.core.health.check import HealthCheck, State

CONSEQUENCES: Final[Sequence[tuple[str, State, tuple[str, ...]]]] = (
    ("redis.ping", "critical", (
        "redis.memory", "redis.safety", "svc.*", "queue.*", "dlq.*", "ledger", "journal", "breaker.moog", "cache.rules",
        "config.sync", "clock.skew", "drill",
    )),
    ("redis.ping", "unknown", (
        "redis.memory", "redis.safety", "queue.*", "dlq.*", "ledger", "journal", "breaker.moog", "cache.rules",
        "config.sync", "clock.skew", "drill",
    )),
    ("db.connections", "critical", ("db.ping", "db.partition", "db.schema", "cache.rules", "svc.webui")),
    ("db.ping", "unknown", ("db.connections", "db.partition", "db.schema", "cache.rules")),
    ("db.ping", "critical", ("db.connections", "db.partition", "db.schema", "cache.rules", "journal", "svc.webui")),
    ("db.schema", "critical", ("db.partition",)),
    ("breaker.moog", "warning", ("queue.alert.*", "dlq.moog.depth", "slo.forward", "drill")),
    ("svc.alerter", "warning", ("queue.ingest.*", "drill")),
    ("svc.alerter", "critical", ("cache.rules",)),
    ("svc.forwarder", "warning", ("queue.alert.*", "slo.forward", "drill")),
    ("svc.ingestor", "critical", ("slo.ingest", "drill")),
    ("svc.remediation", "warning", ("dlq.alerter.depth", "dlq.moog.depth")),
    ("queue.ingest.depth", "critical", ("slo.ingest",)),
    ("redis.memory", "critical", ("slo.ingest", "svc.ingestor")),
)  # fmt: skip
"""A check, how bad it has to be at least, and what follows from it; what stands first wins."""


_PINGS: Final = frozenset({"redis.ping", "db.ping"})
"""What follows from a back end that is away is that nothing is known, or that services are ill; not from a slow one."""


def attributed(checks: Sequence[HealthCheck]) -> tuple[HealthCheck, ...]:
    """The same with `caused_by` where a check that is bad follows from another that is.

    A cause that the check itself has named stays if that one is bad, too.
    """
    by_id = {one.id: one for one in checks}
    return tuple(replace(one, caused_by=_cause(one, by_id)) if one.bad else one for one in checks)


def by_importance(checks: Sequence[HealthCheck]) -> tuple[HealthCheck, ...]:
    """What is bad: the worst first, causes before consequences."""
    bad = [one for one in checks if one.bad]
    return tuple(sorted(bad, key=lambda one: (-ORDER.index(one.state), bool(one.caused_by))))


def _cause(check: HealthCheck, by_id: Mapping[str, HealthCheck]) -> str:
    for cause, least, followers in CONSEQUENCES:
        other = by_id.get(cause)
        if other is None or other is check or not _at_least(other.state, least):
            continue
        if cause in _PINGS and not (other.value is None and (check.state == "unknown" or check.id.startswith("svc."))):
            continue  # what was found out in spite of it has a reason of its own
        if least == "unknown" != check.state:
            continue
        if any(fnmatchcase(check.id, pattern) for pattern in followers):
            return cause
    return check.caused_by if check.caused_by in by_id and by_id[check.caused_by].bad else ""


def _at_least(state: State, least: State) -> bool:
    if least == "unknown":
        return state == "unknown"
    return state in ORDER and ORDER.index(state) >= ORDER.index(least)
