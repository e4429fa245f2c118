"""Messages as rows, and what was or would be done to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.present.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mutt_cli.adapters.message_file import Written
    from mutt_cli.core.message import Message
    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.survey import Survey

_ID: Final = 12
"""Characters of a payload hash that are shown; seven are enough to address a message."""
_SAMPLE: Final = 100
COLUMNS: Final = (
    Column("id"),
    Column("age_seconds", "seconds", "age"),
    Column("host"),
    Column("text", "free"),
    Column("rule", wide=True),
    Column("event_id", wide=True),
    Column("correlation_id", wide=True),
    Column("size_bytes", "bytes", "size", wide=True),
)


def message_row(message: Message, now_ms: int) -> dict[str, Any]:
    """One message in JSON. `message` is the whole of it as it is queued, without its delivery history."""
    at = message.since_ms
    return {
        "id": message.hash[:_ID],
        "payload_hash": message.hash,
        "event_id": message.event_id,
        "correlation_id": message.correlation_id,
        "accepted_at": moment(at),
        "age_seconds": message.age_s(now_ms),
        "host": message.hostname,
        "rule": message.rule or None,
        "text": message.text,
        "size_bytes": len(message.element),
        "message": message.fields,
    }


def peek_listing(kind: str, queue: str, found: Sequence[Message], *, now_ms: int, depth: int, looked: int) -> Listing:
    """`mutt queue peek`: says how many were looked at."""
    fields = {"queue": queue, "depth": depth, "looked_at": looked}
    footer = (f"{looked:,} of {depth:,} messages looked at; nothing was taken",)
    rows = [message_row(one, now_ms) for one in found]
    return Listing(kind, COLUMNS, rows, fields=fields, footer=footer, filtered=True)


def survey_lines(found: Survey) -> Iterator[str]:
    """What is meant, in words that an operator can check: age range, size, three of them."""
    if found.oldest_ms is not None and found.newest_ms is not None:
        yield f"accepted {_clock(found.oldest_ms)} to {_clock(found.newest_ms)}, about {times.size(found.size_bytes)}"
    if not found.whole:
        yield f"only {found.looked:,} of {found.depth:,} messages were looked at: there may be more"
    for one in found.samples:
        yield f"for instance {one.hash[:_ID]} {safe(one.hostname)} {safe(one.text)[:_SAMPLE]}"


def survey_fields(found: Survey) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "meant": found.meant,
        "depth": found.depth,
        "looked_at": found.looked,
        "exact": found.whole,
        "oldest_at": moment(found.oldest_ms),
        "newest_at": moment(found.newest_ms),
        "size_bytes": found.size_bytes,
        "samples": [one.hash[:_ID] for one in found.samples],
    }


def plan_document(kind: str, title: str, fields: Mapping[str, Any], lines: Sequence[str]) -> Document:
    """What a dry run of bulk work says."""
    return Document(kind, {"dry_run": True, "operation": None, **fields}, text=[title, *(f"  {one}" for one in lines)])


def done_document(
    kind: str, title: str, fields: Mapping[str, Any], operation: Operation, progress: Progress, *, undo: str = ""
) -> Document:
    """What bulk work has done, and how to take it back; `undo` is the operation to take back, if it is another one."""
    shown = {"dry_run": False, "operation": operation.id, **fields, "moved": progress.moved}
    shown |= {"by_target": {name: number for name, number in progress.by_target.items() if name}}
    lines = [title]
    if progress.stopped:
        lines.append(f"stopped early: {progress.stopped}")
    lines.append(f"undo:  mutt undo {undo or operation.id}")
    shown["stopped"] = progress.stopped or None
    return Document(kind, shown, text=lines, warnings=tuple(operation.warnings), name=operation.id)


def export_document(kind: str, queue: str, written: Written) -> Document:
    """`mutt queue export`."""
    fields = {
        "queue": queue, "path": str(written.path), "messages": written.count, "size_bytes": written.size_bytes,
        "sha256": written.sha256,
    }  # fmt: skip
    text = f"{written.count:,} messages of {queue} in {written.path}, {times.size(written.size_bytes)}, read back"
    return Document(kind, fields, text=(text, f"sha256 {written.sha256}"), name=str(written.path))


def moment(ms: int | None) -> datetime | None:
    """Unix milliseconds as a moment; None for what no calendar holds."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC) if ms is not None and 0 < ms < 253_402_300_800_000 else None


def _clock(ms: int) -> str:
    at = moment(ms)
    return times.instant(at) if at else "?"
