"""The checks of Redis, PostgreSQL and Vault: a snapshot's part in, a result out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mutt_cli.core import redis_judgement
from mutt_cli.core.database_judgement import room
from mutt_cli.core.health.check import HealthCheck, worse
from mutt_cli.core.health.words import milliseconds, span, unknown

if TYPE_CHECKING:
    from mutt_cli.core.checks import Check
    from mutt_cli.core.health.check import Definition, State
    from mutt_cli.core.snapshot import DatabaseServer, Snapshot, Trouble, VaultServer

_FROM_CHECK: Final[dict[str, State]] = {"ok": "ok", "warn": "warning", "crit": "critical", "unkn": "unknown"}


def redis_ping(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether Redis answers, how fast, and whether it takes writes."""
    part = snapshot.redis
    if part.value is None:
        return _away(definition, part.trouble, "nothing is accepted, nothing moves")
    if not part.value.takes_writes:
        told = f"{part.value.product} is a replica and takes no writes: nothing is accepted, nothing moves"
        return HealthCheck(definition, "critical", told, remedy="mutt redis info")
    took = part.value.round_trip_s
    state = definition.judged(took)
    message = f"{part.value.product} answers in {milliseconds(took)}"
    return HealthCheck(definition, state, message, took, "" if state == "ok" else "mutt redis latency")


