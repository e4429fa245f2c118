"""Makes tomorrow's partitions of the history and drops what retention no longer keeps."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg import sql

from mutt_cli.adapters.migrations import LOCK_SPACE
from mutt_cli.adapters.postgres import ended_if_still
from mutt_cli.adapters.queries import query
from mutt_cli.core import partitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.partitions import Partition, Stale

BATCH: Final = 10_000
"""Rows that one transaction deletes."""


def existing(conn: Connection) -> list[Partition]:
    """Our daily partitions with their sizes; DEFAULT and what was made by hand is left out."""
    found = (partitions.parse(name, size) for name, size in conn.execute(query("history_partitions")))
    return [partition for partition in found if partition is not None]


def ensure_partitions(conn: Connection, today: date) -> list[str]:
    """Make the partitions from today to three days ahead that are missing; returns their names.

    Rows that meanwhile went to DEFAULT move into the new partition. Raises LockNotAvailable (a DatabaseError)
    after 5 s behind a long query; nothing is urgent about it, so call again later.
    """
    if not partitions.missing(existing(conn), today):
        return []
    with _locked(conn):
        wanted = partitions.missing(existing(conn), today)
        for partition in wanted:
            _make(conn, partition)
    return [partition.name for partition in wanted]


def agreed_day(conn: Connection, today: date) -> date | None:
    """The day by which old ones may be dropped: the earlier of this host's and the server's, both in UTC.

    None where they lie more than a day apart: by a clock that runs ahead all of the history would be old.
    """
    row = conn.execute(b"SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date").fetchone()
    theirs: date = row[0] if row else today
    return min(today, theirs) if abs((today - theirs).days) <= 1 else None


def drop_partitions(conn: Connection, today: date, *, days: int, raw_days: int, max_bytes: int = 0) -> list[str]:
    """Drop what is older than `days` (payloads: `raw_days`) or beyond `max_bytes` (0 = no limit); returns the names.

    Rows of that age in DEFAULT and old rejects go too. Errors as `ensure_partitions`; each drop is its own
    transaction, so what was dropped before an error stays dropped.
    """
    doomed = partitions.to_drop(existing(conn), today, days=days, raw_days=raw_days, max_bytes=max_bytes)
    for partition in doomed:
        drop(conn, partition)
    for stale in partitions.stale_rows(today, days=days, raw_days=raw_days):
        while delete_batch(conn, stale) == BATCH:
            pass
    return [partition.name for partition in doomed]


def make(conn: Connection, partition: Partition) -> bool:
    """Make one partition in a transaction of its own; False if it is there. Errors as `ensure_partitions`."""
    with _locked(conn):
        if partition.name in {one.name for one in existing(conn)}:
            return False
        _make(conn, partition)
        return True


def make_missing(conn: Connection, wanted: Iterable[Partition]) -> None:
    """Make those that are not there, within the caller's transaction. Errors as `ensure_partitions`."""
    _take_lock(conn)
    there = {one.name for one in existing(conn)}
    for partition in sorted(set(wanted)):
        if partition.name not in there:
            _make(conn, partition)


def drop(conn: Connection, partition: Partition, rows: int | None = None) -> bool:
    """Drop one partition in a transaction of its own. Errors as `ensure_partitions`.

    With `rows`, only if it has exactly so many rows: False otherwise. They are counted before anybody is held up, and
    again while nobody can write.
    """
    if rows is not None and count_rows(conn, partition.name) != rows:
        return False
    with _locked(conn):
        if rows is not None:  # in the order in which a writer takes them, the table before its part
            lock = sql.SQL("LOCK TABLE ONLY {}, {} IN ACCESS EXCLUSIVE MODE")
            conn.execute(lock.format(sql.Identifier(partition.table), sql.Identifier(partition.name)))
            if count_rows(conn, partition.name) != rows:
                return False
        conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(partition.name)))
        return True


def count_rows(conn: Connection, name: str) -> int:
    """Rows of one table, all of them read."""
    row = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
    return int(row[0]) if row else 0


def described(conn: Connection) -> list[tuple[str, str, int, int]]:
    """Every part of the history with DEFAULT: its name, its table, bytes, and about how many rows."""
    return [(name, table, size, rows) for name, table, size, rows in conn.execute(query("db_partitions"))]


def count_stale(conn: Connection, stale: Stale) -> int:
    """Rows that are older than retention keeps, outside the partitions."""
    asked = sql.SQL("SELECT count(*) FROM {} WHERE {} < {}").format(*_words(stale))
    row = conn.execute(asked).fetchone()
    return int(row[0]) if row else 0


def delete_batch(conn: Connection, stale: Stale) -> int:
    """Delete some of them, at most BATCH, in a transaction of their own; returns how many."""
    table, column, limit = _words(stale)
    deleted = sql.SQL(
        "DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {column} < {limit} LIMIT {most}))"
    ).format(table=table, column=column, limit=limit, most=sql.Literal(BATCH))
    with conn.transaction():
        return conn.execute(deleted).rowcount


def _words(stale: Stale) -> tuple[sql.Identifier, sql.Identifier, sql.Literal]:
    return sql.Identifier(stale.table), sql.Identifier(stale.column), sql.Literal(stale.before)


@contextmanager
def _locked(conn: Connection) -> Iterator[None]:
    """A transaction in which nobody else makes or drops days."""
    with conn.transaction():
        ended_if_still(conn)
        _take_lock(conn)
        yield


def _take_lock(conn: Connection) -> None:
    # A waiting ACCESS EXCLUSIVE lock holds up every reader behind it: give up soon.
    conn.execute(b"SET LOCAL lock_timeout = '5s'")
    conn.execute(b"SELECT pg_advisory_xact_lock(%s, 2)", (LOCK_SPACE,))


def _make(conn: Connection, partition: Partition) -> None:
    """ATTACH instead of PARTITION OF: DEFAULT may hold rows of that day, and the parent stays readable."""
    low, high = partition.bounds
    words = {
        "parent": sql.Identifier(partition.table),
        "default": sql.Identifier(f"{partition.table}_default"),
        "name": sql.Identifier(partition.name),
        "key": sql.Identifier(partition.key),
        "low": sql.Literal(low),
        "high": sql.Literal(high),
    }
    for statement in (
        sql.SQL("CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"),
        sql.SQL("LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE"),
        sql.SQL(
            "WITH moved AS (DELETE FROM {default} WHERE {key} >= {low} AND {key} < {high} RETURNING *)"
            " INSERT INTO {name} SELECT * FROM moved"
        ),
        sql.SQL("ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})"),
    ):
        conn.execute(statement.format(**words))
