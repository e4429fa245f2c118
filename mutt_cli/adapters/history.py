"""Stores journal entries in PostgreSQL exactly once and at COPY speed, and reads them back.

An entry and the note that it is stored (`journal_done`, by the entry's uid) commit together, so the historian may
offer the same entry as often as it likes; it deletes it from Redis only after that, so the commit waits for the disk
even where the server's `synchronous_commit` is off. A row that no column takes is kept whole in
`event_history_rejects`; every other error is the caller's, who repeats the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from mutt_cli.adapters import rule_matches
from mutt_cli.adapters.history_copy import (
    COLUMNS,
    PAYLOAD_COLUMNS,
    Origin,
    Refused,
    Values,
    clean,
    copy_what_fits,
    make_rows,
    packed,
    uid_key,
    uuid_bytes,
)
from mutt_cli.adapters.postgres import ended_if_still, read_only
from mutt_cli.adapters.queries import query
from mutt_cli.core import journal
from mutt_cli.core.ids import uuid7_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mutt_cli.adapters.postgres import Connection

_DAY_MS: Final = 86_400_000
_BEGINNING: Final = datetime.fromtimestamp(0, tz=UTC)
_IDS_AT_ONCE: Final = 2000
MOST_STEPS: Final = 10_000
SESSION: Final = "mutt-historian"
"""What PostgreSQL knows a historian's connection by."""
LOCK_WAIT_MS: Final = 5_000
"""Less than a historian's lease: it must not lose it while it waits."""


class Step(NamedTuple):
    """One stored record; `uid` is its journal entry's, to recognise it in the stream."""

    recorded_ms: int
    record: journal.Record
    uid: str


@dataclass(frozen=True)
class StoreResult:
    """What one call added. After it every entry that was offered is stored, by this call or by an earlier one."""

    stored_uids: frozenset[str]
    rows: int
    rejected: int


def store(conn: Connection, entries: Sequence[journal.Entry]) -> StoreResult:
    """Store the entries that are not stored yet, in one transaction. Raises DatabaseError: repeat the call.

    Where another session has claimed one of them and not ended, that is after `LOCK_WAIT_MS`: see `end_stuck`.
    """
    offered = {uid_key(entry.uid): entry for entry in reversed(entries)}
    if not offered:
        return StoreResult(frozenset(), 0, 0)
    with conn.transaction():
        conn.execute(query("commit_durably"))
        conn.execute(b"SET LOCAL lock_timeout = %d" % LOCK_WAIT_MS)
        ended_if_still(conn)
        claimed = conn.execute(query("journal_claim"), {"uids": [key.hex() for key in offered]})
        new = {uuid_bytes(uid) for (uid,) in claimed}
        fresh = [(key, entry) for key, entry in reversed(offered.items()) if key in new]
        rows, origins, refused = make_rows(fresh)
        bad = copy_what_fits(conn, "event_history", COLUMNS, rows)
        refused += [Refused(*origins[index], error) for index, error in bad.items()]
        rule_matches.add(conn, _wins(fresh, refused))
        refused += _store_payloads(conn, rows, origins, bad)
        _keep_rejects(conn, refused)
    return StoreResult(frozenset(entry.uid for _, entry in fresh), len(rows) - len(bad), len(refused))


def end_stuck(conn: Connection, longer_than_s: float) -> int:
    """End other historians' sessions whose transaction lasts longer; how many. To be called by who leads now.

    A leader that stands still while it copies rows, or whose host is gone, keeps what it has claimed locked, and the
    server waits for it. Raises DatabaseError.
    """
    words = {"application": SESSION, "longer_than_s": longer_than_s}
    return conn.execute(query("history_end_stuck"), words).rowcount


def find(
    conn: Connection, event_id: str | None = None, correlation_prefix: str | None = None, most: int = MOST_STEPS
) -> list[Step]:
    """The steps of one event, or of all events whose correlation id begins so, oldest first, at most `most`.

    A UUIDv7 tells its time, so that only the partitions from the day before it are read. Payloads are not read here.
    """
    if event_id is not None and not is_uuid(event_id):
        return []
    words = {
        "event_id": event_id,
        "pattern": None if correlation_prefix is None else starts_with(correlation_prefix),
        "since": _since([event_id] if event_id else []),
        "most": most,
    }
    with read_only(conn):
        rows = conn.execute(query("history_find"), words).fetchall()
    return [Step(row[0], journal.Record(*row[2:]), row[1]) for row in rows]


