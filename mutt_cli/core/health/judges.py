"""Which function judges which check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.health import backends, flow, local, services
from mutt_cli.core.health.causes import attributed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mutt_cli.core.health.check import Definition, HealthCheck
    from mutt_cli.core.health.limits import Limits
    from mutt_cli.core.snapshot import Snapshot


def _plain(
    judge: Callable[[Snapshot, Definition], HealthCheck],
) -> Callable[[Snapshot, Definition, Limits], HealthCheck]:
    return lambda snapshot, definition, _limits: judge(snapshot, definition)


JUDGES: Final[dict[str, Callable[[Snapshot, Definition, Limits], HealthCheck]]] = {
    "config": _plain(local.config),
    "redis.ping": _plain(backends.redis_ping),
    "redis.memory": _plain(backends.redis_memory),
    "redis.safety": _plain(backends.redis_safety),
    "db.ping": _plain(backends.db_ping),
    "db.connections": _plain(backends.db_connections),
    "db.partition": _plain(backends.db_partition),
    "db.schema": _plain(backends.db_schema),
    "vault.token": _plain(backends.vault_token),
    **{
        f"svc.{name}": _plain(services.service) for name in ("ingestor", "alerter", "forwarder", "remediation", "webui")
    },
    "svc.version": _plain(services.version),
    **{f"queue.{name}.depth": flow.depth for name in ("ingest", "alert")},
    **{f"queue.{name}.age": _plain(flow.age) for name in ("ingest", "alert")},
    **{f"dlq.{name}.depth": flow.dead_letters for name in ("alerter", "moog", "dead", "quarantine")},
    "queue.orphans": _plain(flow.orphans),
    "ledger": _plain(flow.ledger),
    "journal": _plain(flow.journal),
    "drill": _plain(flow.drill),
    "breaker.moog": _plain(flow.breaker),
    "cache.rules": services.rule_caches,
    "config.sync": _plain(services.config_sync),
    "slo.ingest": _plain(flow.burn),
    "slo.forward": _plain(flow.burn),
    "clock.skew": _plain(local.clock_skew),
    "disk.spool": _plain(local.disk_spool),
    "backup.age": _plain(local.backup_age),
}


def judge(snapshot: Snapshot, definitions: Iterable[Definition], limits: Limits) -> tuple[HealthCheck, ...]:
    """Every check in its order, each with the check that it follows from."""
    return attributed([JUDGES[one.id](snapshot, one, limits) for one in definitions])
