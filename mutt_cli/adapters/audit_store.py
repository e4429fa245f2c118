"""Reads the audit log, which triggers alone write (sql/migrations/0003)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
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
    """CREATE, UPDATE, DELETE or TRUNCATE."""
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
        found = tuple(AuditRow(*row) for row in rows)
        total = conn.execute(query("audit_count"), wanted).fetchone()
    return found, 0 if total is None else int(total[0])


def search(conn: Connection, most: int, **wanted: Any) -> tuple[AuditRow, ...]:
    """The newest rows that fit `since`, `until`, `actor` (a pattern), `table`, `record` and `object`; None = any."""
    with read_only(conn, timeout_ms=_SEARCH_MS):
        return tuple(AuditRow(*row) for row in conn.execute(query("audit_search"), {**wanted, "most": most}))


def one(conn: Connection, audit_id: int) -> AuditRow | None:
    """One row by its id."""
    with read_only(conn):
        row = conn.execute(query("audit_one"), {"id": audit_id}).fetchone()
    return None if row is None else AuditRow(*row)