def payload(conn: Connection, event_id: str) -> bytes | None:
    """The event as it was received, while its partition is kept."""
    if not is_uuid(event_id):
        return None
    with read_only(conn):
        row = conn.execute(query("history_payload"), {"event_id": event_id, "since": _since([event_id])}).fetchone()
    return None if row is None else bytes(row[0])


def contents(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[bytes, int]]:
    """What each event was when an alerter took it, and when that was recorded (Unix ms), as far as it is kept."""
    valid = [event_id for event_id in ids if is_uuid(event_id)]
    found: dict[str, tuple[bytes, int]] = {}
    for start in range(0, len(valid), _IDS_AT_ONCE):
        some = valid[start : start + _IDS_AT_ONCE]
        with read_only(conn, timeout_ms=30_000):
            rows = conn.execute(query("history_contents"), {"ids": some, "since": _since(some)})
            found.update((event_id, (bytes(content), at_ms)) for event_id, content, at_ms in rows)
    return found


def terminal_ids(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The last outcome and queue of each event that has a record; an empty queue means its way ended there."""
    last: dict[str, tuple[str, str]] = {}
    valid = [event_id for event_id in ids if is_uuid(event_id)]
    for start in range(0, len(valid), _IDS_AT_ONCE):
        some = valid[start : start + _IDS_AT_ONCE]
        with read_only(conn, timeout_ms=30_000):
            rows = conn.execute(query("history_last"), {"ids": some, "since": _since(some)})
            last.update((event_id, (outcome, queue)) for event_id, outcome, queue in rows)
    return last


def is_uuid(text: str) -> bool:
    """Whether the history could hold an event of this id at all."""
    try:
        return len(uuid_bytes(text)) == 16
    except ValueError:
        return False


def _since(event_ids: Iterable[str]) -> datetime:
    """A day before the oldest id, since the clocks of ingestors and Redis differ; the beginning if one has no time."""
    times = [uuid7_ms(event_id) for event_id in event_ids]
    oldest = min((ms for ms in times if ms is not None), default=0)
    if None in times or oldest < _DAY_MS:
        return _BEGINNING
    try:
        return datetime.fromtimestamp((oldest - _DAY_MS) / 1000, tz=UTC)
    except ValueError:  # 48 bits reach beyond the year 9999
        return _BEGINNING


def starts_with(prefix: str) -> str:
    """The pattern of LIKE for text that begins so."""
    return prefix.replace("\x00", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _store_payloads(
    conn: Connection,
    rows: Sequence[Values],
    origins: Sequence[Origin],
    bad: Mapping[int, str],
) -> Iterator[Refused]:
    """Copy the payloads of the rows that were taken; a reject keeps its payload inside its record."""
    having = [i for i, (_, record) in enumerate(origins) if record.payload is not None and i not in bad]
    payloads = [(rows[i][0], rows[i][1], origins[i][1].payload) for i in having]
    refused = copy_what_fits(conn, "event_payloads", PAYLOAD_COLUMNS, payloads)
    return (Refused(*origins[having[n]], error) for n, error in refused.items())


def _wins(fresh: Sequence[tuple[bytes, journal.Entry]], refused: Iterable[Refused]) -> Iterator[rule_matches.Wins]:
    """How often each rule won in each entry, without the records that no row was made of."""
    out: dict[str, list[journal.Record]] = {}
    for one in refused:
        out.setdefault(one.uid, []).append(one.record)
    for _, entry in fresh:
        yield rule_matches.Wins(entry.at_ms, rule_matches.won(entry.records) - rule_matches.won(out.get(entry.uid, ())))


def _keep_rejects(conn: Connection, refused: Sequence[Refused]) -> None:
    if not refused:
        return
    with conn.cursor() as cursor:
        cursor.executemany(
            query("history_reject"),
            [
                {
                    "uid": clean(one.uid),
                    "event_id": clean(one.record.event_id),
                    "record": packed(one.record),
                    "error": clean(one.error)[:500],
                }
                for one in refused
            ],
        )
