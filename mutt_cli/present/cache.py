"""Rule caches as rows, and what a reload brought about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Column, Document, Listing
from mutt_cli.present.switches import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.cache import Caches, Held
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (
    Column("alerter"),
    Column("state", "state"),
    Column("revision"),
    Column("age_seconds", "seconds", "age"),
    Column("rules", "count"),
    Column("refused", "count"),
    Column("dev_hosts", "count"),
    Column("teams", "count"),
    Column("load_seconds", "seconds", "load"),
    Column("memory_bytes", "bytes", "memory"),
    Column("host"),
    Column("pid", wide=True),
    Column("loaded_at", "time", wide=True),
)


def cache_listing(kind: str, found: Caches) -> Listing:
    """`mutt cache show`: one line per alerter that is alive."""
    fields = {"database_revision": found.revision}
    warnings = [f"which rules the database has is not known: {found.trouble}"] if found.trouble else []
    warnings += [
        f"{one.worker.pod} found no enabled rule and keeps those of before"
        for one in found.held
        if one.known is not None and one.known.cache.kept
    ]
    if not found.held:
        warnings.append("no alerter is alive: nobody holds rules")
    return Listing(kind, _COLUMNS, [_row(one) for one in found.held], warnings=warnings, fields=fields)


def _row(one: Held) -> dict[str, Any]:
    known = one.known
    cache = known.cache if known else None
    return {
        "alerter": one.worker.pod,
        "state": one.state,
        "revision": cache.revision if cache else None,
        "age_seconds": one.age_s,
        "loaded_at": moment(known.at_ms) if known else None,
        "rules": cache.rules if cache else None,
        "refused": cache.refused if cache else None,
        "dev_hosts": cache.dev_hosts if cache else None,
        "teams": cache.teams if cache else None,
        "load_seconds": cache.seconds if cache else None,
        "memory_bytes": cache.rss_bytes if cache else None,
        "host": cache.host if cache else None,
        "pid": cache.pid if cache else None,
    }


def reloaded_document(
    kind: str, found: Caches | None, behind: Sequence[str], *, operation: Operation | None, waited_s: float
) -> Document:
    """`mutt cache reload`: done, asked for, or (`operation` None) only planned."""
    held = found.held if found else ()
    fields = {
        "dry_run": operation is None,
        "operation": operation.id if operation else None,
        "database_revision": found.revision if found else None,
        "alerters": [{"alerter": one.worker.pod, "reloaded": one.worker.pod not in behind} for one in held],
        "behind": list(behind),
        "seconds": round(waited_s, 2),
    }
    return Document(
        kind, fields, text=_told(found, behind, waited_s, dry_run=operation is None),
        warnings=tuple(operation.warnings) if operation else (), name=str(fields["database_revision"] or ""),
    )  # fmt: skip


def _told(found: Caches | None, behind: Sequence[str], waited_s: float, *, dry_run: bool) -> list[str]:
    if dry_run:
        return []
    if found is None:
        return ["announced; nobody was waited for"]
    if not found.held:
        return ["announced; no alerter is alive, each reads the rules when it starts"]
    total, revision = len(found.held), f" at revision {found.revision}" if found.revision is not None else ""
    lines = [f"{total - len(behind)}/{total} alerters{revision}, in {waited_s:.1f} s"]
    return lines + [f"  {name} has not read them: mutt logs alerter" for name in behind]
