"""Backups, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.backup_file import Made
    from mutt_cli.adapters.backup_proof import Proved
    from mutt_cli.ops.backup import BackupPlan
    from mutt_cli.ops.backup_files import Kept
    from mutt_cli.ops.operation import Operation

NO_SECRETS: Final = "the secrets of Vault are not in it: Vault has a backup of its own"
_COLUMNS: Final = (
    Column("file"), Column("created_at", "time", "created"), Column("age_seconds", "seconds", "age"),
    Column("size_bytes", "bytes", "size"), Column("made_by"), Column("state", "state"), Column("context", wide=True),
    Column("release", wide=True), Column("read_by", "free"), Column("path", wide=True),
    Column("problem", "free", wide=True),
)  # fmt: skip


def plan_lines(plan: BackupPlan) -> list[str]:
    """The plan of `backup create`."""
    return [
        f"redis    about {times.size(plan.redis_bytes)}: queues, dead letters, what is in hand, journal, settings",
        f"db       about {times.size(plan.db_bytes)}: every table, as of one moment",
        f"into     {plan.folder} (about {times.size(plan.file_bytes)}, {times.size(plan.free_bytes)} free), read back",
        NO_SECRETS,
    ]


def created_document(plan: BackupPlan, made: Made | None = None, operation: Operation | None = None) -> Document:
    """`mutt backup create`."""
    fields: dict[str, Any] = {
        "dry_run": operation is None, "operation": operation.id if operation else None, "folder": str(plan.folder),
        "redis_bytes": plan.redis_bytes, "db_bytes": plan.db_bytes, "free_bytes": plan.free_bytes,
    }  # fmt: skip
    text = [f"would write about {times.size(plan.file_bytes)} into {plan.folder}"]
    if made is not None:
        fields |= {"path": str(made.path), "size_bytes": made.size_bytes, "sha256": made.sha256, "parts": made.parts}
        text = [f"{made.path}  {times.size(made.size_bytes)}", f"sha256 {made.sha256}", *_part_lines(made.parts)]
        text += ["read back and whole; copy it to another host", NO_SECRETS]
    return Document("mutt.backup.create", fields, text, operation.warnings if operation else ())


def backup_listing(found: Sequence[Kept], unfinished: Sequence[str], folder: Path, now: datetime) -> Listing:
    """`mutt backup list`."""
    footer = ["state is that of the first line; mutt backup verify FILE reads all of it"] if found else []
    return Listing(
        "mutt.backup.list", _COLUMNS, [_row(one, now) for one in found], warnings=unfinished,
        fields={"folder": str(folder)}, footer=footer, name="path",
    )  # fmt: skip


def verified_document(kind: str, path: Path, proved: Proved, size_bytes: int) -> Document:
    """`mutt backup verify`."""
    head = proved.head
    fields = {
        "file": str(path), "state": "ok", "created_at": head.get("created_at"), "made_by": head.get("made_by"),
        "release": head.get("version"), "schema_version": head.get("schema_version"), "of_context": head.get("context"),
        "size_bytes": size_bytes, "lines": proved.lines, "parts": proved.parts,
    }  # fmt: skip
    first = f"{path} is whole: {proved.lines:,} lines, made {head.get('created_at')} by MUTT {head.get('version')}"
    return Document(kind, fields, [first, *_part_lines(proved.parts), NO_SECRETS])


def _part_lines(parts: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [
        f"{name:<7}  {sum(counts.values()):>12,} entries of {len(counts):,} kinds" for name, counts in parts.items()
    ]


def _row(one: Kept, now: datetime) -> dict[str, Any]:
    return {
        "file": one.path.name, "path": str(one.path), "created_at": one.created_at,
        "age_seconds": (now - one.created_at).total_seconds() if one.created_at else None,
        "size_bytes": one.size_bytes, "made_by": one.made_by, "state": "crit" if one.problem else "ok",
        "context": one.context or None, "release": one.version or None, "read_by": one.read_by or None,
        "problem": one.problem or None,
    }  # fmt: skip
