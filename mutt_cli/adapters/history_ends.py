"""Which events are still on their way, according to PostgreSQL's part of the journal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import history
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core.journal import unpack_records
from mutt_cli.core.reconciliation import ENDED, GONE
from mutt_cli.core.witnessed import NO_INGESTOR

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.journal import Record

MOST: Final = 100_000
"""Ids that one question may bring; more are cut, which the caller sees by the number."""
_TIMEOUT_MS: Final = 60_000


def open_ids(conn: Connection, since_ms: int) -> list[str]:
    """Events whose last record since `since_ms` says that they went on, at most `MOST`. Raises DatabaseError."""
    return _ids(conn, "history_open", since_ms, ended=sorted(ENDED))


def last_outcomes(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The last outcome of each event that has a record. An end that no column would take is known all the same."""
    last = {event_id: outcome for event_id, (outcome, _queue) in history.terminal_ids(conn, ids).items()}
    going_on = [event_id for event_id in ids if last.get(event_id, "") not in ENDED]
    for record in rejected(conn, going_on):
        if record.outcome in ENDED or record.event_id not in last:
            last[record.event_id] = record.outcome
    return last


def rejected(conn: Connection, ids: Sequence[str]) -> list[Record]:
    """Records of these events that no column would take, oldest first, at most `MOST`."""
    if not ids:
        return []
    with read_only(conn, timeout_ms=_TIMEOUT_MS):
        rows = conn.execute(query("history_rejected"), {"ids": list(ids), "most": MOST}).fetchall()
    return [record for (data,) in rows for record in unpack_records(bytes(data))]


def ended_twice(conn: Connection, since_ms: int) -> list[str]:
    """Events that were delivered, unhandled or followers more than once since then, at most `MOST`."""
    return _ids(conn, "history_ended_twice", since_ms, gone=list(GONE))


def accepted_in(conn: Connection, minutes: Collection[str], since_ms: int) -> list[tuple[str, str]]:
    """Id and minute of what ingestors accepted in these minutes and has a record since then, at most `MOST`."""
    words = {"minutes": [f"{minute}:00Z" for minute in minutes], "others": sorted(NO_INGESTOR), "most": MOST}
    with read_only(conn, timeout_ms=_TIMEOUT_MS):
        rows = conn.execute(query("history_accepted_in"), {"since": _moment(since_ms), **words})
        return [(event_id, minute) for event_id, minute in rows]


def _ids(conn: Connection, name: str, since_ms: int, **words: list[str]) -> list[str]:
    since = _moment(since_ms)
    with read_only(conn, timeout_ms=_TIMEOUT_MS):
        return [row[0] for row in conn.execute(query(name), {"since": since, "most": MOST, **words})]


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, tz=UTC)
