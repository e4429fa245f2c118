"""What an operator does with the database itself: bring it up to date, and see how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import history_partitions, migrations
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core import partitions

if TYPE_CHECKING:
    from datetime import date, datetime

    from mutt_cli.adapters.postgres import Connection


@dataclass(frozen=True)
class MigrateResult:
    """What was done: migrations as `0002 create_rules`, partitions by table name; both empty if all was there."""

    version: int
    applied: tuple[str, ...]
    partitions: tuple[str, ...]


@dataclass(frozen=True)
class DatabaseStatus:
    """How the database is, compared with what this release needs."""

    server_version: str
    size_bytes: int
    connections: int
    max_connections: int
    schema_version: int
    """The newest that is applied; 0 if none."""
    schema_applied_at: datetime | None
    code_version: int
    """The newest that this release brings."""
    pending: tuple[str, ...]
    partitions: tuple[partitions.Partition, ...]
    missing_partitions: tuple[str, ...]
    rejected_records: int
    rules_revision: int


def migrate(conn: Connection, today: date) -> MigrateResult:
    """Apply what is missing and make the partitions of the next days. Errors as `adapters.migrations.migrate`."""
    applied = migrations.migrate(conn)
    made = history_partitions.ensure_partitions(conn, today)
    version = max(row.version for row in migrations.applied(conn))
    return MigrateResult(version, tuple(map(_label, applied)), tuple(made))


def status(conn: Connection, today: date) -> DatabaseStatus:
    """The state at one moment; also of a database that was never migrated. Raises MUTT-P201 for a changed file."""
    with read_only(conn):
        there = migrations.applied(conn)
        files = migrations.shipped()
        server_version, size_bytes, connections, max_connections = _one(conn, "database_facts")
        ready = bool(there) and not migrations.pending(there, files)
        days = history_partitions.existing(conn) if ready else []
        return DatabaseStatus(
            server_version=server_version,
            size_bytes=size_bytes,
            connections=connections,
            max_connections=max_connections,
            schema_version=max((row.version for row in there), default=0),
            schema_applied_at=max((row.applied_at for row in there), default=None),
            code_version=max((file.version for file in files), default=0),
            pending=tuple(map(_label, migrations.pending(there, files))),
            partitions=tuple(days),
            missing_partitions=tuple(p.name for p in partitions.missing(days, today)) if ready else (),
            rejected_records=_one(conn, "history_rejects")[0] if ready else 0,
            rules_revision=_one(conn, "rules_revision")[0] if ready else 0,
        )


def _label(migration: migrations.Migration) -> str:
    return f"{migration.version:04} {migration.name}"


def _one(conn: Connection, name: str) -> tuple[Any, ...]:
    row = conn.execute(query(name)).fetchone()
    return () if row is None else tuple(row)
