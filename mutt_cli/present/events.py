"""Recorded events in rows, one whole, what no rule matched, and a line for each record of a live feed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.encode import scalar_text
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.journal import Record
    from mutt_cli.ops.events import Found, Seen, Unmatched, Whole

_COLUMNS: Final = (
    Column("at", "time"),
    Column("event_id"),
    Column("hostname", title="host"),
    Column("severity"),
    Column("outcome"),
    Column("rule_name", title="rule"),
    Column("message", "free"),
    Column("correlation_id", wide=True),
    Column("stage", wide=True),
    Column("reason", wide=True),
    Column("queue", wide=True),
    Column("pod", wide=True),
    Column("source", wide=True),
    Column("attempt", "count", wide=True),
    Column("response_code", "count", wide=True),
    Column("operation", wide=True),
    Column("stored", wide=True),
)
_UNMATCHED: Final = (
    Column("pattern"),
    Column("count", "count"),
    Column("hostname", title="host"),
    Column("last_seen", "time"),
    Column("message", "free"),
    Column("first_seen", "time", wide=True),
    Column("left_seconds", "seconds", "time left", wide=True),
    Column("alerted_at", "time", "alerted", wide=True),
    Column("correlation_id", wide=True),
)


def event_row(seen: Seen) -> dict[str, Any]:
    """One record in JSON. What does not apply is null; `stored`: it is in the history, not only in the stream."""
    record = seen.record
    return {
        "event_id": record.event_id,
        "at": _time(seen.at_ms),
        "correlation_id": record.correlation_id or None,
        "hostname": record.hostname or None,
        "severity": record.severity or None,
        "stage": record.stage,
        "outcome": record.outcome,
        "reason": record.reason or None,
        "rule_name": record.rule_name or None,
        "rule_id": record.rule_id,
        "rule_version": record.rule_version,
        "message": seen.message,
        "queue": record.queue or None,
        "pod": record.pod or None,
        "source": record.source or None,
        "sender": record.sender or None,
        "ingestor": record.ingestor or None,
        "received_at": _time(record.received_ms),
        "duration_seconds": record.duration_us / 1_000_000,
        "attempt": record.attempt,
        "response_code": record.response_code,
        "operation": record.operation_id or None,
        "parent_id": record.parent_id or None,
        "stored": seen.stored,
    }


def event_listing(found: Found) -> Listing:
    """`mutt event search`."""
    rows = [event_row(one) for one in found.seen]
    return Listing("mutt.event.search", _COLUMNS, rows, warnings=found.warnings, name="event_id")


def tail_listing(seen: Sequence[Seen], left_out: dict[str, int]) -> Listing:
    """`mutt event tail`, once."""
    rows = [event_row(one) for one in seen]
    return Listing("mutt.event.tail", _COLUMNS, rows, fields=left_out, name="event_id")


def tail_line(seen: Seen, *, local: bool) -> str:
    """One record of the live feed for people."""
    record = seen.record
    rule = f" rule {record.rule_name}" if record.rule_name else ""
    why = f" ({record.reason})" if record.reason else ""
    at = datetime.fromtimestamp(seen.at_ms / 1000, tz=UTC)
    message = f"  {seen.message}" if seen.message else ""
    return (
        f"{times.clock(at, local=local)}  {record.stage:<9} {record.outcome}{why}{rule}  {record.hostname or '-'}"
        f"  {record.event_id}{message}"
    )


def left_out_line(left_out: dict[str, int]) -> str:
    """How much a sampled feed did not show."""
    return (
        f"{left_out['shown']:,} records shown; left out: {left_out['records_left_out']:,} records"
        f" and {left_out['entries_left_out']:,} journal entries of one or more records"
    )


def event_document(whole: Whole, *, local: bool) -> Document:
    """`mutt event show`."""
    steps = [event_row(one) for one in whole.steps]
    payload = None if whole.payload is None else whole.payload.decode("utf-8", "backslashreplace")
    head = {"event_id": whole.event_id, "correlation_id": whole.correlation_id or None}
    fields = {**head, "steps": steps, "payload": payload}
    text = list(_story(whole, local=local))
    return Document("mutt.event.show", fields, text=text, warnings=whole.warnings, name=whole.event_id)


def unmatched_listing(found: Sequence[Unmatched], now: datetime) -> Listing:
    """`mutt event unhandled`."""
    return Listing("mutt.event.unhandled", _UNMATCHED, [_unmatched_row(one, now) for one in found], name="pattern")


def _unmatched_row(one: Unmatched, now: datetime) -> dict[str, Any]:
    counts = one.kind.counts
    return {
        "pattern": f"{one.kind.source}:{one.kind.digest}",
        "count": counts.count,
        "hostname": counts.hostname,
        "first_seen": _instant(counts.first_seen),
        "last_seen": _instant(counts.last_seen),
        "left_seconds": round(max(0.0, one.ends_ms / 1000 - now.timestamp()), 1),
        "alerted_at": _instant(counts.triggered),
        "message": counts.message,
        "correlation_id": counts.correlation_id,
        "correlation_ids": list(counts.correlation_ids),
    }


def _story(whole: Whole, *, local: bool) -> Iterator[str]:
    yield f"event {whole.event_id}  correlation id {whole.correlation_id or '-'}"
    if not whole.steps:
        yield "nothing is recorded of it yet: mutt trace tells where it is"
    for one in whole.steps:
        at = times.instant(datetime.fromtimestamp(one.at_ms / 1000, tz=UTC), local=local)
        yield f"{at}  {'' if one.stored else '(in the stream) '}{_told(one.record)}"
    if whole.payload is None:
        yield "payload: not kept (HISTORY_RAW_DAYS), or not recorded yet"
    else:
        yield f"payload: {whole.payload.decode('utf-8', 'backslashreplace')}"


def _told(record: Record) -> str:
    shown = {
        "reason": record.reason, "rule": record.rule_name, "queue": record.queue, "pod": record.pod,
        "attempt": record.attempt or "", "HTTP": record.response_code or "", "operation": record.operation_id,
    }  # fmt: skip
    facts = "  ".join(f"{name} {scalar_text(value)}" for name, value in shown.items() if value != "")
    return f"{record.stage} {record.outcome}  {facts}".rstrip()


def _time(ms: int) -> datetime | None:
    """A moment; None for none, and for one beyond what a calendar holds."""
    try:
        return datetime.fromtimestamp(ms / 1000, tz=UTC) if ms else None
    except (ValueError, OverflowError, OSError):
        return None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
