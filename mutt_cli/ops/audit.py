"""The audit log as people read it: page by page, the newest change first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters import audit_store

if TYPE_CHECKING:
    from mutt_cli.adapters.audit_store import AuditRow
    from mutt_cli.adapters.postgres import Connection


@dataclass(frozen=True)
class AuditPage:
    """Some rows, and where they stand among all."""

    rows: tuple[AuditRow, ...]
    total: int
    limit: int
    offset: int

    @property
    def number(self) -> int:
        """Number of this page, from 1."""
        return self.offset // self.limit + 1

    @property
    def pages(self) -> int:
        """How many pages of this size there are."""
        return -(-self.total // self.limit)


def page(conn: Connection, *, limit: int, offset: int) -> AuditPage:
    """At most `limit` rows after the newest `offset`. Errors of the driver are the caller's to explain."""
    rows, total = audit_store.page(conn, limit=limit, offset=offset)
    return AuditPage(rows, total, limit, offset)
