"""Parts of the history as rows, and what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.partition_archive import Manifest
    from mutt_cli.core.partitions import Partition
    from mutt_cli.ops.database_partitions import PartitionRow, ToArchive, ToDrop
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (
    Column("partition"), Column("table", wide=True), Column("day"), Column("age_days", "count", "age"),
    Column("size_bytes", "bytes", "size"), Column("rows", "count"), Column("state"), Column("archived"),
)  # fmt: skip
_SHOWN: Final = 12


def partition_listing(rows: Sequence[PartitionRow], today: Any) -> Listing:
    """`mutt db partition list`."""
    items = [
        {
            "partition": one.name,
            "table": one.table,
            "day": one.day.isoformat() if one.day else None,
            "age_days": (today - one.day).days if one.day else None,
            "size_bytes": one.size,
            "rows": one.rows,
            "state": one.state,
            "archived": one.archived is not None,
        }
        for one in rows
    ]
    warnings = [
        f"{one.name} has about {one.rows:,} rows: their day had no partition when they came"
        for one in rows
        if one.state == "default" and one.rows
    ]
    return Listing("mutt.db.partition.list", _COLUMNS, items, warnings=warnings)


def created_document(
    planned: Sequence[Partition], made: Sequence[str] | None = None, operation: Operation | None = None,
    *, dry_run: bool = True,
) -> Document:  # fmt: skip
    """`mutt db partition create`."""
    fields = {**_change(operation, dry_run=dry_run), "planned": [one.name for one in planned], "made": made or ()}
    done = f"made {len(made):,} of " if made is not None else ""
    text = [f"{done}{len(planned):,} partitions", *_days(planned)]
    return Document("mutt.db.partition.create", fields, text=text, warnings=_warnings(operation))


def archive_lines(plan: ToArchive) -> list[str]:
    """The plan of `archive`, as lines."""
    return [
        *_named(plan.partitions),
        f"to {plan.folder}, where {times.size(plan.free)} are free; compressed text takes less than the table",
        "each file is read again after it was written; nothing is removed from the data base",
    ]


def archived_document(
    plan: ToArchive, done: Sequence[Manifest] | None = None, operation: Operation | None = None, *, dry_run: bool = True
) -> Document:
    """`mutt db partition archive`."""
    written = [
        {"partition": one.name, "rows": one.rows, "file_bytes": one.file_bytes, "sha256": one.file_sha256}
        for one in done or ()
    ]
    fields = {
        **_change(operation, dry_run=dry_run),
        "folder": str(plan.folder),
        "planned": [one.name for one in plan.partitions],
        "size_bytes": plan.size,
        "written": written,
    }
    if done is None:
        text = [f"{len(plan.partitions):,} partitions, {times.size(plan.size)}"]
    else:
        size = times.size(sum(one.file_bytes for one in done))
        text = [f"archived {len(done):,} partitions, {sum(one.rows for one in done):,} rows in {size}: {plan.folder}"]
        text += [f"{one.name}  {one.rows:,} rows  sha256 {one.file_sha256}" for one in done]
    return Document("mutt.db.partition.archive", fields, text=text, warnings=_warnings(operation))


def drop_lines(plan: ToDrop) -> list[str]:
    """The plan of `drop`, as lines."""
    return [
        *_named([one for one, _ in plan.partitions]),
        f"{sum(known.rows for _, known in plan.partitions):,} rows, in the files in {plan.folder}",
        "undo: mutt undo OPERATION makes them again from these files",
    ]


def dropped_document(
    plan: ToDrop, dropped: Sequence[Partition] | None = None, operation: Operation | None = None,
    *, dry_run: bool = True,
) -> Document:  # fmt: skip
    """`mutt db partition drop`."""
    fields = {
        **_change(operation, dry_run=dry_run),
        "folder": str(plan.folder),
        "planned": [one.name for one, _ in plan.partitions],
        "dropped": [one.name for one in dropped or ()],
        "freed_bytes": sum(one.size_bytes for one in dropped or ()),
    }
    if dropped is None:
        text = [f"{len(plan.partitions):,} partitions, {times.size(plan.size)}"]
    else:
        text = [f"dropped {len(dropped):,} partitions, {times.size(fields['freed_bytes'])} free"]
        text += [f"undo: mutt undo {operation.id}"] if operation and dropped else []
    return Document("mutt.db.partition.drop", fields, text=text, warnings=_warnings(operation))


def _change(operation: Operation | None, *, dry_run: bool) -> dict[str, Any]:
    return {"dry_run": dry_run and operation is None, "operation": operation.id if operation else None}


def _warnings(operation: Operation | None) -> Sequence[str]:
    return operation.warnings if operation else ()


def _named(chosen: Sequence[Partition]) -> list[str]:
    lines = [f"{one.name}  {times.size(one.size_bytes)}" for one in chosen[:_SHOWN]]
    return [*lines, *([f"and {len(chosen) - _SHOWN:,} more"] if len(chosen) > _SHOWN else [])]


def _days(chosen: Sequence[Partition]) -> list[str]:
    days = sorted({one.day for one in chosen})
    return [f"days {days[0]} to {days[-1]}"] if days else []
