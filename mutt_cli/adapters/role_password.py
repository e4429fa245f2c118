"""The password of a PostgreSQL role, changed by the role itself. A SCRAM verifier is sent, so no log has the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from mutt_cli.adapters import postgres
from mutt_cli.errors import AuthError

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.settings import Postgres

_NOBODYS = "mutt-asks-whether-any-password-will-do"


def change(conn: Connection, password: str) -> None:
    """Make this the password of the role that is logged in. Raises DatabaseError; `postgres.explain` knows it."""
    who: Any = conn.execute("SELECT session_user").fetchone()
    verifier = conn.pgconn.encrypt_password(password.encode(), str(who[0]).encode(), b"scram-sha-256").decode()
    conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(who[0]), sql.Literal(verifier)))


def pooled(conn: Connection) -> bool:
    """Whether a pooler such as PgBouncer stands between us and the server: the process we were told of is not its own.

    A pooler keeps connections that are logged in and compares passwords with a file of its own, so nothing that is
    asked through it tells what the server would say.
    """
    row: Any = conn.execute("SELECT pg_backend_pid()").fetchone()
    return bool(row[0] != conn.info.backend_pid)


def accepts(settings: Postgres, password: str) -> bool:
    """Whether the server lets us in with this password. Raises as `postgres.connect` for any other trouble."""
    try:
        postgres.connect(settings, password, "mutt").close()
    except AuthError as error:
        if postgres.wants_other_password(error):
            return False
        raise
    return True


def asks_for_one(settings: Postgres) -> bool:
    """Whether the server looks at passwords at all on this way in; a socket may be trusted without."""
    return not accepts(settings, _NOBODYS)
