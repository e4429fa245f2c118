"""Brings a database to the schema of this release: expand-only SQL files, applied in order, each exactly once.

All that is missing is applied in one transaction under an advisory lock of that transaction, so it works through
PgBouncer, two at once do not collide, and a failure leaves nothing behind. A newer database is left alone: the
previous release runs on it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

import psycopg

from mutt_cli.adapters.queries import query, sql_folder
from mutt_cli.errors import MuttError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection

_FILE_NAME: Final = re.compile(r"(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)+)\.sql")
LOCK_SPACE: Final = 0x4D555454
"""First number of MUTT's advisory locks; the second is 1 for migrations, 2 for partitions."""


@dataclass(frozen=True)
class Migration:
    """One file: `0002_create_rules.sql`."""

    version: int
    name: str
    sql: bytes

    @property
    def checksum(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.sql).hexdigest()

    @property
    def label(self) -> str:
        """For people: `0002 create_rules`."""
        return f"{self.version:04} {self.name}"


@dataclass(frozen=True)
class Applied:
    """One row of `schema_version`."""

    version: int
    name: str
    applied_at: datetime
    checksum: str


def shipped(folder: Path | None = None) -> tuple[Migration, ...]:
    """The migrations of this release in order. Raises ValueError for a name out of pattern or a doubled number."""
    found: dict[int, Migration] = {}
    for path in sorted((folder or sql_folder() / "migrations").iterdir()):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) in found:
            raise ValueError(f"{path.name}: a migration is NNNN_verb_noun.sql with a number of its own")
        found[int(match[1])] = Migration(int(match[1]), match[2], path.read_bytes())
    return tuple(found.values())


def applied(conn: Connection) -> tuple[Applied, ...]:
    """What this database has, in the order of versions; nothing if it was never migrated."""
    row = conn.execute(b"SELECT to_regclass('public.schema_version') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return ()
    rows = conn.execute(b"SELECT version, name, applied_at, checksum FROM public.schema_version ORDER BY version")
    return tuple(Applied(version, name, at.astimezone(UTC), checksum) for version, name, at, checksum in rows)


def pending(there: Sequence[Applied], migrations: Sequence[Migration]) -> list[Migration]:
    """What is missing. Raises MUTT-P201 if a file changed after it was applied."""
    known = {row.version: row for row in there}
    for migration in migrations:
        row = known.get(migration.version)
        if row is not None and row.checksum != migration.checksum:
            raise RefusedError(
                f"migration {migration.label} differs from what was applied at {row.applied_at:%Y-%m-%dT%H:%M:%SZ}",
                code="MUTT-P201",
                why="The schema in the database is not the one this release believes in.",
                tries=("mutt db status", "install the release again, or restore the file"),
            )
    return [migration for migration in migrations if migration.version not in known]


def lock_holder(conn: Connection) -> int | None:
    """The process that holds the lock of migrations in this data base, by its pid; None if nobody does."""
    row = conn.execute(query("migration_lock_holder"), {"space": LOCK_SPACE}).fetchone()
    return None if row is None else int(row[0])


def open_transactions(conn: Connection) -> list[tuple[str, float]]:
    """Transactions of others that hold locks on our tables: application, and for how many seconds they are open."""
    return [(name, seconds) for name, seconds in conn.execute(query("migration_waits_for"))]


def migrate(
    conn: Connection, migrations: Sequence[Migration] | None = None, *, lock_timeout_ms: int = 30_000
) -> list[Migration]:
    """Apply what is missing and return it. Raises MUTT-P201 (changed file), P202 (SQL failed), P203 (lock)."""
    files = shipped() if migrations is None else migrations
    with conn.transaction():
        # TimeZone is for the messages only; search_path keeps the tables out of a schema named like the role.
        conn.execute(
            b"SET LOCAL search_path = public; SET LOCAL TimeZone = 'UTC'; SET LOCAL lock_timeout = %d" % lock_timeout_ms
        )
        try:
            conn.execute(b"SELECT pg_advisory_xact_lock(%s, 1)", (LOCK_SPACE,))
        except psycopg.errors.LockNotAvailable as error:
            raise _locked(lock_timeout_ms) from error
        missing = pending(applied(conn), files)
        for migration in missing:
            _apply(conn, migration, lock_timeout_ms)
    return missing


def _apply(conn: Connection, migration: Migration, lock_timeout_ms: int) -> None:
    try:
        conn.execute(migration.sql)
    except psycopg.errors.LockNotAvailable as error:
        raise _locked(lock_timeout_ms) from error
    except psycopg.errors.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
            raise  # The server went away: nothing is wrong with the file.
        raise MuttError(
            f"migration {migration.label} failed: {' '.join(str(error).split())}",
            code="MUTT-P202",
            why="Nothing was changed: all migrations of one run are one transaction.",
            tries=("mutt db status", "run it as the owner of the tables"),
        ) from error
    conn.execute(
        b"INSERT INTO schema_version (version, name, checksum) VALUES (%s, %s, %s)",
        (migration.version, migration.name, migration.checksum),
    )


def _locked(lock_timeout_ms: int) -> MuttError:
    return RefusedError(
        f"waited {lock_timeout_ms / 1000:g} s for a lock that another migration or a long transaction holds",
        code="MUTT-P203",
        why="Nothing was changed.",
        tries=("mutt db connections", "try again"),
    )
