"""Journal records as binary COPY, at more than 100,000 rows a second, and what becomes of a row no column takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import psycopg

from mutt_cli.core import journal
from mutt_cli.core.ids import element_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.adapters.postgres import Connection

# Binary COPY does not look at types, only at bytes. A uuid is 16 bytes and a timestamptz the microseconds since 2000
# as int8, so both travel as what they are and no object is made for them (PostgreSQL: uuid_recv, timestamptz_recv).
COLUMNS: Final = (
    ("recorded_at", "int8"), ("event_id", "bytea"), ("correlation_id", "text"), ("stage", "text"),
    ("outcome", "text"), ("reason", "text"), ("queue", "text"), ("pod", "text"), ("received_at", "int8"),
    ("source", "text"), ("started_at", "int8"), ("duration_us", "int8"), ("attempt", "int4"), ("hostname", "text"),
    ("sender", "text"), ("ingestor", "text"), ("severity", "text"), ("rule_id", "int8"), ("rule_version", "int8"),
    ("rule_name", "text"), ("response_code", "int4"), ("operation_id", "text"), ("parent_id", "bytea"),
    ("journal_uid", "bytea"),
)  # fmt: skip
PAYLOAD_COLUMNS: Final = (("recorded_at", "int8"), ("event_id", "bytea"), ("payload", "bytea"))
_EPOCH_MS: Final = 946_684_800_000

Values: TypeAlias = tuple[object, ...]
Origin: TypeAlias = tuple[str, journal.Record]
"""The uid of the entry, and its record."""


class Refused(NamedTuple):
    """A record that stays outside the history, and what was said about it."""

    uid: str
    record: journal.Record
    error: str


def uuid_bytes(text: str) -> bytes:
    """The 16 bytes of a uuid, with or without hyphens. Raises ValueError."""
    raw = bytes.fromhex(text.replace("-", ""))
    if len(raw) != 16:  # The server would call it a protocol violation, which looks like a broken connection.
        raise ValueError(f"{text!r} is no uuid")
    return raw


def uid_key(uid: str) -> bytes:
    """A uid as it is stored; one that is no uuid gets the id of its text, so it is still stored only once."""
    try:
        return uuid_bytes(uid)
    except ValueError:
        return uuid_bytes(element_id(uid.encode("utf-8", "surrogatepass")))


def _row(r: journal.Record, at_us: int, uid: bytes) -> Values:
    if r.attempt >> 31 or (r.response_code or 0) >> 31:  # The driver would cut it to 32 bits without a word.
        raise ValueError("attempt or response code out of range")
    return (
        at_us, uuid_bytes(r.event_id), r.correlation_id, r.stage, r.outcome, r.reason, r.queue, r.pod,
        (r.received_ms - _EPOCH_MS) * 1000 if r.received_ms else None, r.source,
        (r.started_ms - _EPOCH_MS) * 1000 if r.started_ms else None, r.duration_us, r.attempt, r.hostname, r.sender,
        r.ingestor, r.severity, r.rule_id, r.rule_version, r.rule_name, r.response_code, r.operation_id,
        uuid_bytes(r.parent_id) if r.parent_id else None, uid,
    )  # fmt: skip


def make_rows(
    entries: Iterable[tuple[bytes, journal.Entry]],
) -> tuple[list[Values], list[Origin], list[Refused]]:
    """Rows for COPY, in the same order where each came from, and the records that make no row at all."""
    rows: list[Values] = []
    origins: list[Origin] = []
    refused: list[Refused] = []
    for key, entry in entries:
        at_us = (entry.at_ms - _EPOCH_MS) * 1000
        for record in entry.records:
            try:
                rows.append(_row(record, at_us, key))
            except ValueError as error:
                refused.append(Refused(entry.uid, record, str(error)))
            else:
                origins.append((entry.uid, record))
    return rows, origins, refused


def copy_what_fits(
    conn: Connection, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Values]
) -> dict[int, str]:
    """COPY the rows; on a data error halve and try again, until the bad rows are alone: their indices and errors."""
    bad: dict[int, str] = {}
    pending = [(0, len(rows))] if rows else []
    while pending:
        low, high = pending.pop()
        try:
            with conn.transaction():  # a savepoint
                _copy(conn, table, columns, rows[low:high])
        except (psycopg.Error, ValueError, OverflowError) as error:
            if not _is_about_data(error):
                raise
            if high - low == 1:
                bad[low] = str(error)
            else:
                middle = (low + high) // 2
                pending += [(middle, high), (low, middle)]
    return bad


def _copy(conn: Connection, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Values]) -> None:
    names = ", ".join(name for name, _ in columns)
    with conn.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
        copy.set_types([kind for _, kind in columns])
        write_row = copy.write_row
        for row in rows:
            write_row(row)


def _is_about_data(error: Exception) -> bool:
    """SQLSTATE class 22, 23 or 54 (too long for an index), or the driver's own refusal; never a lost connection."""
    if not isinstance(error, psycopg.Error):
        return True
    if error.sqlstate is None:
        return isinstance(error, psycopg.DataError)
    return error.sqlstate[:2] in {"22", "23", "54"}


def clean(text: str) -> str:
    """Text that a text column takes, whatever it was."""
    return text.replace("\x00", "\\0").encode("utf-8", "backslashreplace").decode()


def packed(record: journal.Record) -> bytes:
    """The whole record for the reject table."""
    try:
        return journal.pack([record])
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate, a number beyond 64 bits
        return repr(record).encode("utf-8", "backslashreplace")
