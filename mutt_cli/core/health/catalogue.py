"""Every check of `mutt health`: its id, what it measures, its default thresholds (ux.md 7.3), its label in perfdata.

Ids and labels are an interface: new ones are appended, none is ever renamed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, get_args

from mutt_cli.core.health.check import Definition, Group
from mutt_cli.core.health.ranges import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

GROUPS: Final[tuple[str, ...]] = (*get_args(Group), "all")


def _over(most: float) -> Range:
    """Alerts above this."""
    return Range(0, most)


def _under(least: float) -> Range:
    """Alerts below this."""
    return Range(least, math.inf)


_D = Definition
CATALOGUE: Final = (
    _D("config", "local", "the settings of this host can be used"),
    _D("redis.ping", "backends", "a round trip to Redis", "s", _over(0.01), _over(0.1), "redis_latency"),
    _D("redis.memory", "backends", "used of maxmemory", "%", _over(80), _over(90), "redis_mem"),
    _D("redis.safety", "backends", "Redis evicts nothing and keeps what it is given"),
    _D("db.ping", "backends", "a round trip to PostgreSQL", "s", _over(0.1), _over(1), "db_latency"),
    _D("db.connections", "backends", "used of the connections for MUTT", "%", _over(80), _over(95), "db_conn"),
    _D("db.partition", "backends", "days ahead that have partitions", "", _under(2), _under(1), "db_days_ahead"),
    _D("db.schema", "backends", "every migration of this release is applied"),
    _D("vault.token", "backends", "left of MUTT's token", "s", _under(259_200), _under(86_400), "vault_token_ttl"),
    _D("svc.ingestor", "flow", "ingestors at work", label="ingestors"),
    _D("svc.alerter", "flow", "alerters at work", label="alerters"),
    _D("svc.forwarder", "flow", "forwarders at work", label="forwarders"),
    _D("svc.remediation", "flow", "remediations at work", label="remediations"),
    _D("svc.webui", "flow", "web UIs at work", label="webuis"),
    _D("svc.version", "flow", "versions at work, an hour after the last start", warn=_over(1)),
    _D("queue.ingest.depth", "flow", "events waiting", "", _over(10_000), _over(500_000), "queue_ingest_depth"),
    _D("queue.ingest.age", "flow", "age of the oldest event", "s", _over(60), _over(300), "queue_ingest_age"),
    _D("queue.alert.depth", "flow", "alerts waiting", "", _over(5_000), _over(50_000), "queue_alert_depth"),
    _D("queue.alert.age", "flow", "age of the oldest alert", "s", _over(60), _over(300), "queue_alert_age"),
    _D("dlq.alerter.depth", "flow", "events set aside", "", _over(100), _over(1_000), "dlq_alerter_depth"),
    _D("dlq.moog.depth", "flow", "alerts set aside", "", _over(100), _over(1_000), "dlq_moog_depth"),
    _D("dlq.dead.depth", "flow", "poison messages", "", _over(0), _over(99), "dlq_dead_depth"),
    _D("dlq.quarantine.depth", "flow", "refused batch items", "", _over(100), None, "dlq_quarantine"),
    _D("queue.orphans", "flow", "messages of workers that are gone", "", _over(0), _over(99), "orphans"),
    _D("ledger", "flow", "events unaccounted for", "", None, _over(0), "ledger_remainder"),
    _D("journal", "flow", "used of JOURNAL_MAX_BYTES", "%", _over(50), _over(100), "journal"),
    _D("drill", "flow", "since the last drill that came through", "s", None, None, "drill_age"),
    _D("breaker.moog", "flow", "so long Moogsoft gets no alerts", "s", _over(0), _over(120), "breaker_open"),
    _D("cache.rules", "flow", "age of an alerter's rules", "s", None, None, "cache_age"),
    _D("config.sync", "flow", "daemons without the published settings", "", _over(0), None, "config_behind"),
    _D("slo.ingest", "flow", "burn rate of the intake", "", _over(6), _over(14.4), "slo_ingest_burn"),
    _D("slo.forward", "flow", "burn rate of forwarding", "", _over(6), _over(14.4), "slo_forward_burn"),
    _D("clock.skew", "local", "clocks of the back ends against ours", "s", _over(2), _over(30), "clock_skew"),
    _D("disk.spool", "local", "used of the fullest disk that MUTT writes to", "%", _over(80), _over(95), "disk"),
    _D("backup.age", "local", "age of the newest backup here", "s", _over(129_600), _over(259_200), "backup_age"),
)
BY_ID: Final = {one.id: one for one in CATALOGUE}


def chosen(only: Sequence[str], skip: Sequence[str], group: str = "all") -> tuple[Definition, ...]:
    """The checks that these ids (with `*` for any text) and this group name, in their order."""
    return tuple(
        one
        for one in CATALOGUE
        if group in {one.group, "all"}
        and (not only or _named(one.id, only))
        and not _named(one.id, skip)
    )  # fmt: skip


def unknown(ids: Iterable[str]) -> tuple[str, ...]:
    """Those that name no check."""
    return tuple(one for one in ids if not any(fnmatchcase(known, one) for known in BY_ID))


def with_thresholds(
    definitions: Iterable[Definition], given: Mapping[str, tuple[Range | None, Range | None]]
) -> tuple[Definition, ...]:
    """The same with other ranges where some were given, by id."""
    return tuple(
        replace(one, warn=given[one.id][0], crit=given[one.id][1]) if one.id in given else one for one in definitions
    )


def _named(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
