"""A snapshot in which everything is well, and variations of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mutt_cli.core import pipeline as way
from mutt_cli.core.database_judgement import Slots
from mutt_cli.core.health.catalogue import BY_ID, CATALOGUE, with_thresholds
from mutt_cli.core.health.judges import judge
from mutt_cli.core.health.limits import Limits
from mutt_cli.core.ledger import Balance
from mutt_cli.core.redis_judgement import Memory
from mutt_cli.core.snapshot import (
    SERVICES,
    Account,
    BreakerState,
    DatabaseServer,
    Disk,
    HostState,
    Instance,
    JournalState,
    Part,
    Pipeline,
    QueueState,
    RedisServer,
    RuleCache,
    Snapshot,
    Trouble,
    VaultServer,
)
from mutt_cli.settings import Settings

if TYPE_CHECKING:
    from mutt_cli.core.health.check import HealthCheck

NOW = 1_772_939_526_000
"""2026-03-08T03:12:06Z."""
TODAY = date(2026, 3, 8)
AWAY = Part[Any](trouble=Trouble("MUTT-R101", "Redis at 10.0.3.11:6379 refused the connection", ("mutt status",)))
REFUSED = Part[Any](trouble=Trouble("MUTT-R102", "Redis refused the login", ("mutt vault status",), "refused"))
MEMORY = Memory(
    used=61 << 20, peak=70 << 20, resident=80 << 20, maxmemory=100 << 20, host=None, policy="noeviction",
    fragmentation=1.1, allocator="jemalloc", append_only=True, append_ok=True, append_fsync="everysec",
)  # fmt: skip
REDIS = RedisServer("Valkey 9.1.2", 0.0006, 0.001, MEMORY)
DATABASE = DatabaseServer(
    "PostgreSQL 18.1", 0.0004, -0.002, Slots(41, 103, 3), TODAY, tuple(TODAY + timedelta(days=n) for n in range(4)),
    rules_revision=77,
)  # fmt: skip


def queue(name: str, depth: int = 0, age_s: float | None = None, consumers: int = 1, held_by: str = "") -> QueueState:
    """A queue as it would be seen."""
    place = next(one for one in way.QUEUES if one.name == name)
    since = None if age_s is None else NOW - int(age_s * 1000)
    drained = way.drainers(name)
    return QueueState(name, name, place.meaning, depth, since, age_s, consumers, drained, place.in_flight, held_by)


FLOW = Pipeline(
    at_ms=NOW, queues=tuple(queue(one.name) for one in way.QUEUES), breaker=BreakerState("CLOSED"),
    journal=JournalState(12, 1 << 20, 256 << 20), caches=(RuleCache("a1", 77, 41.0), RuleCache("a2", 77, 12.0)),
    balance=Balance({"accepted": 5, "forwarded": 5}, 0),
)  # fmt: skip
INSTANCES = tuple(
    Instance(name, f"{name}-1", "ok", "10.0.0.1", "", 1, "2026-03-08T01:00:00Z", "2.5.0") for name in SERVICES
)
WELL = Snapshot(
    at_ms=NOW, took_s=0.41, redis=Part(REDIS), database=Part(DATABASE), pipeline=Part(FLOW),
    services=Part(INSTANCES), account=Part(Account(0)), host=Part(HostState("mutt-a", (Disk("state", "/s", 0.4, 1),))),
    vault=Part(VaultServer(sealed=False, ttl_s=1_555_200.0)),
)  # fmt: skip


def flowing(**changes: Any) -> Snapshot:
    """Well, but for these fields of the flow."""
    return replace(WELL, pipeline=Part(replace(FLOW, **changes)))


def queued(*changed: QueueState, **changes: Any) -> Snapshot:
    """Well, but for these queues."""
    names = {one.name for one in changed}
    return flowing(queues=(*changed, *(one for one in FLOW.queues if one.name not in names)), **changes)


def running(*instances: Instance) -> Snapshot:
    """Well, but with these instances in place of those of the same service."""
    services = {one.service for one in instances}
    return replace(WELL, services=Part((*instances, *(one for one in INSTANCES if one.service not in services))))


def checks(snapshot: Snapshot) -> dict[str, HealthCheck]:
    """Every check by its id, with the thresholds of the default settings."""
    settings = Settings()
    found = judge(snapshot, with_thresholds(CATALOGUE, Limits.of(settings).ranges), Limits.of(settings))
    return {one.id: one for one in found}


def check(snapshot: Snapshot, name: str) -> HealthCheck:
    """One of them."""
    assert name in BY_ID
    return checks(snapshot)[name]


def bad(snapshot: Snapshot) -> dict[str, str]:
    """The states of those that somebody should look at."""
    return {name: one.state for name, one in checks(snapshot).items() if one.bad}
