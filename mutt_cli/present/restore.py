"""A backup that is put back, for people and for machines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mutt_cli.ops.backup import BackupPlan
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.restore import Source

_INVENTORY: Final = ("rules", "hosts")
_NOT_QUEUES: Final = (*_INVENTORY, "changed")


def whole_lines(
    found: Source, parts: Collection[str], there: Mapping[str, tuple[int, int]], kept: BackupPlan, now: datetime
) -> list[str]:
    """What replaces what, and where what is there now goes."""
    lines = [f"backup   {_made(found, now)}"]
    if "redis" in parts:
        entries = sum(found.counts["redis"].values())
        lines.append(f"redis    {entries:,} entries; queues, settings, holds and counts are as they were then")
        lines += [_change(name, pair) for name, pair in there.items() if name not in _NOT_QUEUES and any(pair)]
        lines.append("         what was delivered after the backup will be delivered again")
    if "db" in parts:
        rows = sum(found.counts["db"].values())
        lines.append(f"db       {rows:,} rows; rules, hosts and history are as they were then, the audit loses nothing")
        lines += [_change(name, there[name]) for name in _INVENTORY]
        changed = there["changed"][1]
        lines += [f"         {changed:,} rules and hosts change: --only rules --dry-run shows them"] if changed else []
    lines.append(f"first    what is there now is kept in {kept.folder} (about {times.size(kept.file_bytes)})")
    return lines


def restored_document(
    found: Source, only: str | None, lines: Sequence[str], operation: Operation | None = None, *,
    left: Sequence[str] = (), undo: bool = False,
) -> Document:  # fmt: skip
    """`mutt restore`. Without an operation nothing was done: a dry run, or all is so already."""
    head = found.head
    kept = operation.backup_path if operation else None
    name = only or "deployment"
    first = f"{name} is as of {head['created_at']}" if operation else f"{name}: nothing was changed"
    if not lines:
        first = f"{name} is so already"
    text = [first, *([*lines, *left] if operation else ())]  # a plan was shown as such
    if operation and kept:
        text += [f"kept     what was there: {kept}"]
    if operation and undo:
        text += [f"undo     mutt undo {operation.id}"]
    if operation and only not in {"config", "rules"}:
        text += [
            "next     mutt reconcile --repair --dry-run shows what is there twice: it moved on while it was kept",
            "         start the daemons, then mutt status and mutt reconcile",
            "         what was delivered after the backup is delivered again; what was accepted after it is missing",
        ]
    fields: dict[str, Any] = {
        "dry_run": operation is None, "operation": operation.id if operation else None, "file": str(found.path),
        "only": only, "created_at": head["created_at"], "release": head["version"], "of_context": head["context"],
        "schema_version": head["schema_version"], "changes": list(lines), "not_restored": list(left),
        "safety_backup": kept, "counts": dict(operation.counts) if operation else {},
    }  # fmt: skip
    return Document("mutt.restore", fields, text, operation.warnings if operation else ())


def _made(found: Source, now: datetime) -> str:
    head = found.head
    age = ""
    try:
        at = datetime.fromisoformat(str(head["created_at"]))
        age = f", {times.span((now - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds())} ago"
    except ValueError:
        pass
    return f"made {head['created_at']}{age}, by {head['made_by']} of MUTT {head['version']}"


def _change(name: str, pair: tuple[int, int]) -> str:
    return f"         {name}: {pair[0]:,} now -> {pair[1]:,}"
