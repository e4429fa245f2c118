"""Which events are still on their way, according to PostgreSQL's part of the journal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core.reconciliation import ENDED, GONE

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection

MOST: Final = 100_000
"""Ids that one question may bring; more are cut, which the caller sees by the number."""
_TIMEOUT_MS: Final = 60_000


def open_ids(conn: Connection, since_ms: int) -> list[str]:
    """Events whose last record since `since_ms` says that they went on, at most `MOST`. Raises DatabaseError."""
    return _ids(conn, "history_open", since_ms, ended=sorted(ENDED))


def ended_twice(conn: Connection, since_ms: int) -> list[str]:
    """Events that were delivered, unhandled or followers more than once since then, at most `MOST`."""
    return _ids(conn, "history_ended_twice", since_ms, gone=list(GONE))


def _ids(conn: Connection, name: str, since_ms: int, **words: list[str]) -> list[str]:
    since = datetime.fromtimestamp(since_ms / 1000, tz=UTC)
    with read_only(conn, timeout_ms=_TIMEOUT_MS):
        return [row[0] for row in conn.execute(query(name), {"since": since, "most": MOST, **words})]
