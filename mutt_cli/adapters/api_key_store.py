"""Keys of the web API in PostgreSQL: by name for people, by digest for the web UI. The text of a key is never here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from mutt_cli.adapters.postgres import DatabaseError, bounded
from mutt_cli.adapters.queries import query
from mutt_cli.core.access import Caller
from mutt_cli.core.api_keys import ApiKey
from mutt_cli.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rule_store import Actor
    from mutt_cli.core.access import Role

_NOTE_MS = 500


def listed(conn: Connection, name: str | None = None) -> tuple[ApiKey, ...]:
    """All keys by name, or the one of this name."""
    return tuple(ApiKey(*row) for row in conn.execute(query("api_keys"), {"name": name}))


def add(conn: Connection, name: str, role: Role, kept: bytes, *, expires_at: datetime | None, by: Actor) -> None:
    """Keep a new key. Raises RefusedError MUTT-P332 if there is one of that name."""
    try:
        with conn.transaction():
            _say_who(conn, by)
            values = {"name": name, "role": role, "hash": kept, "expires_at": expires_at}
            conn.execute(query("api_key_add"), values)
    except psycopg.errors.UniqueViolation as error:
        raise taken(name) from error


def remove(conn: Connection, name: str, fingerprint: str, by: Actor) -> bool:
    """Forget the key of this name and fingerprint; False if there is none."""
    with conn.transaction():
        _say_who(conn, by)
        return conn.execute(query("api_key_remove"), {"name": name, "fingerprint": fingerprint}).rowcount > 0


def owner(conn: Connection, kept: bytes) -> Caller | None:
    """Whose key has this digest, by the clock of the data base; None if nobody's, or if it has ended.

    That it was used is noted once a minute, if that can be done at once.
    """
    row = conn.execute(query("api_key_owner"), {"hash": kept}).fetchone()
    if row is None:
        return None
    name, role, noted = row
    if not noted:
        with suppress(DatabaseError), bounded(conn, _NOTE_MS):
            conn.execute(query("api_key_used"), {"hash": kept})
    return Caller(name, role)


def taken(name: str) -> RefusedError:
    """There is a key of that name."""
    return RefusedError(
        f"there is a key {name} already", code="MUTT-P332",
        why="the audit names who acted by the key's name, so each has one of its own",
        tries=("mutt apikey list", f"mutt apikey revoke {name}"),
    )  # fmt: skip


def _say_who(conn: Connection, by: Actor) -> None:
    words = {"actor": by.name, "reason": by.reason, "correlation_id": by.correlation_id}
    conn.execute(query("set_actor"), words)
