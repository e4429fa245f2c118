"""The checks of this host: its settings, clock, disks, and the backups that lie on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.core.health.check import HealthCheck
from mutt_cli.core.health.words import span, unknown

if TYPE_CHECKING:
    from mutt_cli.core.health.check import Definition
    from mutt_cli.core.snapshot import Snapshot


def config(_snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """That there is a snapshot at all says so: with settings that cannot be used nothing is looked at."""
    return HealthCheck(definition, "ok", "valid")


def clock_skew(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How far the clocks of Redis and PostgreSQL are from this host's; ages are wrong by as much."""
    known = [
        (abs(server.skew_s), server.skew_s, name)
        for name, server in (("Redis", snapshot.redis.value), ("PostgreSQL", snapshot.database.value))
        if server is not None
    ]
    if not known:
        return HealthCheck(definition, "unknown", "not known: neither Redis nor PostgreSQL answers")
    skew, signed, name = max(known)
    state = definition.judged(skew)
    told = f"{name} is {span(skew)} {'ahead of' if signed > 0 else 'behind'} this host" if skew >= 0.1 else "they agree"
    return HealthCheck(definition, state, told, skew, "" if state == "ok" else "timedatectl status")


def disk_spool(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """The fullest disk of those that MUTT writes to on this host."""
    host = snapshot.host.value
    if host is None:
        return unknown(definition, snapshot.host)
    if not host.disks:
        return HealthCheck(definition, "skipped", "this host keeps nothing")
    fullest = max(host.disks, key=lambda one: one.used)
    share = 100 * fullest.used
    state = definition.judged(share)
    told = f"{share:.0f} % used at {fullest.folder} ({fullest.purpose}), {fullest.free_bytes >> 20:,} MiB free"
    remedy = "mutt backup list" if fullest.purpose == "backups" else f"df -h {fullest.folder}"
    return HealthCheck(definition, state, told, share, "" if state == "ok" else remedy, maximum=100)


def backup_age(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Since the newest backup of the deployment that lies on this host."""
    host = snapshot.host.value
    if host is None:
        return unknown(definition, snapshot.host)
    if host.backup_trouble:
        return HealthCheck(definition, "unknown", f"not known: {host.backup_trouble}", remedy="mutt backup list")
    if host.backup_age_s is None:
        return HealthCheck(definition, "skipped", "no backup of this deployment lies on this host")
    state = definition.judged(host.backup_age_s)
    told = f"the newest is {span(host.backup_age_s)} old"
    return HealthCheck(definition, state, told, host.backup_age_s, "" if state == "ok" else "mutt backup create")
