"""Counts of unmatched events that are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present import times
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.unhandled_clean import CleanPlan

_SAMPLES = 3


def plan_lines(plan: CleanPlan) -> list[str]:
    """What the question shows below its first line."""
    samples = [one.counts for one in plan.old[:_SAMPLES] if one.counts is not None]
    lines = [f"oldest {times.instant(plan.oldest)}"] if plan.oldest else []
    lines += [f"{one.hostname}  {one.count:,} times, last seen {one.last_seen}: {one.message}" for one in samples]
    return [*lines, "undo: mutt undo OPERATION puts back what has not ended or been counted anew by then"]


def cleaned_document(
    plan: CleanPlan,
    removed: Sequence[Any] | None = None,
    operation: Operation | None = None,
    *,
    dry_run: bool = True,
) -> Document:
    """`mutt redis clean unhandled`: the plan, or what was done."""
    done = operation is not None
    gone = len(removed or ())
    fields = {
        "dry_run": dry_run and not done,
        "operation": operation.id if operation else None,
        "last_seen_before": plan.before,
        "oldest": plan.oldest,
        "kinds": plan.known,
        "old": len(plan.old),
        "removed": gone,
        "freed_bytes": sum(len(one["value"].encode()) for one in removed or ()),
        "unreadable": plan.unreadable,
        "complete": plan.complete,
    }
    warnings = [*(operation.warnings if operation else ())]
    if not plan.complete:
        warnings.append("not every key of this Redis was looked at: kinds that the index does not know may be left")
    if plan.unreadable:
        warnings.append(f"{plan.unreadable} values say no time and are left alone")
    return Document("mutt.redis.clean", fields, text=_lines(plan, gone, operation), warnings=warnings)


def _lines(plan: CleanPlan, gone: int, operation: Operation | None) -> list[str]:
    if operation is None:
        return [f"{len(plan.old):,} of {plan.known:,} kinds were last seen before {times.instant(plan.before)}"]
    kept = len(plan.old) - gone
    return [
        f"removed {gone:,} of {plan.known:,} kinds" + (f"; {kept:,} were seen again and stay" if kept else ""),
        f"undo: mutt undo {operation.id}",
    ]
