"""The rows of a backup in the place of those that are there: one transaction, or nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from mutt_cli.adapters import history_partitions
from mutt_cli.adapters.migrations import LOCK_SPACE
from mutt_cli.adapters.queries import query
from mutt_cli.core.backup import MERGED, REPLACED, TABLES, WATCHED
from mutt_cli.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.partitions import Partition

_SETTINGS: Final = (
    b"SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0;"
    b" SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'"
)


@contextmanager
def alone(conn: Connection) -> Iterator[None]:
    """One transaction for all that is put back. Raises RefusedError MUTT-G019 while somebody else puts back."""
    try:
        with conn.transaction():
            conn.execute(_SETTINGS)
            row = conn.execute(b"SELECT pg_try_advisory_xact_lock(%s, 4)", (LOCK_SPACE,)).fetchone()
            if not (row and row[0]):
                raise RefusedError(
                    "somebody else is putting a backup back here", code="MUTT-G019",
                    why="two at once would leave a mixture", tries=("mutt op list --since 1h",),
                )  # fmt: skip
            yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        said = " ".join(str(error).split())
        raise UsageError(
            f"the database does not take this: {said}", code="MUTT-P302", why="Nothing was changed."
        ) from error


def lock(conn: Connection) -> None:
    """From now on nobody else changes what is replaced. Raises LockNotAvailable (a DatabaseError) after 10 s."""
    conn.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(_listed(REPLACED)))


def note(conn: Connection, operation: str, *, voids: Collection[str] = (), since: str = "", undoes: str = "") -> None:
    """Let the operation know that all was put back, in the same transaction. Raises RefusedError MUTT-G003.

    `voids`: commands whose operations since then are undone by it. `undoes`: the operation whose voids end.
    """
    if conn.execute(query("restore_noted"), {"id": operation}).rowcount != 1:
        raise RefusedError(
            f"{operation} is not recorded in this data base", code="MUTT-G003",
            why="nothing was replaced: nobody could take it back", tries=("mutt db status",),
        )  # fmt: skip
    if undoes:
        conn.execute(query("restore_unvoids"), {"id": undoes})
    else:
        conn.execute(query("restore_voids"), {"id": operation, "since": since, "commands": list(voids)})


def other_lanes(conn: Connection, lane: str) -> list[str]:
    """REDIS_KEY_TAG of others that keep their ledger here."""
    return [str(name) for (name,) in conn.execute(query("restore_lanes"), {"lane": lane})]


def empty(conn: Connection, days: Iterable[Partition]) -> int:
    """Take out what is replaced, and make room for what comes; returns the revision that the rules had.

    Triggers rest until `finish`: the audit and the versions of what comes are in the file.
    """
    row = conn.execute(query("rules_revision")).fetchone()
    for table in WATCHED:
        conn.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    conn.execute(sql.SQL("TRUNCATE {}").format(_listed(REPLACED)))
    for table in MERGED:
        words = {"beside": sql.Identifier(_beside(table)), "table": sql.Identifier(table)}
        made = sql.SQL("CREATE TEMP TABLE {beside} (LIKE {table} INCLUDING DEFAULTS) ON COMMIT DROP")
        conn.execute(made.format(**words))
    history_partitions.make_missing(conn, days)
    return int(row[0]) if row else 0


def load(conn: Connection, table: str, columns: Iterable[str], batches: Iterable[list[str]]) -> int:
    """Put rows into one table, as `COPY` wrote them; what the schema has beyond `columns` gets its default.

    Returns how many. Tables that nobody puts back are read over.
    """
    if table not in (*REPLACED, *MERGED):
        return sum(map(len, batches))
    target = _beside(table) if table in MERGED else table
    listed = _listed(columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(target), listed)
    count = 0
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for rows in batches:
            copy.write("".join(f"{row}\n" for row in rows).encode())
            count += len(rows)
    return count


def finish(conn: Connection, head: Mapping[str, Any], revision: int) -> None:
    """Merge what is kept, let numbers go on where they are higher, and let the triggers work again."""
    for table, column in conn.execute(query("restore_identities"), {"tables": list(TABLES)}).fetchall():
        beside = _beside(table) if table in MERGED else table
        words = {"table": sql.Identifier(table), "beside": sql.Identifier(beside), "column": sql.Identifier(column)}
        raised = sql.SQL(
            "SELECT setval(pg_get_serial_sequence({name}, {text}), greatest(nextval(pg_get_serial_sequence({name},"
            " {text})), (SELECT max({column}) FROM {table}), (SELECT max({column}) FROM {beside})))"
        )
        conn.execute(raised.format(name=sql.Literal(table), text=sql.Literal(column), **words))
    conn.execute(query("restore_operations"), {"made_by": head.get("operation"), "at": head.get("created_at")})
    conn.execute(query("restore_slices"))
    conn.execute(query("restore_audit"))
    conn.execute(query("restore_revision"), {"revision": revision})
    for table in WATCHED:
        conn.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))


def marks(conn: Connection) -> list[Any]:
    """What is different as soon as an event is decided, a minute folded, or a rule changed."""
    return list(conn.execute(query("restore_marks")).fetchone() or ())


def last(conn: Connection) -> tuple[str, datetime, str] | None:
    """The last restore that stands: its id, when it ended, and the backup of what was there before."""
    row = conn.execute(query("restore_last")).fetchone()
    return (str(row[0]), row[1], str(row[2])) if row else None


def daemons(conn: Connection) -> list[str]:
    """Daemons with a session in this data base, as they call themselves; others than ours are not seen."""
    return [str(name) for (name,) in conn.execute(query("restore_daemons"))]


def _listed(tables: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, tables))


def _beside(table: str) -> str:
    return f"restored_{table}"
