"""Sessions of PostgreSQL as rows, and what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.checks import worst
from mutt_cli.present import times
from mutt_cli.present.checks import check_lines, check_rows
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.database_facts import Session
    from mutt_cli.ops.database_sessions import Connections, Ended
    from mutt_cli.ops.operation import Operation

_COLUMNS: Final = (
    Column("application"), Column("owner"), Column("user"), Column("database"), Column("state"),
    Column("sessions", "count"), Column("longest_in_state_seconds", "seconds", "in state for"),
    Column("longest_transaction_seconds", "seconds", "in transaction for"),
)  # fmt: skip
_SHOWN: Final = 10


def connections_listing(found: Connections, pool_max: int) -> Listing:
    """`mutt db connections`."""
    rows = [
        {
            "application": one.application or "(none)",
            "owner": "mutt" if one.ours else "other",
            "user": one.user,
            "database": one.database,
            "state": one.state or "hidden",
            "sessions": one.sessions,
            "longest_in_state_seconds": one.longest_in_state_s,
            "longest_transaction_seconds": one.longest_transaction_s,
        }
        for one in found.groups
    ]
    slots = found.slots
    fields = {
        "state": worst(found.checks),
        "used": slots.used,
        "max_connections": slots.most,
        "reserved": slots.for_others,
        "free": slots.free,
        "pool_max": pool_max,
        "checks": check_rows(found.checks),
        "not_visible": list(found.not_visible),
    }
    warnings = [f"not visible: {text}" for text in found.not_visible]
    warnings += [
        f"every session of {name} works, as many as one of its processes may have (POSTGRES_POOL_MAX {pool_max}):"
        " its pool is the limit"
        for name in found.exhausted_pools
    ]
    footer = check_lines(found.checks)
    return Listing("mutt.db.connections", _COLUMNS, rows, fields=fields, footer=footer, warnings=warnings)


def session_lines(sessions: Sequence[Session]) -> list[str]:
    """The plan of `kill`, as lines."""
    lines = [
        f"{one.application}  pid {one.pid}  as {one.user}, idle for {times.span(one.in_state_s or 0)}"
        for one in sessions[:_SHOWN]
    ]
    more = [f"and {len(sessions) - _SHOWN:,} more"] if len(sessions) > _SHOWN else []
    return [*lines, *more, "not undoable; MUTT's pools connect again by themselves when they need to"]


def kill_document(
    sessions: Sequence[Session], done: Ended | None = None, operation: Operation | None = None, *,
    hidden: Sequence[str] = (), dry_run: bool = True,
) -> Document:  # fmt: skip
    """`mutt db connections kill`: the plan, or what was done."""
    ended, busy, refused = (done.ended, done.busy, done.refused) if done else ([], [], [])
    fields = {
        "dry_run": dry_run and done is None,
        "operation": operation.id if operation else None,
        "planned": [_row(one) for one in sessions],
        "ended": len(ended),
        "busy": len(busy),
        "refused": len(refused),
    }
    if done is None:
        text = [f"{len(sessions):,} idle sessions of MUTT"]
    else:
        text = [f"ended {len(ended):,} of {len(sessions):,} sessions"]
        text += [f"{len(busy):,} had gone, or work again"] if busy else []
    warnings = [*(operation.warnings if operation else ()), *(f"not visible: {text}" for text in hidden)]
    if refused:
        roles = ", ".join(sorted({one.user for one in refused}))
        warnings.append(
            f"{len(refused):,} sessions of {roles} may not be ended by this role; as a superuser:"
            " GRANT pg_signal_backend TO the role of POSTGRES_USER;"
        )
    return Document("mutt.db.connections.kill", fields, text=text, warnings=warnings)


def _row(one: Session) -> dict[str, Any]:
    return {"pid": one.pid, "application": one.application, "user": one.user, "idle_seconds": one.in_state_s}
