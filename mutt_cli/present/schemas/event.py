"""JSON of `mutt event`."""

from typing import Final

from mutt_cli.present.schema import COUNT, FLAG, NUMBER, TEXT, TIME, Field, document, listing, many, maybe, record

_EVENT: Final[dict[str, Field]] = {
    "event_id": TEXT, "at": maybe(TIME), "correlation_id": maybe(TEXT), "hostname": maybe(TEXT),
    "severity": maybe(TEXT), "stage": TEXT, "outcome": TEXT, "reason": maybe(TEXT), "rule_name": maybe(TEXT),
    "rule_id": maybe(COUNT), "rule_version": maybe(COUNT), "message": maybe(TEXT), "queue": maybe(TEXT),
    "pod": maybe(TEXT), "source": maybe(TEXT), "sender": maybe(TEXT), "ingestor": maybe(TEXT),
    "received_at": maybe(TIME), "duration_seconds": NUMBER, "attempt": COUNT, "response_code": maybe(COUNT),
    "operation": maybe(TEXT), "parent_id": maybe(TEXT), "stored": FLAG,
}  # fmt: skip

SCHEMAS: Final = {
    "mutt.event.search": listing(**_EVENT),
    "mutt.event.show": document(
        event_id=TEXT, correlation_id=maybe(TEXT), steps=many(record(**_EVENT)), payload=maybe(TEXT)
    ),
    "mutt.event.tail": listing({"shown": COUNT, "records_left_out": COUNT, "entries_left_out": COUNT}, **_EVENT),
    "mutt.event.unhandled": listing(
        pattern=TEXT, count=COUNT, hostname=TEXT, first_seen=maybe(TIME), last_seen=maybe(TIME), left_seconds=NUMBER,
        alerted_at=maybe(TIME), message=TEXT, correlation_id=TEXT, correlation_ids=many(TEXT),
    ),
}  # fmt: skip
