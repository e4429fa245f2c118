"""Makes tomorrow's partitions of the history and drops what retention no longer keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from mutt_cli.adapters.migrations import LOCK_SPACE
from mutt_cli.adapters.queries import query
from mutt_cli.core import partitions
from mutt_cli.core.partitions import Partition

if TYPE_CHECKING:
    from datetime import date

    from mutt_cli.adapters.postgres import Connection


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
    with conn.transaction():
        _take_lock(conn)
        wanted = partitions.missing(existing(conn), today)
        for partition in wanted:
            _make(conn, partition)
    return [partition.name for partition in wanted]


def drop_partitions(conn: Connection, today: date, *, days: int, raw_days: int, max_bytes: int = 0) -> list[str]:
    """Drop what is older than `days` (payloads: `raw_days`) or beyond `max_bytes` (0 = no limit); returns the names.

    Rows of that age in DEFAULT and old rejects go too. Errors as `ensure_partitions`; each drop is its own
    transaction, so what was dropped before an error stays dropped.
    """
    doomed = partitions.to_drop(existing(conn), today, days=days, raw_days=raw_days, max_bytes=max_bytes)
    for partition in doomed:
        with conn.transaction():
            _take_lock(conn)
            conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(partition.name)))
    for table in partitions.TABLES:
        first = Partition(partitions.first_kept_day(table, today, days=days, raw_days=raw_days), partitions.HISTORY)
        _delete_before(conn, f"{table}_default", "recorded_at", first)
    first = Partition(partitions.first_kept_day(partitions.HISTORY, today, days=days, raw_days=raw_days), "")
    _delete_before(conn, "event_history_rejects", "rejected_at", first)
    return [partition.name for partition in doomed]


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


def _delete_before(conn: Connection, table: str, column: str, first: Partition) -> None:
    conn.execute(
        sql.SQL("DELETE FROM {} WHERE {} < {}").format(
            sql.Identifier(table), sql.Identifier(column), sql.Literal(first.bounds[0])
        )
    )