def redis_memory(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How full Redis is; when it is full, it refuses what is pushed."""
    part = snapshot.redis
    if part.value is None:
        return unknown(definition, part)
    memory = part.value.memory
    if not memory.maxmemory:
        return HealthCheck(definition, "ok", f"{memory.used >> 20:,} MiB used; there is no maxmemory")
    share = 100 * memory.used / memory.maxmemory
    state = definition.judged(share)
    message = f"{share:.0f} % of maxmemory ({memory.maxmemory >> 20:,} MiB) used"
    return HealthCheck(definition, state, message, share, "" if state == "ok" else "mutt redis memory", maximum=100)


def redis_safety(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether Redis evicts, forgets, or refuses to write: what `mutt redis memory` judges besides the size."""
    part = snapshot.redis
    if part.value is None:
        return unknown(definition, part)
    checks = [one for one in redis_judgement.judge_memory(part.value.memory) if one.name in {"policy", "append_only"}]
    state: State = "ok"
    for one in checks:
        state = worse(state, _FROM_CHECK[one.state])
    told = "; ".join(_told(one) for one in checks if one.state != "ok")
    return HealthCheck(
        definition, state, told or "noeviction, append-only file written", remedy="mutt redis memory" if told else ""
    )


def db_ping(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether PostgreSQL answers, how fast, and whether it takes writes."""
    part = snapshot.database
    if part.value is None:
        return _away(definition, part.trouble, "rules are the cached ones, history waits in the journal")
    took = part.value.round_trip_s
    if part.value.read_only:
        told = f"{part.value.product} takes no writes: rules cannot change, history waits in the journal"
        return HealthCheck(definition, "critical", told, took, "mutt db status")
    state = definition.judged(took)
    message = f"{part.value.product} answers in {milliseconds(took)}"
    return HealthCheck(definition, state, message, took, "" if state == "ok" else "mutt db status")


def db_connections(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """How many connections are left for MUTT."""
    part = snapshot.database
    if part.value is None:
        if part.trouble is not None and part.trouble.code == "MUTT-P103":
            return HealthCheck(definition, "critical", part.trouble.text, 100, "mutt db connections", maximum=100)
        return unknown(definition, part)
    slots = part.value.slots
    share = 100 * slots.share
    state = definition.judged(share)
    message = f"{slots.used:,} of {slots.most - slots.for_others:,} connections used"
    return HealthCheck(definition, state, message, share, room(slots)[0] if state != "ok" else "", maximum=100)


def db_partition(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """For how many days after today the history has its partitions; rows of other days go to the default one."""
    part = snapshot.database
    if part.value is None:
        return unknown(definition, part)
    if part.value.pending:
        return HealthCheck(definition, "unknown", "the schema is not the one of this release", remedy="mutt db migrate")
    ahead, today = days_ahead(part.value), part.value.today in part.value.days
    remedy = "mutt db partition create"
    if not today:
        told = "today has no partition: its history goes to the default one, which cannot be dropped by age"
        return HealthCheck(definition, "critical", told, ahead, remedy)
    state = definition.judged(ahead)
    message = f"partitions for today and {ahead} day{'s' if ahead != 1 else ''} after it"
    return HealthCheck(definition, state, message, ahead, "" if state == "ok" else remedy)


def days_ahead(database: DatabaseServer) -> int:
    """Days after today that follow each other and have their partitions."""
    ahead = 0
    while database.today + timedelta(days=ahead + 1) in database.days:
        ahead += 1
    return ahead


def db_schema(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether every migration of this release is applied."""
    part = snapshot.database
    if part.value is None:
        return unknown(definition, part)
    pending = part.value.pending
    if not pending:
        return HealthCheck(definition, "ok", "every migration is applied")
    told = f"{len(pending)} migrations are not applied, from {pending[0]} on"
    return HealthCheck(definition, "critical", told, len(pending), "mutt db migrate --dry-run")


def vault_token(snapshot: Snapshot, definition: Definition) -> HealthCheck:
    """Whether the services could start: Vault unsealed, a token that reads, every key there."""
    part = snapshot.vault
    if part is None:
        return HealthCheck(definition, "skipped", "no Vault is configured")
    if part.value is None:
        return _away(definition, part.trouble, "services run on with what they know, and cannot start")
    return _token(definition, part.value)


def _token(definition: Definition, vault: VaultServer) -> HealthCheck:
    trouble = _useless(vault)
    if trouble is not None:
        return HealthCheck(definition, "critical", trouble[0], vault.ttl_s, trouble[1])
    if vault.unknown:
        return HealthCheck(definition, "unknown", f"not known: {vault.unknown}", remedy="mutt vault token")
    if vault.ttl_s is None or vault.kind != "token":
        return HealthCheck(definition, "ok", f"logs in with a {vault.kind}, which no time ends here")
    state = definition.judged(vault.ttl_s)
    message = f"MUTT's token ends in {span(vault.ttl_s)}"
    renew = "mutt vault renew" if vault.renewable else "mutt vault rotate plan VAULT_TOKEN"
    return HealthCheck(definition, state, message, vault.ttl_s, "" if state == "ok" else renew)


def _useless(vault: VaultServer) -> tuple[str, str] | None:
    """Why no service could start with this Vault, and what to type; None if they could."""
    if vault.sealed:
        return "Vault is sealed: services run on with what they know, and cannot start", "mutt vault status"
    if not vault.initialised:
        return "Vault was never initialised", "mutt vault status"
    if vault.refused:
        return f"Vault does not accept MUTT's credential, no service could start: {vault.refused}", "mutt vault token"
    if not vault.reads:
        return "MUTT's token may not read MUTT's secret: no service can start", "mutt vault token"
    if vault.missing:
        named = ", ".join(vault.missing)
        return f"{named} not in MUTT's secret: who needs it cannot start", f"mutt vault set {vault.missing[0]}"
    return None


def _away(definition: Definition, trouble: Trouble | None, meaning: str) -> HealthCheck:
    """A back end that does not answer is critical: that it does is what is checked. Else it is not known."""
    if trouble is None:
        return HealthCheck(definition, "unknown", "it was not looked at")
    if trouble.kind != "away":
        return HealthCheck(
            definition, "unknown", f"not known: {trouble.text}", remedy=trouble.tries[0] if trouble.tries else ""
        )
    return HealthCheck(definition, "critical", f"{trouble.text.rstrip('.')}: {meaning}", remedy="mutt doctor")


def _told(check: Check) -> str:
    return f"{check.name} {check.value}: {check.note}" if check.note else f"{check.name} is {check.value}"
