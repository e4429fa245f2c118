"""The database's state and migrations, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.core.checks import Check, worst
from mutt_cli.present import times
from mutt_cli.present.checks import check_lines, check_rows
from mutt_cli.present.database_health import health_fields, health_lines
from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from mutt_cli.ops.database import DatabaseStatus, MigrateResult, MigrationPlan
    from mutt_cli.ops.database_health import Health
    from mutt_cli.ops.operation import Operation


def status_document(status: DatabaseStatus, health: Health, *, local: bool = False) -> Document:
    """`mutt db status`."""
    checks = (*_schema_checks(status), *health.checks)
    days = sorted({partition.day for partition in status.partitions})
    span = f"{days[0]} to {days[-1]}, {len(status.partitions)} partitions" if days else "none"
    applied = status.schema_applied_at
    since = f", applied {times.instant(applied, local=local)}" if applied else ""
    fields = {
        "state": worst(checks),
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
        **health_fields(health),
        "checks": check_rows(checks),
    }
    text = (
        f"server       PostgreSQL {status.server_version}, {times.size(status.size_bytes)}",
        f"connections  {status.connections} of {status.max_connections}",
        f"schema       {status.schema_version} in the database, {status.code_version} in this release{since}",
        f"history      {span}, {status.rejected_records} rejected records",
        f"rules        revision {status.rules_revision}",
        "",
        *check_lines(checks),
        *health_lines(health),
    )
    warnings = (*_warnings(status), *(f"not visible: {one}" for one in health.not_visible))
    return Document("mutt.db.status", fields, text=text, warnings=warnings, name=status.server_version)


def _schema_checks(status: DatabaseStatus) -> tuple[Check, ...]:
    """What `_warnings` says in words."""
    pending, missing, rejected = len(status.pending), len(status.missing_partitions), status.rejected_records
    return (
        Check("migrations", "warn" if pending else "ok", pending, "count", "0", "not applied" if pending else "",
              ("mutt db migrate --dry-run", "mutt db migrate") if pending else ()),
        Check("partitions", "warn" if missing else "ok", missing, "count", "0",
              "missing for today and tomorrow" if missing else "", ("mutt db partition create",) if missing else ()),
        Check("rejected_records", "warn" if rejected else "ok", rejected, "count", "0"),
    )  # fmt: skip


def migrate_lines(plan: MigrationPlan) -> list[str]:
    """What the question shows: the migrations, and whom they would have to wait for."""
    waits = [
        f"waits for {name}, whose transaction has been open for {times.span(seconds)}"
        for name, seconds in plan.waits_for
    ]
    return [*(one.label for one in plan.pending), *waits, "not undoable: mutt backup create first"]


def migrate_document(result: MigrateResult, operation: Operation | None = None, *, new: bool = False) -> Document:
    """`mutt db migrate`, done. A `new` data base had no table yet in which the operation could be recorded."""
    fields = {
        "dry_run": False,
        "operation": operation.id if operation else None,
        "schema_version": result.version,
        "applied": result.applied,
        "partitions": result.partitions,
        "pending": (),
    }
    what = [f"applied {label}" for label in result.applied] or ["nothing to apply"]
    text = (*what, f"schema version {result.version}")
    return Document("mutt.db.migrate", fields, text=text, warnings=operation.warnings if operation and not new else ())


def plan_document(plan: MigrationPlan) -> Document:
    """`mutt db migrate --dry-run`: for people the SQL itself."""
    labels = tuple(one.label for one in plan.pending)
    fields = {
        "dry_run": True, "operation": None, "schema_version": None, "applied": (), "partitions": (), "pending": labels,
    }  # fmt: skip
    text = [line for one in plan.pending for line in (f"-- {one.label}", *one.sql.decode().splitlines())]
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
