"""The audit log as people read it, the newest change first: page by page, or by time, person and thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mutt_cli.adapters import audit_store
from mutt_cli.adapters.postgres import DatabaseError, explain, for_reading
from mutt_cli.errors import NotFoundError
from mutt_cli.ops import inventory, rule_plans

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.audit_store import AuditRow
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends

T = TypeVar("T")
MOST: Final = 10_000
"""Changes that one answer may hold."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
END: Final = datetime(9999, 1, 1, tzinfo=UTC)


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


@dataclass(frozen=True)
class Filter:
    """Which rows a page is of; what is empty or None asks for nothing."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    """A part of the name."""
    tables: tuple[str, ...] = ()
    """One of these."""
    record: str = ""
    operation: str = ""


def page(conn: Connection, wanted: Filter, *, limit: int, offset: int) -> AuditPage:
    """At most `limit` rows after the newest `offset`. Errors of the driver are the caller's to explain."""
    asked = {
        "since": wanted.since, "until": wanted.until, "actor": _pattern(wanted.actor),
        "tables": list(wanted.tables) or None,
        "record": wanted.record or None, "operation": wanted.operation or None,
    }  # fmt: skip
    rows, total = audit_store.page(conn, limit=limit, offset=offset, **asked)
    return AuditPage(rows, total, limit, offset)


def _pattern(part: str) -> str | None:
    """What a name with this part is like."""
    like = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{like}%" if part else None


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of the audit log; an empty text asks for nothing. Times may be None: no bound."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    """A part of the name."""
    table: str = ""
    record: str = ""
    object: str = ""
    """A table, a record, both with a slash between them, or a rule's name."""


@dataclass(frozen=True)
class Audited:
    """Rows, the newest first, and what is worth knowing about them."""

    rows: tuple[AuditRow, ...]
    warnings: tuple[str, ...] = ()


def search(backends: Backends, wanted: Wanted) -> Audited:
    """The newest changes that fit, at most MOST. Asked at the replica, if there is one."""
    rows = _asked(backends, lambda conn: audit_store.search(conn, MOST + 1, **_words(wanted)))
    warnings = _lag(backends)
    if len(rows) > MOST:
        warnings = (*warnings, f"only the newest {MOST:,} changes are looked at: narrow --since or --until")
    return Audited(rows[:MOST], warnings)


def one(backends: Backends, audit_id: int) -> AuditRow:
    """One change. Raises NotFoundError MUTT-P307."""
    found = _asked(backends, lambda conn: audit_store.one(conn, audit_id))
    if found is None:
        raise NotFoundError(f"there is no audit row {audit_id}", code="MUTT-P307", tries=("mutt audit list",))
    return found


def rule_id(backends: Backends, reference: str) -> str:
    """The id of a rule by id or name; a number is one even if the rule is gone, as long as somebody changed it once."""
    try:
        return str(rule_plans.named(inventory.current(backends), reference)["id"])
    except NotFoundError:
        known = Wanted(table="alert_rules", record=reference.lstrip("0"))
        if reference.isdecimal() and _asked(backends, lambda conn: audit_store.search(conn, 1, **_words(known))):
            return known.record
        raise


def _words(wanted: Wanted) -> dict[str, Any]:
    return {
        "since": wanted.since or BEGINNING,
        "until": wanted.until or END,
        "actor": _pattern(wanted.actor),
        "table": wanted.table or None,
        "record": wanted.record or None,
        "object": wanted.object or None,
    }


def _lag(backends: Backends) -> tuple[str, ...]:
    replica = backends.settings.postgres.read_host
    return (f"asked at {replica} (POSTGRES_READ_HOST), which may lag behind by moments",) if replica else ()


def _asked(backends: Backends, question: Callable[[Connection], T]) -> T:
    try:
        return question(backends.replica())
    except DatabaseError as error:
        raise explain(error, for_reading(backends.settings.postgres)) from error
