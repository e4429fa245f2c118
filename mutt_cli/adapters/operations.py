"""The operations journal: what people did, in the table `operations`, or in a file of this host while it is away.

Not the event journal (what happened to events). A row is written before the first change and closed after the last;
one that was never closed tells of a command that was killed in between.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from psycopg.types.json import Jsonb

from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection

STATEMENT_TIMEOUT_MS: Final = 2000
FILE_NAME: Final = "operations.jsonl"


@dataclass(frozen=True)
class Begun:
    """An operation before its first change. `argv` holds no secret; `plan` is what is about to be done."""

    id: str
    started_at: datetime
    actor: str
    host: str
    context: str
    command: str
    impact: str
    argv: Sequence[str]
    reason: str
    plan: Mapping[str, Any]


@dataclass(frozen=True)
class Audited:
    """One changed thing, as the audit shows it. `operation` is CREATE, UPDATE or DELETE."""

    operation: str
    table_name: str
    record_id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


@dataclass(frozen=True)
class Ended:
    """How it ended: `done`, or what went wrong. `originals` is what was replaced, for undo."""

    result: str
    counts: Mapping[str, int]
    originals: Mapping[str, Any]
    audited: Sequence[Audited] = ()


def begin(conn: Connection, begun: Begun) -> None:
    """Open the row. Raises DatabaseError."""
    values = {**asdict(begun), "argv": Jsonb(list(begun.argv)), "plan": Jsonb(dict(begun.plan))}
    with conn.transaction():
        _bound(conn)
        conn.execute(query("operation_begin"), values | {"reason": begun.reason or None})


def end(conn: Connection, begun: Begun, ended: Ended) -> None:
    """Close the row and write the audit, in one transaction. Raises DatabaseError."""
    with conn.transaction():
        _bound(conn)
        closing = {"counts": _json(ended.counts), "originals": _json(ended.originals)}
        conn.execute(query("operation_end"), {"id": begun.id, "result": ended.result, **closing})
        for one in ended.audited:
            who = {"actor": begun.actor, "reason": begun.reason or None, "id": begun.id}
            conn.execute(query("audit_add"), {**asdict(one), "old": _json(one.old), "new": _json(one.new), **who})


def note(folder: Path, begun: Begun, ended: Ended | None = None) -> None:
    """Append one line to the file of this host, and wait until the disk has it; only this account may read it.

    Raises OSError. The line of the end, which has a `result`, repeats how the operation began.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {**asdict(begun), **(asdict(ended) if ended else {})}
    descriptor = os.open(
        folder / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
    )
    with os.fdopen(descriptor, "ab") as opened:
        opened.write(msgspec.json.encode(told) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())


def _bound(conn: Connection) -> None:
    conn.execute(b"SET LOCAL statement_timeout = %d" % STATEMENT_TIMEOUT_MS)


def _json(values: Mapping[str, Any] | None) -> Jsonb | None:
    return None if values is None else Jsonb(dict(values))
