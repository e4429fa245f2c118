"""Indexes of our tables: read, built without holding up writers, and what a broken build left behind.

CREATE INDEX CONCURRENTLY runs outside a transaction, and one that did not end leaves an invalid index of that name,
which `IF NOT EXISTS` would take for the real one. A partitioned table cannot be built so in one statement: the index
is made empty on the table alone, built on each partition, and each is attached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from mutt_cli.adapters.queries import query
from mutt_cli.core.indexes import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.indexes import Wanted

_LONGEST_NAME: Final = 63
"""Bytes of a name that PostgreSQL keeps."""


def existing(conn: Connection) -> dict[str, Index]:
    """Indexes of our tables by name; those of partitions are part of their table's."""
    return {row[0]: Index(*row) for row in conn.execute(query("db_indexes"))}


def create(conn: Connection, wanted: Wanted, found: Index | None, *, partitioned: bool) -> None:
    """Build one index. Readers and writers of the table go on; it may take long. Raises DatabaseError."""
    if partitioned:
        _create_on_parts(conn, wanted, there=found is not None)
        return
    if found is not None:
        conn.execute(_statement("DROP INDEX CONCURRENTLY IF EXISTS {name}", wanted.name))
    conn.execute(_built("CREATE {unique} INDEX CONCURRENTLY {name} ON {table} ", wanted, wanted.name, wanted.table))


def drop(conn: Connection, name: str, *, partitioned: bool) -> None:
    """Remove an index. Of a partitioned table it holds up everybody for a moment."""
    how = "DROP INDEX IF EXISTS {name}" if partitioned else "DROP INDEX CONCURRENTLY IF EXISTS {name}"
    conn.execute(_statement(how, name))


def is_partitioned(conn: Connection, table: str) -> bool:
    """Whether a table has partitions."""
    row = conn.execute(b"SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", (table,)).fetchone()
    return bool(row and row[0])


def _create_on_parts(conn: Connection, wanted: Wanted, *, there: bool) -> None:
    if not there:
        conn.execute(_built("CREATE {unique} INDEX {name} ON ONLY {table} ", wanted, wanted.name, wanted.table))
    asked = {"table": wanted.table, "index": wanted.name}
    for (part,) in conn.execute(query("db_partitions_without_index"), asked).fetchall():
        name = f"{part}_{wanted.name}"[:_LONGEST_NAME]
        if _is_valid(conn, name) is not True:
            conn.execute(_statement("DROP INDEX CONCURRENTLY IF EXISTS {name}", name))
            conn.execute(_built("CREATE {unique} INDEX CONCURRENTLY {name} ON {table} ", wanted, name, part))
        with conn.transaction():
            conn.execute(b"SET LOCAL lock_timeout = '5s'")
            attach = sql.SQL("ALTER INDEX {} ATTACH PARTITION {}")
            conn.execute(attach.format(sql.Identifier(wanted.name), sql.Identifier(name)))


def _is_valid(conn: Connection, name: str) -> bool | None:
    row = conn.execute(query("db_index_is_valid"), {"index": name}).fetchone()
    return None if row is None else bool(row[0])


def analyze(conn: Connection, table: str) -> str:
    """Fresh statistics of one table; returns what the server said against it, or nothing."""
    said: list[str] = []

    def heard(notice: psycopg.errors.Diagnostic) -> None:
        said.append(notice.message_primary or "")

    conn.add_notice_handler(heard)
    try:
        conn.execute(_statement("ANALYZE {name}", table))
    finally:
        conn.remove_notice_handler(heard)
    return "; ".join(said)


def explain(conn: Connection, statement: bytes, values: dict[str, object]) -> Sequence[str]:
    """The plan of a statement, which is not run."""
    return [row[0] for row in conn.execute(b"EXPLAIN " + statement, values)]


def _statement(text: str, name: str) -> sql.Composed:
    return sql.SQL(text).format(name=sql.Identifier(name))


def _built(text: str, wanted: Wanted, name: str, table: str) -> sql.Composed:
    """The definition comes from our own migrations, never from outside."""
    unique = sql.SQL("UNIQUE" if wanted.unique else "")
    head = sql.SQL(text).format(unique=unique, name=sql.Identifier(name), table=sql.Identifier(table))
    return head + sql.SQL(wanted.definition)
