"""Reads the operations journal: the table, and what files of this host keep that is not in it yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.operations import FILE_NAME, merged_notes
from mutt_cli.adapters.postgres import read_only
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection


_TEXTS: Final = ("actor", "host", "context", "command", "impact", "reason")


@dataclass(frozen=True)
class Recorded:
    """One operation as it was recorded. `result` is None while it runs, or if it was killed."""

    id: str
    started_at: datetime
    finished_at: datetime | None
    actor: str
    host: str
    context: str
    command: str
    impact: str
    argv: Sequence[str]
    reason: str
    plan: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    originals: Mapping[str, Any] = field(default_factory=dict)
    """What was replaced; empty where many are listed."""
    backup_path: str | None = None
    backup_sha256: str | None = None
    result: str | None = None
    undone_by: str | None = None

    @property
    def state(self) -> str:
        """`done`, `failed`, `stopped`, `interrupted`, `open` (it runs, or was killed) or `undone`."""
        if self.undone_by:
            return "undone"
        return (self.result or "open").partition(":")[0]


def find(conn: Connection, prefix: str) -> list[Recorded]:
    """The operations whose id begins so, without regard to case; `op-` may be left out."""
    plain = "".join(one for one in prefix.upper().removeprefix("OP-") if one.isalnum())
    with read_only(conn):
        rows = conn.execute(query("operation_find"), {"pattern": f"OP-{plain}%"}).fetchall()
    return [_recorded(row) for row in rows]


def page(conn: Connection, *, since: datetime, until: datetime, most: int) -> list[Recorded]:
    """The newest operations of a time, without what they replaced."""
    with read_only(conn):
        rows = conn.execute(query("operation_page"), {"since": since, "until": until, "most": most}).fetchall()
    return [_recorded(row) for row in rows]


def last_of(conn: Connection, actor: str, commands: Sequence[str]) -> Recorded | None:
    """The last operation by this person, of these commands, that was not taken back."""
    with read_only(conn):
        row = conn.execute(query("operation_last_of"), {"actor": actor, "commands": list(commands)}).fetchone()
    return _recorded(row) if row else None


def wrote_revision(conn: Connection, revision: int, other_than: Recorded) -> bool:
    """Whether another operation since then says that this revision of the secret is its own."""
    values = {"since": other_than.started_at, "id": other_than.id, "revision": str(revision)}
    with read_only(conn):
        return conn.execute(query("operation_of_revision"), values).fetchone() is not None


def undos_of(conn: Connection, recorded: Recorded) -> list[Recorded]:
    """The operations that were to take this one back, done or not."""
    with read_only(conn):
        rows = conn.execute(query("operation_undos_of"), {"id": recorded.id, "since": recorded.started_at}).fetchall()
    return [_recorded(row) for row in rows]


def noted(folder: Path) -> list[Recorded]:
    """What the file of this host keeps while PostgreSQL is away, the newest first."""
    try:
        told = merged_notes((folder / FILE_NAME).read_bytes())
    except OSError:
        return []
    found = [one for one in map(_noted, told.values()) if one is not None]
    return sorted(found, key=lambda one: one.started_at, reverse=True)


def _recorded(row: tuple[Any, ...]) -> Recorded:
    values = list(row)
    for place in (10, 11, 12):
        values[place] = values[place] or {}
    return Recorded(*values)


def _noted(told: Mapping[str, Any]) -> Recorded | None:
    started, ended = _at(told.get("started_at")), _at(told.get("ended_at"))
    if started is None:
        return None
    values: dict[str, Any] = {name: str(told.get(name) or "") for name in _TEXTS}
    values |= {name: told.get(name) or {} for name in ("plan", "counts", "originals")}
    values |= {name: told.get(name) for name in ("backup_path", "backup_sha256", "result")}
    argv = tuple(told.get("argv") or ())
    return Recorded(id=str(told["id"]), started_at=started, finished_at=ended, argv=argv, **values)


def _at(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
