"""A change of `mutt.env` in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present.output import Document
from mutt_cli.settings.values import shown, to_text

if TYPE_CHECKING:
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.static_settings import Change, Plan
    from mutt_cli.ops.static_wait import Waited


def static_document(
    kind: str,
    plan: Plan,
    *,
    first: str,
    operation: Operation | None = None,
    waited: Waited | None = None,
    undo: str = "",
) -> Document:
    """What was written, or (`operation` None) would be. `waited`: the processes, those without the value, how long."""
    fields: dict[str, Any] = {
        "dry_run": operation is None,
        "operation": operation.id if operation else None,
        "changes": [_row(one) for one in plan.changes],
        "file": str(plan.path),
        "lines": list(plan.lines),
        "restart": list(plan.restarts),
        "daemons": [
            {
                "service": one.service, "name": one.name, "host": one.host, "pid": one.pid, "revision": one.revision,
                "state": "gone" if one in waited.gone else "not_yet" if one in waited.behind else "in_effect",
            }
            for one in (*waited.found, *waited.gone)
        ] if waited else None,
        "undo": [undo] if undo else [],
    }  # fmt: skip
    text = [*(one.told for one in plan.changes), first]
    if waited is not None:
        whole, done = len(waited.found) + len(waited.gone), len(waited.found) - len(waited.behind)
        text.append(f"{done}/{whole} processes of this host run with it, after {waited.seconds:.1f} s")
        text += [f"  {one.service} {one.name} (pid {one.pid}) was not restarted yet" for one in waited.behind]
        text += [f"  {one.service} {one.name} (was pid {one.pid}) is gone and has not come back" for one in waited.gone]
    text += [f"undo:  {undo}"] if undo else []
    warnings = (*plan.warnings, *(operation.warnings if operation else ()))
    return Document(kind, fields, text=text, warnings=warnings, name=operation.id if operation else "")


def _row(change: Change) -> dict[str, Any]:
    one = change.declaration
    mask = one.may_hold_secret
    old, new = (shown(one, to_text(value))[1:-1] if mask else to_text(value) for value in (change.old, change.new))
    return {
        "key": one.env, "setting": one.env, "old": old, "old_source": change.old_source, "new": new, "unit": one.unit,
    }  # fmt: skip
