"""What a PostgreSQL says of itself, as far as our role may see it; what it may not see is None, and no failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from mutt_cli.adapters.queries import query
from mutt_cli.core.database_judgement import KEPT_STATEMENTS, SLOW_S, Setting, Slots, Table, without_literals

if TYPE_CHECKING:
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection

SETTINGS: Final = (
    "shared_buffers", "effective_cache_size", "work_mem", "max_connections", "fsync", "full_page_writes",
    "synchronous_commit", "autovacuum", "log_statement", "log_duration", "log_min_duration_statement",
)  # fmt: skip
_UNITS: Final = {"B": 1, "kB": 1 << 10, "8kB": 8 << 10, "MB": 1 << 20, "GB": 1 << 30}


@dataclass(frozen=True)
class Rights:
    """What our role may do beyond its own."""

    role: str
    sees_all: bool
    """Whether it sees what sessions of other roles do (pg_read_all_stats)."""
    may_signal: bool
    may_maintain: bool


@dataclass(frozen=True)
class Server:
    """What a snapshot has of the server. `read_only`: a replica, or one that is told to take no writes."""

    version: str
    at: datetime
    connections: int
    most: int
    reserved: int
    """Of `most`, for superusers and reserved roles."""
    read_only: bool


@dataclass(frozen=True)
class Session:
    """One client of the server. `state` None: of another role, and hidden."""

    pid: int
    started_at: datetime
    application: str
    user: str
    database: str
    state: str | None
    in_state_s: float | None
    transaction_s: float | None
    own: bool
    """Whether it is the session that asks."""
    here: bool
    """Whether it is in our data base."""
    waits_for_lock: bool


@dataclass(frozen=True)
class Statement:
    """A statement without its literals. `calls` and `mean_s` are None for one that runs at this moment."""

    text: str
    longest_s: float
    calls: int | None = None
    mean_s: float | None = None
    application: str = ""


def rights(conn: Connection) -> Rights:
    """Of the role we are connected as."""
    return Rights(*_row(conn, "db_rights"))


def sessions(conn: Connection) -> list[Session]:
    """Every client of the server."""
    return [Session(*row) for row in conn.execute(query("db_sessions"))]


def slots(conn: Connection, used: int) -> Slots:
    """Connections of the server against its limit."""
    most, for_superusers, reserved, _ = _row(conn, "db_limits")
    return Slots(used, most, for_superusers + reserved)


def database_name(conn: Connection) -> str:
    """Where we are connected to."""
    return str(_row(conn, "db_limits")[3])


def end_session(conn: Connection, session: Session, idle_s: float) -> bool:
    """End it if it is still the same and idle for so long. Raises psycopg's InsufficientPrivilege as DatabaseError."""
    values = {
        "pid": session.pid, "started_at": session.started_at, "application": session.application, "idle_s": idle_s,
    }  # fmt: skip
    row = conn.execute(query("db_end_session"), values).fetchone()
    return row is not None and bool(row[0])


def server(conn: Connection) -> Server:
    """The server in one row."""
    version, at, connections, most, reserved, read_only = _row(conn, "db_server")
    return Server(version, at, connections, most, reserved, read_only)


def settings(conn: Connection) -> dict[str, Setting]:
    """Those of SETTINGS that the role may see."""
    found = {}
    for name, text, unit, context, _pending in conn.execute(query("db_settings"), {"names": list(SETTINGS)}):
        size = int(text) * _UNITS[unit] if unit in _UNITS else None
        found[name] = Setting(text, size, context == "postmaster")
    return found


def replication(conn: Connection) -> tuple[bool, int, float | None]:
    """Whether this is a replica, how many replicas it has, and how far behind the last one is, in seconds."""
    is_replica, replicas, lag = _row(conn, "db_replication")
    return bool(is_replica), int(replicas), lag


def tables(conn: Connection) -> list[Table]:
    """Ours, the largest first."""
    return [Table(*row) for row in conn.execute(query("db_tables"))]


def slow_statements(conn: Connection) -> list[Statement] | None:
    """Those above the limit on average, the slowest first; None if the server keeps no statistics we may see."""
    row = conn.execute(query("db_statements_extension")).fetchone()
    if row is None:
        return None
    asked = sql.SQL(
        "SELECT query, calls, mean_exec_time / 1000, max_exec_time / 1000 FROM {}"
        " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mean_exec_time > {}"
        " AND query NOT LIKE '%pg_stat_statements%' ORDER BY mean_exec_time DESC LIMIT {}"
    ).format(sql.Identifier(row[0], "pg_stat_statements"), sql.Literal(SLOW_S * 1000), sql.Literal(KEPT_STATEMENTS))
    try:
        with conn.transaction():
            rows = conn.execute(asked).fetchall()
    except psycopg.errors.Error as error:
        if error.sqlstate is None or not error.sqlstate.startswith(("42", "55")):
            raise
        return None  # not preloaded, or not for our role
    return [Statement(without_literals(text or ""), longest, calls, mean) for text, calls, mean, longest in rows]


def running_statements(conn: Connection) -> list[Statement]:
    """Those of our data base that have run for more than a second."""
    rows = conn.execute(query("db_running")).fetchall()
    return [Statement(without_literals(text or ""), seconds, application=name) for name, seconds, text in rows]


def _row(conn: Connection, name: str) -> tuple[Any, ...]:
    row = conn.execute(query(name)).fetchone()
    return tuple(row) if row else ()
