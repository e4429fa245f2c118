"""Looks for events in the stored history by time and by what is known of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.history import Step, starts_with
from mutt_cli.adapters.history_copy import uid_key
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core import journal
from mutt_cli.core.ids import uuid7_floor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.why_not import Description

EXACT: Final = (
    "hostname", "stage", "outcome", "reason", "rule_name", "severity", "source", "pod", "queue", "correlation_id",
)  # fmt: skip
"""Fields of a record that the database compares; the rest is for the caller to judge."""
_DAY_MS: Final = 86_400_000
"""An id's time is the ingestor's, a partition's is that of Redis."""
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


def of_host(conn: Connection, sought: Description, most: int) -> list[str]:
    """Ids of the events that a host sent and that were accepted within the time, the newest first.

    Their ids tell the time and are indexed; partitions of days before it are not read.
    """
    words = {
        "low": uuid7_floor(sought.first_ms),
        "high": uuid7_floor(sought.last_ms + 1),
        "since": datetime.fromtimestamp(max(0, sought.first_ms - _DAY_MS) / 1000, tz=UTC),
        "names": list(sought.names),
        "longer": starts_with(f"{sought.names[0]}."),
        "sender": sought.host,
        "most": most,
    }
    with read_only(conn, timeout_ms=_SEARCH_MS):
        return [event_id for (event_id,) in conn.execute(query("history_of_host"), words)]


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
