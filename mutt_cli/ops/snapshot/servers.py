"""The back ends of a snapshot: each look has a connection of its own, and raises MuttError where it finds nothing."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import redis_client, redis_facts
from mutt_cli.adapters.clock import boottime_s, now_ms, round_trips
from mutt_cli.core import partitions
from mutt_cli.core.database_judgement import Slots
from mutt_cli.core.snapshot import DatabaseServer, RedisServer, VaultServer
from mutt_cli.errors import AuthError, MuttError
from mutt_cli.ops import redis_server, vault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings

_PINGS: Final = 5
"""Of each server. The best of them counts: the one that our own business beside it disturbed least."""
_PING_BUDGET_S: Final = 0.5


def addresses(settings: Settings) -> Mapping[str, str]:
    """Where the back ends are, by their short names; empty for a Vault that is not configured."""
    database = settings.postgres
    return {
        "redis": redis_client.address(settings.redis),
        "db": f"{database.host}:{database.port}/{database.db}",
        "vault": settings.vault.addr,
    }


def redis(backends: Backends) -> RedisServer:
    """The server of the queues: its clock, its memory, and the best of a few round trips."""
    client = backends.redis()
    trips = redis_facts.round_trips(client, _PINGS, _PING_BUDGET_S)
    began, asked = boottime_s(), now_ms()
    facts = redis_facts.info(client)
    with redis_client.failures_named():
        seconds, micros = client.time()
    # The answer was made somewhere between question and arrival: the middle is off by half of that at most.
    middle_ms = asked + (boottime_s() - began) * 500
    skew_s = (int(seconds) * 1000 + int(micros) / 1000 - middle_ms) / 1000
    product = "Valkey" if facts.get("server_name") == "valkey" else "Redis"
    version = facts.get("valkey_version") or facts.get("redis_version") or ""
    memory = redis_server.memory_of(client)
    cluster = bool(int(facts.get("cluster_enabled", 0)))
    return RedisServer(
        f"{product} {version}".strip(), min(trips), skew_s, memory, str(facts.get("role", "master")), cluster
    )


def database(backends: Backends) -> DatabaseServer:
    """The server of rules and history. Raises MuttError or DatabaseError."""
    from mutt_cli.adapters import database_facts, history_partitions, migrations, rule_store  # noqa: PLC0415  psycopg
    from mutt_cli.adapters.postgres import read_only  # noqa: PLC0415

    conn = backends.postgres()
    began, asked = boottime_s(), now_ms()
    with read_only(conn):
        middle_ms = asked + (boottime_s() - began) * 500
        facts = database_facts.server(conn)
        pending = migrations.pending(migrations.applied(conn), migrations.shipped())
        days = _days(history_partitions.existing(conn)) if not pending else ()
        revision = rule_store.revision(conn) if not pending else 0
    trips = round_trips(lambda: conn.execute("SELECT 1"), _PINGS, _PING_BUDGET_S)
    return DatabaseServer(
        product=f"PostgreSQL {facts.version}",
        round_trip_s=min(trips),
        skew_s=(facts.at.timestamp() * 1000 - middle_ms) / 1000,
        slots=Slots(facts.connections, facts.most, facts.reserved),
        today=facts.at.astimezone(UTC).date(),
        days=days,
        pending=tuple(one.label for one in pending),
        rules_revision=revision,
        read_only=facts.read_only,
    )


def vault_server(settings: Settings) -> VaultServer:
    """Vault and MUTT's own credential; without one on this host only what Vault says to anybody."""
    from mutt_cli.adapters.vault_desk import VaultDesk  # noqa: PLC0415  its library takes 0.14 s to load

    desk = VaultDesk(settings.vault)
    seal = desk.seal()
    if seal.sealed or not seal.initialised:
        return VaultServer(sealed=seal.sealed, initialised=seal.initialised)
    try:
        token, reach = desk.token(), desk.reach()
        names = desk.read().fields if reach.reads else {}
        return VaultServer(
            sealed=False,
            ttl_s=token.ttl_s,
            kind=token.kind,
            renewable=token.renewable,
            reads=reach.reads,
            missing=tuple(one for one in vault.needed(settings) if reach.reads and not names.get(one)),
        )
    except AuthError as error:
        return VaultServer(sealed=False, refused=error.message)
    except MuttError as error:
        return VaultServer(sealed=False, unknown=error.message)
    finally:
        desk.leave()


def _days(existing: list[partitions.Partition]) -> tuple[date, ...]:
    """The days for which every table has its partition."""
    tables: dict[date, set[str]] = {}
    for one in existing:
        tables.setdefault(one.day, set()).add(one.table)
    return tuple(sorted(day for day, found in tables.items() if found >= set(partitions.TABLES)))
