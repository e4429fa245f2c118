"""Reads the audit log: what triggers (sql/migrations/0003), operations and now and then a hand have written there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.postgres import Connection

_SEARCH_MS: Final = 4000
"""A search may read a week of changes; the whole command has 5 s (D37)."""


@dataclass(frozen=True)
class AuditRow:
    """One change of one record. Values are whole rows; a creation has no old ones, a removal no new ones."""

    id: int
    at_ms: int
    changed_by: str
    operation: str
    """One of `core.audit_diff.VERBS`, or what a hand has written."""
    table_name: str | None
    record_id: str | None
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None
    reason: str | None
    correlation_id: str | None


def page(conn: Connection, *, limit: int, offset: int, **wanted: Any) -> tuple[tuple[AuditRow, ...], int]:
    """Rows of one page, the newest first, and how many fit in all, at one moment.

    `wanted` are `since`, `until`, `actor` (a pattern), `tables`, `record` and `operation`; None = any.
    """
    with read_only(conn, timeout_ms=_SEARCH_MS):
        rows = conn.execute(query("audit_page"), {**wanted, "limit": limit, "offset": offset})
        found = tuple(map(_row, rows))
        total = conn.execute(query("audit_count"), wanted).fetchone()
    return found, 0 if total is None else int(total[0])


def search(conn: Connection, most: int, **wanted: Any) -> tuple[AuditRow, ...]:
    """The newest rows that fit `since`, `until`, `actor` (a pattern), `table`, `record` and `object`; None = any."""
    with read_only(conn, timeout_ms=_SEARCH_MS):
        return tuple(map(_row, conn.execute(query("audit_search"), {**wanted, "most": most})))


def one(conn: Connection, audit_id: int) -> AuditRow | None:
    """One row by its id."""
    with read_only(conn):
        row = conn.execute(query("audit_one"), {"id": audit_id}).fetchone()
    return None if row is None else _row(row)


def _row(row: Sequence[Any]) -> AuditRow:
    made = AuditRow(*row)
    return replace(made, old_values=_fields(made.old_values), new_values=_fields(made.new_values))


def _fields(values: Any) -> dict[str, Any] | None:
    """Values as fields: a hand may have written any JSON there."""
    return values if values is None or isinstance(values, dict) else {"value": values}
