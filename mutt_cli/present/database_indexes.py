"""Indexes as rows, and what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.indexes import Judged
    from mutt_cli.ops.database_indexes import Analyzed, IndexReport
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (
    Column("index"), Column("table"), Column("state", "state"), Column("size_bytes", "bytes", "size"),
    Column("scans", "count"), Column("note", "free"), Column("definition", wide=True),
)  # fmt: skip


def index_listing(report: IndexReport) -> Listing:
    """`mutt db index list`."""
    rows = [
        {
            "index": one.name,
            "table": one.table,
            "state": one.state,
            "of_schema": one.wanted is not None,
            "size_bytes": one.found.size if one.found else None,
            "scans": one.found.scans if one.found else None,
            "note": one.note or None,
            "definition": one.wanted.definition if one.wanted else one.found.definition if one.found else "",
        }
        for one in report.rows
    ]
    broken = [one.name for one in report.rows if one.state in {"missing", "invalid"} and one.wanted]
    warnings = [f"{', '.join(broken)}: mutt db index create"] if broken else []
    footer = ["", "how rules are read (the plan; nothing was run)", *(f"  {line}" for line in report.rule_query_plan)]
    fields = {"rule_query_plan": report.rule_query_plan}
    return Listing("mutt.db.index.list", _COLUMNS, rows, fields=fields, footer=footer, warnings=warnings)


def create_lines(chosen: Sequence[Judged]) -> list[str]:
    """The plan of `create`, as lines."""
    return [
        f"{one.name} on {one.table} {one.wanted.definition if one.wanted else ''}"
        + ("  (what a broken build left is removed first)" if one.state == "invalid" else "")
        for one in chosen
    ]


def created_document(
    chosen: Sequence[Judged], built: Sequence[str] | None = None, operation: Operation | None = None,
    *, dry_run: bool = True,
) -> Document:  # fmt: skip
    """`mutt db index create`."""
    fields = {**_change(operation, dry_run=dry_run), "planned": [one.name for one in chosen], "built": built or ()}
    if built is None:
        text = [f"{len(chosen):,} indexes to build", *create_lines(chosen)]
    else:
        text = [f"built {', '.join(built)}"] if built else ["nothing to build"]
        text += [f"undo: mutt undo {operation.id}"] if operation and built else []
    warnings = operation.warnings if operation else ()
    return Document("mutt.db.index.create", fields, text=text, warnings=warnings)


def analyzed_document(
    tables: Sequence[str], done: Analyzed | None = None, operation: Operation | None = None, *, dry_run: bool = True
) -> Document:
    """`mutt db index analyze`."""
    fields = {
        **_change(operation, dry_run=dry_run),
        "planned": tables,
        "analyzed": done.tables if done else (),
        "refused": sorted(done.refused) if done else (),
    }
    warnings = list(operation.warnings) if operation else []
    warnings += [f"{table}: {said}" for table, said in (done.refused if done else {}).items()]
    if done and done.refused:
        warnings.append("as a superuser: GRANT pg_maintain TO the role of POSTGRES_USER; or own the tables")
    text = [f"analysed {', '.join(done.tables) or 'nothing'}"] if done else [f"tables: {', '.join(tables)}"]
    return Document("mutt.db.index.analyze", fields, text=text, warnings=warnings)


def _change(operation: Operation | None, *, dry_run: bool) -> dict[str, Any]:
    return {"dry_run": dry_run and operation is None, "operation": operation.id if operation else None}
