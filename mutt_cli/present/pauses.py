"""Dead-letter queues in which remediation is stopped for a time, and how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutt_cli.present.output import Document
from mutt_cli.present.switches import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.hold import Hold


def pause_document(
    kind: str,
    queues: Mapping[str, Hold | None],
    *,
    operation: str = "",
    dry_run: bool = False,
    already: bool = False,
) -> Document:
    """`mutt dlq pause` and `mutt dlq resume`. `queues`: what holds each of them afterwards, by `dlq/queue`."""
    rows = [_row(name, one) for name, one in queues.items()]
    fields = {"dry_run": dry_run, "operation": operation or None, "queues": rows}
    lines = [f"{_short(name)}: {_told(one)}" + (" already" if already else "") for name, one in queues.items()]
    return Document(kind, fields, text=[*lines, *_undo(operation)], name=operation)


def _told(one: Hold | None) -> str:
    return "remediation goes on" if one is None else f"remediation is stopped {one.phrase}"


def _row(name: str, one: Hold | None) -> dict[str, Any]:
    return {
        "queue": _short(name),
        "paused": one is not None,
        "until": moment(one.until) if one else None,
        "reason": (one.reason or None) if one else None,
        "by": one.actor if one else None,
    }


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _undo(operation: str) -> list[str]:
    return [f"undo:  mutt undo {operation}"] if operation else []
