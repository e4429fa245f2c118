"""Connections to PostgreSQL that also work through PgBouncer in transaction mode.

No session state: no prepared statements on the server, no `options`, no LISTEN; what a transaction needs it sets
within itself. Connections are in autocommit mode, so a transaction is always a visible `with conn.transaction()`.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from mutt_cli.errors import AuthError, MuttError, RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from mutt_cli.adapters.rotating_secret import RotatingSecret
    from mutt_cli.settings.stores import Postgres

Connection = psycopg.Connection[TupleRow]
Pool = ConnectionPool[Connection]
DatabaseError = psycopg.Error
"""Whatever the driver raises; for callers that may not import it."""

CONNECT_TIMEOUT_S: Final = 3
READ_TIMEOUT_MS: Final = 2000
"""One back-end call of a command is bounded by 2 s (D37)."""
STANDSTILL_MS: Final = 10_000
"""A transaction that changes something and then hears nothing from its process for so long is rolled back."""

# libpq gives failures of connecting no SQLSTATE, only text; English as servers log it, and PgBouncer's words.
_AUTH_WORDS: Final = (
    "authentication failed", "no pg_hba.conf entry", "no password supplied", "does not exist", "permission denied",
    "is not permitted to log in", "no such user", "no such database",
)  # fmt: skip
_ABOUT_IT: Final = ("password", "SASL authentication failed")
"""The words of refusals that another password could change: PostgreSQL's, and PgBouncer's after a wrong SCRAM proof."""
_FULL_WORDS: Final = (
    "too many clients", "remaining connection slots", "too many connections", "no more connections allowed",
    "query_wait_timeout",
)  # fmt: skip


def for_reading(settings: Postgres) -> Postgres:
    """Where to ask what may be moments old: the read replica, if there is one (C-98)."""
    return replace(settings, host=settings.read_host) if settings.read_host else settings


def connect(settings: Postgres, password: str, application_name: str) -> Connection:
    """A connection in autocommit mode. Raises MUTT-P101 (unreachable), P102 (login) or P103 (no free slot)."""
    try:
        return psycopg.connect(**_parameters(settings, password, application_name))
    except psycopg.OperationalError as error:
        raise explain(error, settings) from error


def connect_rotating(settings: Postgres, password: RotatingSecret, application_name: str) -> Connection:
    """As `connect`, with the password of now, and with the other one if that is refused."""
    return password.admitted(lambda value: connect(settings, value, application_name), wants_other_password)


def wants_other_password(error: Exception) -> bool:
    """Whether a login was refused in a way that another password could change."""
    return isinstance(error, (AuthError, psycopg.OperationalError)) and any(words in str(error) for words in _ABOUT_IT)


def make_pool(
    settings: Postgres,
    password: RotatingSecret,
    application_name: str,
    made: Callable[[Connection], None] | None = None,
) -> Pool:
    """A pool of `pool_min` to `pool_max` connections, not opened yet; it reconnects by itself, as `connect_rotating`.

    `made` is told of each connection before its first use.

    `pool.open()` returns at once; `pool.connection(timeout=...)` raises a DatabaseError that `explain` understands.
    """

    class Admitted(Connection):
        @classmethod
        def connect(cls, conninfo: str = "", **options: Any) -> Self:
            plain = super().connect
            made: Self = password.admitted(
                lambda value: plain(conninfo, **options | _login(value)), wants_other_password
            )
            return made

    return ConnectionPool(
        kwargs=_parameters(settings, "", application_name),
        connection_class=Admitted,
        min_size=min(settings.pool_min, settings.pool_max),
        max_size=settings.pool_max,
        check=ConnectionPool.check_connection,
        configure=made,
        name=application_name,
        timeout=READ_TIMEOUT_MS / 1000,
        # Else attempts that began in a long outage come back minutes after the server; callers begin new ones.
        reconnect_timeout=READ_TIMEOUT_MS / 1000,
        open=False,
    )


def cut(conn: Connection) -> None:
    """End a connection from another thread than the one that waits for its answer: that one gets a DatabaseError."""
    try:
        own = socket.socket(fileno=os.dup(conn.fileno()))
    except (OSError, psycopg.Error):
        return  # closed already
    with own, suppress(OSError):
        if not conn.closed:  # else the number of its file may be somebody else's by now
            own.shutdown(socket.SHUT_RDWR)


def is_idle(conn: Connection) -> bool:
    """Whether no statement and no transaction is under way on it."""
    return not conn.closed and conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@contextmanager
def read_only(conn: Connection, timeout_ms: int = READ_TIMEOUT_MS) -> Iterator[None]:
    """One consistent view of the database for the block; each statement is cancelled after `timeout_ms`."""
    with conn.transaction():
        conn.execute(
            b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = %d" % timeout_ms
        )
        yield


def at_once(
    conn: Connection, statement: bytes, values: Mapping[str, Any], timeout_ms: int = READ_TIMEOUT_MS
) -> psycopg.Cursor[TupleRow]:
    """One statement, cancelled after `timeout_ms`, and all of its transaction in one message to the server.

    A process that is stopped in the middle (Ctrl-Z, SIGSTOP) therefore never leaves a lock behind, whatever the moment.
    """
    cursor = psycopg.ClientCursor(conn)
    cursor.execute(b"SET LOCAL statement_timeout = %d; %b" % (timeout_ms, statement), values)
    cursor.nextset()
    return cursor


@contextmanager
def bounded(conn: Connection, timeout_ms: int = READ_TIMEOUT_MS) -> Iterator[None]:
    """A transaction whose statements are cancelled after `timeout_ms` each, waits for locks included.

    If this process stands still in the middle (Ctrl-Z), see `ended_if_still`.
    """
    with conn.transaction():
        conn.execute(b"SET LOCAL statement_timeout = %d" % timeout_ms)
        ended_if_still(conn)
        yield


def ended_if_still(conn: Connection) -> None:
    """From here to the end of this transaction the server ends it, and frees its locks, where we ask nothing more.

    After `STANDSTILL_MS` between two statements, that is; one that waits for rows of a COPY is not ended.
    """
    conn.execute(b"SET LOCAL idle_in_transaction_session_timeout = %d" % STANDSTILL_MS)


def waited_for_lock(error: psycopg.Error) -> bool:
    """Whether another session held for too long what was needed."""
    return error.sqlstate == "55P03"


def explain(error: psycopg.Error, settings: Postgres) -> MuttError:
    """The error as an operator has to see it, with the driver's own words; they never hold the password."""
    said = " ".join(str(error).split())
    where = f"PostgreSQL {settings.db!r} at {settings.host}:{settings.port} as {settings.user}"
    if error.sqlstate == "57014":
        return UnreachableError(f"{where} took too long: {said}", code="MUTT-P104", tries=("mutt db status",))
    if waited_for_lock(error):
        return RefusedError(
            f"{where}: waited in vain for a lock that another session holds: {said}",
            code="MUTT-P106",
            why="What was done before this stays done, the rest is as it was; the same command goes on with it.",
            tries=("mutt db connections", "try again"),
        )
    if (error.sqlstate or "").startswith("42"):
        return MuttError(
            f"{where} does not know what was asked: {said}",
            code="MUTT-P105",
            why="The schema is older than this release, or the role lacks a right.",
            tries=("mutt db status", "mutt db migrate"),
        )
    if any(words in said for words in _FULL_WORDS):
        return UnreachableError(
            f"{where} has no free connection: {said}",
            code="MUTT-P103",
            why="The server is up, but all its connections are taken. Alerters go on with their cached rules.",
            tries=("mutt db connections", "mutt db connections kill --idle-over 10m", "lower POSTGRES_POOL_MAX"),
        )
    if any(words in said for words in _AUTH_WORDS):
        return AuthError(
            f"{where} refused the login: {said}",
            code="MUTT-P102",
            why="The role, its password, the database or pg_hba.conf does not fit.",
            tries=("mutt vault status", "mutt context check"),
        )
    return UnreachableError(
        f"{where} did not answer: {said}",
        code="MUTT-P101",
        why="Alerters go on with their cached rules; history waits in the journal until the database is back.",
        tries=("mutt context check", "check POSTGRES_HOST and POSTGRES_PORT"),
    )


def _parameters(settings: Postgres, password: str, application_name: str) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "dbname": settings.db,
        "user": settings.user,
        "application_name": application_name,
        "autocommit": True,
        "prepare_threshold": None,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "client_encoding": "UTF8",
        "gssencmode": "disable",
        # A peer that vanished without a word is noticed in about 10 s, not in hours.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    parameters |= _login(password)
    if settings.tls_enabled:
        parameters |= {"sslmode": "verify-full", "sslrootcert": settings.tls_ca_cert or "system"}
        if settings.tls_client_cert:
            parameters |= {"sslcert": settings.tls_client_cert, "sslkey": settings.tls_client_key}
    return parameters


def _login(password: str) -> dict[str, str]:
    """Without one libpq looks into the environment and ~/.pgpass."""
    return {"password": password} if password else {}
