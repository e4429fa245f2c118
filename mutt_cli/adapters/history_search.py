"""Looks for events in the stored history by time and by what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.history import Step
from mutt_cli.adapters.history_copy import uid_key
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core import journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mutt_cli.adapters.postgres import Connection

EXACT: Final = (
    "hostname", "stage", "outcome", "reason", "rule_name", "severity", "source", "pod", "queue", "correlation_id",
)  # fmt: skip
"""Fields of a record that the database compares; the rest is for the caller to judge."""
_SEARCH_MS: Final = 4000
"""A search may read all of its time; the whole command has 5 s (D37)."""


def search(
    conn: Connection, since: datetime, until: datetime, most: int, exact: Mapping[str, str] | None = None
) -> list[Step]:
    """The newest records of a time, newest first. Payloads are not read here."""
    words: dict[str, Any] = dict.fromkeys(EXACT) | dict(exact or {})
    with read_only(conn, timeout_ms=_SEARCH_MS):
        rows = conn.execute(query("history_search"), {**words, "since": since, "until": until, "most": most}).fetchall()
    return [Step(row[0], journal.Record(*row[2:]), row[1]) for row in rows]


def payloads(conn: Connection, ids: Sequence[str], since: datetime) -> dict[str, bytes]:
    """The events as they were received, by id, as far as they are kept."""
    with read_only(conn):
        rows = conn.execute(query("history_payloads"), {"ids": list(ids), "since": since}).fetchall()
    return {event_id: bytes(payload) for event_id, payload in rows}


def stored(conn: Connection, uids: Iterable[str]) -> frozenset[str]:
    """Those of the journal entries that are in the history already."""
    by_key = {uid_key(uid).hex(): uid for uid in uids}
    if not by_key:
        return frozenset()
    with read_only(conn):
        rows = conn.execute(query("history_stored"), {"uids": list(by_key)}).fetchall()
    return frozenset(by_key[uid.replace("-", "")] for (uid,) in rows)
