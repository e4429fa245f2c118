"""Causes in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.diagnosis.cause import Case, Cause, Proof, graded, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.evidence import Evidence


def _db_away(evidence: Evidence) -> Iterator[Proof]:
    trouble = evidence.snapshot.database.trouble
    if trouble is not None and trouble.kind == "away" and trouble.code != "MUTT-P103":
        yield Proof((trouble.text,), {"where": evidence.snapshot.addresses.get("db", "")})


def _db_login(evidence: Evidence) -> Iterator[Proof]:
    trouble = evidence.snapshot.database.trouble
    if trouble is not None and trouble.code == "MUTT-P102":
        yield Proof((trouble.text,), {"where": evidence.snapshot.addresses.get("db", "")})


def _db_connections(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("db.connections")
    if check is not None and check.state != "unknown":
        yield Proof((check.message,), severity=graded(check))


def _db_read_only(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.database.value
    if server is not None and server.read_only:
        yield Proof(("pg_is_in_recovery() or default_transaction_read_only is true",))


def _db_schema(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.database.value
    if server is not None and server.pending:
        yield Proof(tuple(f"not applied: {one}" for one in server.pending[:5]))


def _partition(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("db.partition")
    if check is not None and check.state != "unknown":
        yield Proof((check.message,), severity=graded(check))


def _indexes(evidence: Evidence) -> Iterator[Proof]:
    if evidence.indexes:
        yield Proof(tuple(f"{name}: {state}" for name, state in evidence.indexes.items()))


def _db_judged(evidence: Evidence) -> Iterator[Proof]:
    for one in evidence.stores:
        if one.state in {"warn", "crit"} and one.name != "connections":
            told = f"{one.name}: {one.value}" + (f", {one.note}" if one.note else "")
            yield Proof((told,), {"about": one.name, "first": one.tries[0] if one.tries else "mutt db status"})


CASES: Final = (
    Case(
        Cause(
            "db-away",
            "db",
            "PostgreSQL at {where} does not answer",
            "Alerts flow on with the cached rules; history waits in the journal, rules cannot change.",
            steps(
                "systemctl status postgresql   # on its host",
                "systemctl start postgresql   # MUTT reconnects by itself, its services need no restart",
                "mutt db status",
            ),
            "critical",
            "database",
            ("db.*", "journal", "cache.rules", "svc.webui", "ledger"),
            ("webui-ill",),
            "SO:1810-1825, TG:394-408",
        ),
        _db_away,
    ),
    Case(
        Cause(
            "db-login",
            "db",
            "PostgreSQL at {where} refuses MUTT's login",
            "Services that are connected go on; none can reconnect or start.",
            steps("mutt vault status", "mutt context check", "mutt vault set DB_PASS"),
            "critical",
            "database",
            ("db.*", "cache.rules", "svc.webui"),
            source="TG:402-408",
        ),
        _db_login,
    ),
    Case(
        Cause(
            "db-connections",
            "db",
            "PostgreSQL has hardly a connection left for MUTT",
            "Alerters go on with their cached rules; the web UI answers 503, history waits.",
            steps(
                "mutt db connections",
                "mutt db connections kill --idle-over 10m",
                "lower POSTGRES_POOL_MAX",
                "mutt generate pgbouncer",
            ),
            "critical",
            "database",
            ("db.connections", "db.ping", "svc.webui"),
            ("webui-ill",),
            "SO:1951-1990, TG:1076-1110",
        ),
        _db_connections,
    ),
    Case(
        Cause(
            "db-read-only",
            "db",
            "PostgreSQL takes no writes",
            "Rules cannot change; history waits in the journal until it is full, and then is left out.",
            steps(
                "mutt db status",
                "set POSTGRES_HOST to the primary if this is a replica",
                "ALTER DATABASE mutt RESET default_transaction_read_only;  -- as its owner",
            ),
            "critical",
            "database",
            ("db.ping", "journal", "cache.rules"),
        ),
        _db_read_only,
    ),
    Case(
        Cause(
            "db-schema",
            "db",
            "the schema of PostgreSQL is older than this release",
            "Services of this release do not start, or fail on what is missing.",
            steps("mutt backup create", "mutt db migrate --dry-run", "mutt db migrate"),
            "critical",
            "database",
            ("db.schema", "db.partition", "svc.*", "cache.rules"),
            ("index-missing",),
        ),
        _db_schema,
    ),
    Case(
        Cause(
            "partition-missing",
            "partition",
            "the history has no partitions for the next days",
            "Its rows go to the default partition, which no retention drops; nothing is lost.",
            steps(safe=("mutt db partition create",)),
            "critical",
            "database",
            ("db.partition",),
            source="TG:1176-1190",
        ),
        _partition,
    ),
    Case(
        Cause(
            "index-missing",
            "db",
            "indexes of the schema are missing or broken",
            "Searches read whole tables, and hold up who writes; nothing is lost.",
            steps("mutt db index list", "mutt db index create"),
            "warning",
            "database",
            source="TG:1112-1175",
        ),
        _indexes,
    ),
    Case(
        Cause(
            "db-judged",
            "db",
            "PostgreSQL: {about} is not as it should be",
            "History, rules and pages are slower than they could be, or less safe.",
            steps("{first}", "mutt db status"),
            "warning",
            "database",
            source="TG:1112-1210",
        ),
        _db_judged,
    ),
)
