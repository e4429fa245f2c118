"""What an operator does with the database itself: reach it, bring it up to date, and see how it is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import history_partitions, migrations, postgres
from mutt_cli.adapters.postgres import DatabaseError, read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core import partitions
from mutt_cli.errors import AuthError, ConfigError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from mutt_cli.adapters.migrations import Applied, Migration
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings


@dataclass(frozen=True)
class MigrateResult:
    """What was done: migrations as `0002 create_rules`, partitions by table name; both empty if all was there."""

    version: int
    applied: tuple[str, ...]
    partitions: tuple[str, ...]


@dataclass(frozen=True)
class MigrationPlan:
    """What a migration would do. `waits_for` are transactions on tables that hold it up: application and seconds."""

    version: int
    """The newest that is applied; 0 if none."""
    pending: tuple[Migration, ...]
    waits_for: tuple[tuple[str, float], ...]


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
    """Of today and tomorrow: the historian makes them three days ahead, within the first hour of a day."""
    rejected_records: int
    rules_revision: int


@contextmanager
def opened(settings: Settings, application_name: str = "mutt") -> Iterator[Connection]:
    """A connection for one command. What the database says inside the block becomes a MuttError (MUTT-P1xx).

    The password is POSTGRES_PASSWORD, else DB_PASS in Vault, or DB_PASS_NEXT if that is refused. Who may not read
    Vault's credential connects without one: peer authentication and ~/.pgpass still work.
    """
    conn = _admitted(settings, application_name)
    try:
        yield conn
    except DatabaseError as error:
        raise postgres.explain(error, settings.postgres) from error
    finally:
        conn.close()


@contextmanager
def working(backends: Backends) -> Iterator[Connection]:
    """The command's own connection; what the database says inside the block becomes a MuttError (MUTT-P1xx)."""
    try:
        yield backends.postgres()
    except DatabaseError as error:
        raise postgres.explain(error, backends.settings.postgres) from error


def name_of(conn: Connection) -> str:
    """The data base that we are connected to."""
    return str(_one(conn, "db_limits")[3])


def server_id(conn: Connection) -> int:
    """What tells this server and its physical copies from every other; PostgreSQL makes it with the cluster."""
    with read_only(conn):
        row = conn.execute(query("db_server_id")).fetchone()
    return int(row[0]) if row else 0


def plan(conn: Connection, to: int | None = None) -> list[Migration]:
    """What `migrate` would apply, in order, up to version `to`. Raises MUTT-P201 for a changed file."""
    return migrations.pending(migrations.applied(conn), _up_to(to))


def plan_migration(conn: Connection, to: int | None = None) -> MigrationPlan:
    """What `migrate` would apply, and the lock check: who holds it up.

    Raises MUTT-P201 for a changed file, and MUTT-P203 if another migration is under way.
    """
    with read_only(conn):
        there = migrations.applied(conn)
        missing = migrations.pending(there, _up_to(to))
        holder = migrations.lock_holder(conn) if missing else None
        open_s = migrations.open_transactions(conn) if missing else []
    if holder is not None:
        raise RefusedError(
            f"another migration is under way: pid {holder}",
            code="MUTT-P203",
            why="Nothing was changed. Two migrations at once would wait for each other.",
            tries=("mutt db connections", "mutt db status", "try again when it has ended"),
        )
    return MigrationPlan(_newest(there), tuple(missing), tuple(open_s))


def migrate(conn: Connection, today: date, to: int | None = None) -> MigrateResult:
    """Apply what is missing and make the partitions of the next days. Errors as `adapters.migrations.migrate`."""
    done = migrations.migrate(conn, _up_to(to))
    there = migrations.applied(conn)
    complete = not migrations.pending(there, migrations.shipped())
    made = history_partitions.ensure_partitions(conn, today) if complete else []
    return MigrateResult(_newest(there), tuple(one.label for one in done), tuple(made))


def status(conn: Connection, today: date) -> DatabaseStatus:
    """The state at one moment; also of a database that was never migrated. Raises MUTT-P201 for a changed file."""
    with read_only(conn):
        there = migrations.applied(conn)
        files = migrations.shipped()
        missing = migrations.pending(there, files)
        server_version, size_bytes, connections, max_connections = _one(conn, "database_facts")
        days = history_partitions.existing(conn) if not missing else []
        return DatabaseStatus(
            server_version=server_version,
            size_bytes=size_bytes,
            connections=connections,
            max_connections=max_connections,
            schema_version=_newest(there),
            schema_applied_at=max((row.applied_at for row in there), default=None),
            code_version=files[-1].version,
            pending=tuple(one.label for one in missing),
            partitions=tuple(days),
            missing_partitions=() if missing else tuple(p.name for p in partitions.missing(days, today, ahead=1)),
            rejected_records=0 if missing else _one(conn, "history_rejects")[0],
            rules_revision=0 if missing else _one(conn, "rules_revision")[0],
        )


def _admitted(settings: Settings, application_name: str) -> Connection:
    *others, last = _passwords(settings)
    for password in others:
        try:
            return postgres.connect(settings.postgres, password, application_name)
        except AuthError as error:
            if not postgres.wants_other_password(error):
                raise
    return postgres.connect(settings.postgres, last, application_name)


def _passwords(settings: Settings) -> tuple[str, ...]:
    """At least one, which may be empty."""
    if settings.postgres.password or not settings.vault.addr:
        return (settings.postgres.password,)
    from mutt_cli.adapters.vault import VaultSession  # noqa: PLC0415  hvac costs 100 ms where Vault is not asked

    session = VaultSession(settings.vault)
    try:
        session.login()
    except ConfigError:
        return ("",)
    return session.read_secrets(()).accepted("DB_PASS") or ("",)


def _up_to(to: int | None) -> Sequence[Migration]:
    return [one for one in migrations.shipped() if to is None or one.version <= to]


def _newest(there: Sequence[Applied]) -> int:
    return max((row.version for row in there), default=0)


def _one(conn: Connection, name: str) -> tuple[Any, ...]:
    row = conn.execute(query(name)).fetchone()
    return () if row is None else tuple(row)
