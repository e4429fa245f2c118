"""A service that was switched off or on: who obeys, and how it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present.output import Document
from mutt_cli.present.switches import hold_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops.operation import Operation


def switched_document(
    kind: str,
    names: Sequence[str],
    hold: Hold | None,
    *,
    first: str,
    operation: Operation | None = None,
    obeyed: tuple[Sequence[Reader], Sequence[Reader], float] | None = None,
    undo: str = "",
    dry_run: bool = False,
) -> Document:
    """What was switched. `obeyed`: the processes meant, those that do not obey yet, and how long that was awaited."""
    meant, behind, waited_s = obeyed or ((), (), 0.0)
    fields: dict[str, Any] = {
        "dry_run": dry_run,
        "operation": operation.id if operation else None,
        "switched": list(names),
        "off": hold_fields(hold),
        "processes": [
            {"service": one.service, "name": one.name, "host": one.host, "pid": one.pid, "obeys": one not in behind}
            for one in meant
        ],
        "undo": [undo] if undo else [],
    }
    text = [first, *([f"switched off {hold.phrase}"] if hold else [])]
    if obeyed is not None:
        done = len(meant) - len(behind)
        text.append(f"{done}/{len(meant)} processes, in {waited_s:.1f} s" if meant else "no process of it is alive")
        text += [f"  {one.service} {one.name} on {one.host} (pid {one.pid}) has not said so" for one in behind]
    text += [f"undo:  {undo}"] if undo else []
    warnings = tuple(operation.warnings) if operation else ()
    return Document(kind, fields, text=text, warnings=warnings, name=operation.id if operation else "")
