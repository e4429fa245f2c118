"""What retention does not keep, and what was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.retention import Doomed

_SHOWN: Final = 12


def retention_document(plan: Doomed) -> Document:
    """`mutt db retention show`."""
    text = [_policy(plan), *doomed_lines(plan)]
    return Document("mutt.db.retention.show", _planned(plan), text=text, warnings=plan.policy.notes)


def asked_lines(plan: Doomed) -> list[str]:
    """What a person is asked to agree to: by what it is judged, and what goes."""
    return [_policy(plan), *plan.policy.notes, *doomed_lines(plan)]


def doomed_lines(plan: Doomed) -> list[str]:
    """What goes, as lines."""
    if plan.nothing:
        return ["everything is kept"]
    lines = [f"{one.name}  {times.size(one.size_bytes)}" for one in plan.partitions[:_SHOWN]]
    if len(plan.partitions) > _SHOWN:
        lines.append(f"and {len(plan.partitions) - _SHOWN:,} more days")
    lines += [f"{stale.table}  {rows:,} rows before {stale.before}" for stale, rows in plan.stale]
    return [*lines, "not undoable: what is worth keeping is moved to files by mutt db partition archive"]


def deleted_document(
    plan: Doomed, gone: Mapping[str, int] | None = None, operation: Operation | None = None, *, dry_run: bool = True
) -> Document:
    """`mutt db retention run`: the plan, or what was deleted (rows by table, 0 for a whole day)."""
    rows = sum((gone or {}).values())
    days = [name for name, count in (gone or {}).items() if not count]
    fields = {
        "dry_run": dry_run and operation is None,
        "operation": operation.id if operation else None,
        **_planned(plan),
        "dropped": days,
        "deleted_rows": rows,
    }
    warnings = (*plan.policy.notes, *(operation.warnings if operation else ()))
    text = [_policy(plan)]
    text += doomed_lines(plan) if gone is None else [f"deleted {len(days):,} partitions and {rows:,} rows"]
    return Document("mutt.db.retention.run", fields, text=text, warnings=warnings)


def _planned(plan: Doomed) -> dict[str, Any]:
    return {
        "history_days": plan.policy.days,
        "raw_days": plan.policy.raw_days,
        "max_bytes": plan.policy.max_bytes,
        "judged_by": plan.policy.judge or None,
        "partitions": [{"partition": one.name, "size_bytes": one.size_bytes} for one in plan.partitions],
        "rows": [{"table": stale.table, "rows": rows} for stale, rows in plan.stale],
        "size_bytes": plan.size,
        "kept_bytes": plan.kept_bytes,
    }


def _policy(plan: Doomed) -> str:
    kept = plan.policy
    space = times.size(kept.max_bytes) if kept.max_bytes else "any space"
    judge = f"the historian of {kept.judge} does" if kept.judge else "set on this host"
    return f"kept: decisions {kept.days} days, payloads {kept.raw_days} days, within {space}, as {judge}"
