"""Settings that differ, and settings as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.config_history import Changed
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.settings_files import Compared, Exported

_DIFFERENCES: Final = (Column("key"), Column("here"), Column("there"), Column("meaning", "free", wide=True))
_CHANGES: Final = (
    Column("version"), Column("at", "time"), Column("actor"), Column("key"), Column("old"), Column("new"),
    Column("reason", "free"), Column("kind", wide=True), Column("operation", wide=True),
)  # fmt: skip


def diff_listing(kind: str, found: Compared) -> Listing:
    """`mutt config diff`."""
    rows = [
        {"key": one.declaration.env, "here": one.here, "there": one.there, "meaning": one.declaration.meaning}
        for one in found.rows
    ]
    return Listing(kind, _DIFFERENCES, rows, fields={"other": found.other})


def history_listing(kind: str, found: Sequence[Changed]) -> Listing:
    """`mutt config history`."""
    rows = [
        {
            "version": one.version, "at": one.at, "actor": one.actor, "key": one.key, "old": one.old, "new": one.new,
            "reason": one.reason, "kind": one.kind, "operation": one.operation,
        }
        for one in found
    ]  # fmt: skip
    return Listing(kind, _CHANGES, rows, name="version")


def export_document(kind: str, found: Exported, written: str) -> Document:
    """`mutt config export`; `written` is the file, empty if the lines are printed."""
    fields = {"file": written or None, "settings": dict(found.texts), "left_out": list(found.left_out)}
    text = [f"{len(found.texts)} settings written into {written}"] if written else found.content.splitlines()
    warnings = [f"{name} may hold a secret and was left out" for name in found.left_out]
    return Document(kind, fields, text=text or ["# everything is as the defaults say"], warnings=warnings, name=written)


def seeded_document(kind: str, names: Sequence[str], *, operation: Operation | None) -> Document:
    """`mutt config init`."""
    fields = {"dry_run": operation is None, "operation": operation.id if operation else None, "seeded": list(names)}
    text = [f"{len(names)} keys: {', '.join(names)}" if names else "nothing is missing"]
    warnings = tuple(operation.warnings) if operation else ()
    return Document(kind, fields, text=text, warnings=warnings, name=operation.id if operation else "")


def published_change(kind: str, key: str, value: str | None, source: str, at: object) -> Document:
    """One line of `mutt config watch`."""
    shown = "-" if value is None else value
    return Document(
        kind, {"key": key, "value": value, "source": source, "at": at}, text=[f"{key} = {shown} ({source})"]
    )
