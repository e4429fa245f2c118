"""The operations journal in rows, one operation whole, and what an undo did."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.settings import BY_DYNAMIC, BY_ENV
from mutt_cli.settings.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.operations import Found
    from mutt_cli.ops.undo import Undo, Undone

_COLUMNS: Final = (
    Column("operation"),
    Column("started_at", "time", "started"),
    Column("actor"),
    Column("state", "state"),
    Column("what", "free"),
    Column("reason", "free"),
    Column("took_seconds", "seconds", "took", wide=True),
    Column("in_context", wide=True),
    Column("host", wide=True),
    Column("impact", wide=True),
    Column("undone_by", wide=True),
)
_LONG: Final = 2000
"""Characters of a before-image that people see; JSON has it whole."""


def operation_row(one: Recorded) -> dict[str, Any]:
    """One operation in JSON, without what it replaced."""
    took = (one.finished_at - one.started_at).total_seconds() if one.finished_at else None
    return {
        "operation": one.id,
        "command": one.command,
        "impact": one.impact,
        "state": one.state,
        "result": one.result,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
        "took_seconds": None if took is None else round(max(0.0, took), 3),
        "actor": one.actor,
        "host": one.host,
        "in_context": one.context,
        "argv": list(one.argv),
        "what": " ".join(["mutt", *map(shlex.quote, one.argv)]),
        "reason": one.reason or None,
        "counts": dict(one.counts),
        "backup_path": one.backup_path,
        "backup_sha256": one.backup_sha256,
        "undone_by": one.undone_by,
    }


def operation_listing(found: Found) -> Listing:
    """`mutt op list`."""
    return Listing("mutt.op.list", _COLUMNS, [operation_row(one) for one in found.operations], warnings=found.warnings)


def operation_document(one: Recorded, *, undo: str, local: bool) -> Document:
    """`mutt op show`: `undo` says how to take it back, or why that cannot be done."""
    fields = {**operation_row(one), "plan": dict(one.plan), "originals": masked(one.originals), "undo": undo}
    return Document("mutt.op.show", fields, text=list(_story(one, undo, local=local)), name=one.id)


def _story(one: Recorded, undo: str, *, local: bool) -> Iterator[str]:
    yield f"{one.id}  {one.state}"
    yield f"what      {' '.join(['mutt', *map(shlex.quote, one.argv)])}"
    yield f"who       {one.actor} on {one.host}, context {one.context}" + (f": {one.reason}" if one.reason else "")
    ended = f" to {times.instant(one.finished_at, local=local)}" if one.finished_at else ", not closed"
    yield f"when      {times.instant(one.started_at, local=local)}{ended}"
    if one.result not in {None, "done"}:
        yield f"result    {one.result}"
    yield from _facts("plan", one.plan)
    yield from _facts("counts", one.counts)
    yield from _facts("before", masked(one.originals))
    if one.backup_path:
        yield f"backup    {one.backup_path} (on {one.host})  sha256 {one.backup_sha256}"
    yield f"undo      {undo}"


def masked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Before-images without what may hold a secret, such as a token in an address; undo has the whole."""
    return {name: _masked(name, value) for name, value in facts.items()}


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return masked(value)
    declaration = BY_DYNAMIC.get(name) or BY_ENV.get(name)
    hides = declaration is not None and (declaration.secret or declaration.may_hold_secret)
    return shown(declaration, value)[1:-1] if hides and declaration and isinstance(value, str) else value


def facts(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a plan or a before-image says, as people read it: names, and texts that may be cut."""
    from mutt_cli.present.encode import json_text  # noqa: PLC0415  only where there is something to encode

    texts = [(name, value if isinstance(value, str) else json_text(value)) for name, value in known.items()]
    return [(name, f"{text[:_LONG]}{'...' if len(text) > _LONG else ''}") for name, text in texts]


def _facts(title: str, known: Mapping[str, Any]) -> Iterator[str]:
    for name, text in facts(known):
        yield f"{title:<9} {name}: {text}"
        title = ""


def undo_plan_document(kind: str, recorded: Recorded, undo: Undo) -> Document:
    """What `mutt undo --dry-run` shows."""
    fields = {"dry_run": True, "operation": None, "undoes": recorded.id, "restored": list(undo.lines)}
    lines = [f"{recorded.id} would be taken back:", *(f"  {one}" for one in undo.lines), *_not_undone(undo.cannot)]
    return Document(kind, {**fields, "cannot": list(undo.cannot), "counts": {}}, text=lines)


def undone_document(kind: str, recorded: Recorded, undone: Undone, operation: Operation) -> Document:
    """What was taken back, and what was not."""
    fields = {"dry_run": False, "operation": operation.id, "undoes": recorded.id, "restored": list(undone.lines)}
    lines = [f"{recorded.id} is taken back by {operation.id}", *(f"  {one}" for one in undone.lines)]
    return Document(
        kind, {**fields, "cannot": list(undone.cannot), "counts": undone.counts},
        text=[*lines, *_not_undone(undone.cannot)], warnings=tuple(operation.warnings), name=operation.id,
    )  # fmt: skip


def _not_undone(cannot: Sequence[str]) -> list[str]:
    return [f"  not taken back: {one}" for one in cannot]
