"""The database's state and migrations, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.present import times
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.migrations import Migration
    from mutt_cli.ops.database import DatabaseStatus, MigrateResult


def status_document(status: DatabaseStatus, *, local: bool = False) -> Document:
    """`mutt db status`."""
    days = sorted({partition.day for partition in status.partitions})
    span = f"{days[0]} to {days[-1]}, {len(status.partitions)} partitions" if days else "none"
    applied = status.schema_applied_at
    since = f", applied {times.instant(applied, local=local)}" if applied else ""
    fields = {
        "server_version": status.server_version,
        "size_bytes": status.size_bytes,
        "connections": status.connections,
        "max_connections": status.max_connections,
        "schema_version": status.schema_version,
        "schema_applied_at": applied,
        "code_version": status.code_version,
        "pending": status.pending,
        "history_bytes": sum(partition.size_bytes for partition in status.partitions),
        "partitions": len(status.partitions),
        "missing_partitions": status.missing_partitions,
        "rejected_records": status.rejected_records,
        "rules_revision": status.rules_revision,
    }
    text = (
        f"server       PostgreSQL {status.server_version}, {times.size(status.size_bytes)}",
        f"connections  {status.connections} of {status.max_connections}",
        f"schema       {status.schema_version} in the database, {status.code_version} in this release{since}",
        f"history      {span}, {status.rejected_records} rejected records",
        f"rules        revision {status.rules_revision}",
    )
    return Document("mutt.db.status", fields, text=text, warnings=_warnings(status), name=status.server_version)


def migrate_document(result: MigrateResult) -> Document:
    """`mutt db migrate`, done."""
    fields = {
        "dry_run": False,
        "schema_version": result.version,
        "applied": result.applied,
        "partitions": result.partitions,
        "pending": (),
    }
    what = [f"applied {label}" for label in result.applied] or ["nothing to apply"]
    return Document("mutt.db.migrate", fields, text=(*what, f"schema version {result.version}"))


def plan_document(missing: Sequence[Migration]) -> Document:
    """`mutt db migrate --dry-run`: for people the SQL itself."""
    labels = tuple(one.label for one in missing)
    fields = {"dry_run": True, "schema_version": None, "applied": (), "partitions": (), "pending": labels}
    text = [line for one in missing for line in (f"-- {one.label}", *one.sql.decode().splitlines())]
    return Document("mutt.db.migrate", fields, text=text or ("nothing to apply",))


def _warnings(status: DatabaseStatus) -> tuple[str, ...]:
    said = []
    if status.pending:
        said.append(f"{len(status.pending)} migrations are not applied: mutt db migrate")
    if status.missing_partitions:
        said.append(f"{len(status.missing_partitions)} partitions are missing; rows go to DEFAULT until they are made")
    if status.rejected_records:
        said.append(f"{status.rejected_records} records could not be stored; they are in event_history_rejects")
    return tuple(said)
