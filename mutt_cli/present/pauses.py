"""What is stopped for a time, and how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present import times
from mutt_cli.present.messages import moment
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.pause import Pause
    from mutt_cli.ops.dlq_pause import Change


def pause_document(kind: str, change: Change, operation: str, *, dry_run: bool, done: bool) -> Document:
    """`mutt dlq pause` and `mutt dlq resume`."""
    rows = [_row(name, one) for name, one in change.after.items()]
    fields = {"dry_run": dry_run, "operation": operation or None, "queues": rows}
    lines = [f"{name}: {pause_words(one)}" + ("" if done else " already") for name, one in change.after.items()]
    return Document(kind, fields, text=[*lines, *_undo(operation)], name=operation)


def pause_words(one: Pause | None) -> str:
    """`remediation is stopped until ... by mk@bastion: INC-1182`."""
    if one is None:
        return "remediation goes on"
    until = moment(one.until_ms)
    why = f": {one.reason}" if one.reason else ""
    end = f"until {times.instant(until)}" if until else "until it is resumed"
    return f"remediation is stopped {end} by {one.by}{why}"


def _row(name: str, one: Pause | None) -> dict[str, Any]:
    return {
        "queue": name,
        "paused": one is not None,
        "until": moment(one.until_ms) if one else None,
        "reason": (one.reason or None) if one else None,
        "by": one.by if one else None,
    }


def _undo(operation: str) -> Iterator[str]:
    if operation:
        yield f"undo:  mutt undo {operation}"
