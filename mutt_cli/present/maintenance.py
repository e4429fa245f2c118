"""Maintenance windows, draining and resuming on the screen and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.present.switches import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.drain import Step
    from mutt_cli.core.window import Window
    from mutt_cli.ops.drain import Done
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (
    Column("window"),
    Column("state", "state"),
    Column("scope"),
    Column("since", "time"),
    Column("until", "time"),
    Column("actor"),
    Column("reason", "free"),
    Column("ended_at", "time", wide=True),
)


def window_listing(kind: str, windows: Sequence[Window], now_ms: int) -> Listing:
    """`mutt maintenance list`."""
    return Listing(kind, _COLUMNS, [window_fields(one, now_ms) for one in windows])


def window_fields(window: Window, now_ms: int) -> dict[str, Any]:
    """One window in JSON."""
    return {
        "window": window.id,
        "state": "open" if window.open(now_ms) else "ended" if window.ended else "over",
        "scope": window.scope,
        "since": moment(window.since),
        "until": moment(window.until),
        "ended_at": moment(window.ended),
        "actor": window.actor,
        "reason": window.reason,
        "left_seconds": max(0, (window.until - now_ms) // 1000) if window.open(now_ms) else 0,
    }


def window_document(
    kind: str,
    window: Window | None,
    now_ms: int,
    *,
    first: str = "",
    operation: Operation | None = None,
    undo: str = "",
    dry_run: bool | None = None,
) -> Document:
    """`mutt maintenance show`, `start` and `end`; `dry_run` None for the first, which changes nothing."""
    shown = window_fields(window, now_ms) if window else None
    if dry_run is None:
        return Document(kind, shown or {}, name=str((shown or {}).get("window", "")))
    fields = {
        "dry_run": dry_run, "operation": operation.id if operation else None, "window": shown,
        "undo": [undo] if undo else [],
    }  # fmt: skip
    text = [first] if first else []
    if window is not None and not dry_run:
        until = moment(window.ended or window.until)
        when = times.instant(until) if until else "-"
        text.append(f"window {window.id} ({window.scope}) {'ended' if window.ended else 'until'} {when}")
    text += [f"undo:  {undo}"] if undo else []
    warnings = tuple(operation.warnings) if operation else ()
    return Document(kind, fields, text=text, warnings=warnings, name=window.id if window else "")


def course_document(
    kind: str,
    steps: Sequence[Step],
    done: Sequence[Done],
    *,
    operation: Operation | None,
    last: str = "",
    undo: str = "",
    warnings: Sequence[str] = (),
) -> Document:
    """`mutt maintenance drain` and `resume`; `operation` None: only planned, or nothing to do."""
    ended = {id(one.step): one for one in done}
    rows = [
        {
            "step": one.text, "line": one.line or None, "done": id(one) in ended,
            "seconds": ended[id(one)].seconds if id(one) in ended else None,
            "detail": ended[id(one)].detail if id(one) in ended else "",
        }
        for one in steps
    ]  # fmt: skip
    fields = {
        "dry_run": operation is None, "operation": operation.id if operation else None, "steps": rows,
        "undo": [undo] if undo else [],
    }  # fmt: skip
    planned = () if done or last else steps
    text = [one.text + (f":  {one.line}" if one.line else "") for one in planned]
    text += [f"{one.step.text}: {one.detail} ({times.span(one.seconds)})" for one in done]
    text += [last] if last else []
    text += [f"undo:  {undo}"] if undo else []
    told = (*warnings, *(operation.warnings if operation else ()))
    return Document(kind, fields, text=text, warnings=told, name=operation.id if operation else "")
