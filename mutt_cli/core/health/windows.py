"""What a maintenance window covers: while people know of a trouble, it is a warning, never critical, never well."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.core.window import Window

EVERYTHING: Final = "all"
COVERS: Final[dict[str, tuple[str, ...]]] = {
    "ingestor": ("svc.ingestor", "slo.ingest", "dlq.quarantine.depth"),
    "alerter": ("svc.alerter", "queue.ingest.*", "dlq.alerter.depth", "cache.rules", "queue.orphans"),
    "forwarder": ("svc.forwarder", "queue.alert.*", "dlq.moog.depth", "slo.forward", "queue.orphans"),
    "remediation": ("svc.remediation", "dlq.alerter.depth", "dlq.moog.depth"),
    "webui": ("svc.webui",),
    "redis": ("redis.*",),
    "db": ("db.*", "journal", "cache.rules"),
    "vault": ("vault.*",),
    "moog": ("breaker.moog", "queue.alert.*", "dlq.moog.depth", "slo.forward"),
    "host": ("config", "clock.skew", "disk.spool", "backup.age", "svc.*"),
}
"""The checks that each scope of `mutt maintenance start` is about."""


def capped(checks: Sequence[HealthCheck], windows: Iterable[Window]) -> tuple[HealthCheck, ...]:
    """Critical becomes warning where a window covers the check, or the check that it follows from."""
    scopes = {word for one in windows for word in one.scope.split(",")}
    return tuple(
        replace(one, state="warning") if one.state == "critical" and _covered(one, scopes) else one for one in checks
    )


def _covered(check: HealthCheck, scopes: Iterable[str]) -> bool:
    names = (check.id, check.caused_by)
    return any(
        word == EVERYTHING or any(fnmatchcase(name, pattern) for pattern in COVERS.get(word, ()) for name in names)
        for word in scopes
    )
