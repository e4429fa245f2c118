"""The audit log in rows, one change with its diff, and the weekly report."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core import audit_diff
from mutt_cli.core.change_words import told
from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.adapters.audit_store import AuditRow
    from mutt_cli.ops.audit import Audited

_COLUMNS: Final = (
    Column("id"),
    Column("at", "time"),
    Column("actor"),
    Column("verb"),
    Column("object"),
    Column("what", "free"),
    Column("reason", "free"),
    Column("operation", wide=True),
    Column("table", wide=True),
    Column("record", wide=True),
)
_MOST: Final = 10
"""Lines of one section of the report for people; JSON has all."""


def audit_row(row: AuditRow) -> dict[str, Any]:
    """One change in JSON. `operation` is the id in the operations journal, or the correlation id of a request."""
    table = row.table_name or ""
    return {
        "id": row.id,
        "at": datetime.fromtimestamp(row.at_ms / 1000, tz=UTC),
        "actor": row.changed_by,
        "verb": audit_diff.VERBS.get(row.operation, row.operation.lower()),
        "object": audit_diff.label(table, row.record_id or "", row.old_values, row.new_values),
        "what": audit_diff.summary(table, row.operation, row.old_values, row.new_values),
        "fields": [{"field": name, "old": old, "new": new} for name, old, new in _fields(row)],
        "table": row.table_name,
        "record": row.record_id,
        "reason": row.reason,
        "operation": row.correlation_id,
    }


def _fields(row: AuditRow) -> tuple[audit_diff.Field, ...]:
    return audit_diff.fields(row.old_values, row.new_values)


def audit_listing(kind: str, found: Audited) -> Listing:
    """`mutt audit list`, and `mutt rule history`."""
    return Listing(kind, _COLUMNS, [audit_row(row) for row in found.rows], warnings=found.warnings, name="id")


def audit_document(row: AuditRow, *, local: bool) -> Document:
    """`mutt audit show`: every field that differs."""
    base = audit_row(row)
    fields = {**base, "old": row.old_values, "new": row.new_values}
    return Document("mutt.audit.show", fields, text=list(_lines(base, _fields(row), local=local)), name=str(row.id))


def report_document(found: Audited, since: datetime, until: datetime, *, local: bool) -> Document:
    """`mutt audit report`: who changed how much of what, and what nobody gave a reason for."""
    rows = [audit_row(row) for row in found.rows]
    by_hand = [row for row in rows if not row["operation"]]
    unreasoned = [row for row in rows if not row["reason"]]
    fields: dict[str, Any] = {
        "since": since,
        "until": until,
        "changes": len(rows),
        "by_actor": _counted(rows, "actor"),
        "by_table": _counted(rows, "table"),
        "by_object": _counted(rows, "object"),
        "without_reason": [row["id"] for row in unreasoned],
        "by_hand": [row["id"] for row in by_hand],
        "items": rows,
    }
    span = f"{times.instant(since, local=local)} to {times.instant(until, local=local)}"
    text = [f"changes of rules, inventory and settings, {span}", f"  {len(rows):,} in all"]
    for title, name in (("who", "by_actor"), ("where", "by_table"), ("most changed", "by_object")):
        text += _section(title, [f"{one['changes']:>6,}  {one['name']}" for one in fields[name]])
    text += _section("made by hand, without a command or the API", [_line(row, local=local) for row in by_hand])
    text += _section("without a reason", [_line(row, local=local) for row in unreasoned])
    text += _section("the newest", [_line(row, local=local) for row in rows])
    return Document("mutt.audit.report", fields, text=text, warnings=found.warnings)


def _counted(rows: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    counts = Counter(row[name] or "" for row in rows)
    return [{"name": one, "changes": number} for one, number in counts.most_common()]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    more = [f"  and {len(lines) - _MOST:,} more"] if len(lines) > _MOST else []
    return [f"{title}:", *(f"  {line}" for line in lines[:_MOST] or ["none"]), *more]


def _line(row: dict[str, Any], *, local: bool) -> str:
    reason = f"  ({row['reason']})" if row["reason"] else ""
    return (
        f"{row['id']}  {times.instant(row['at'], local=local)}  {row['actor']}  {row['object']}: {row['what']}{reason}"
    )


def _lines(base: dict[str, Any], changed: Sequence[audit_diff.Field], *, local: bool) -> Iterator[str]:
    yield f"change {base['id']}  {base['verb']} {base['object']}"
    yield f"who       {base['actor']}" + (f": {base['reason']}" if base["reason"] else ", without a reason")
    yield f"when      {times.instant(base['at'], local=local)}"
    yield f"by        {base['operation'] or 'hand: no command and no request'}"
    for name, old, new in changed:
        yield f"  {name}"
        if base["verb"] != "add":
            yield f"    - {told(old)}"
        if base["verb"] != "delete":
            yield f"    + {told(new)}"
