"""Every table of ours for a backup: the rows as COPY writes them, all from one moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg import sql

from mutt_cli.adapters.queries import query
from mutt_cli.core.backup import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.postgres import Connection

# One way to write a value, whatever the role or the server prefers.
_ONE_MOMENT: Final = (
    b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL TimeZone = 'UTC';"
    b" SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;"
    b" SET LOCAL statement_timeout = 0"
)
_BATCH_BYTES: Final = 1 << 18


@contextmanager
def one_moment(conn: Connection) -> Iterator[None]:
    """All reading within the block sees the same moment."""
    with conn.transaction():
        conn.execute(_ONE_MOMENT)
        yield


def size_bytes(conn: Connection) -> int:
    """What all tables take, indexes left out."""
    row = conn.execute(query("backup_size"), {"tables": list(TABLES)}).fetchone()
    return int(row[0]) if row else 0


def identity(conn: Connection) -> tuple[str, str]:
    """The name of the data base and the server's release."""
    row = conn.execute(query("backup_identity")).fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")


def columns(conn: Connection, table: str) -> tuple[str, ...]:
    """The columns of a table, in its own order."""
    found = conn.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table)))
    return tuple(one.name for one in found.description or ())


def rows(conn: Connection, table: str, names: tuple[str, ...]) -> Iterator[list[str]]:
    """Its rows in batches of about 256 KB, each a line of COPY's text format without its end."""
    listed = sql.SQL(", ").join(sql.Identifier(one) for one in names)
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(listed, sql.Identifier(table))
    batch, size, rest = list[str](), 0, b""
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in copy:
            *whole, rest = (rest + bytes(chunk)).split(b"\n")
            batch += [one.decode() for one in whole]
            size += len(chunk)
            if size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
    yield batch
