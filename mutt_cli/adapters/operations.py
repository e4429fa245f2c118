"""Writes the operations journal: what people did, in the table `operations`, or in a file of this host meanwhile.

Not the event journal (what happened to events). A row is written before the first change and closed after the last;
one that was never closed tells of a command that was killed in between.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec
from psycopg.types.json import Jsonb

from mutt_cli.adapters import operation_holder
from mutt_cli.adapters.clock import utc_now
from mutt_cli.adapters.postgres import bounded
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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
    originals: Mapping[str, Any] = field(default_factory=dict)
    """What is about to be replaced, for undo, as far as it is known before."""


@dataclass(frozen=True)
class Audited:
    """One changed thing, as the audit shows it. `operation` is one of `core.audit_diff.VERBS`."""

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
    backup_path: str | None = None
    backup_sha256: str | None = None


def begin(conn: Connection, begun: Begun) -> None:
    """Open the row. Raises DatabaseError."""
    values = {**asdict(begun), "argv": Jsonb(list(begun.argv)), "plan": Jsonb(dict(begun.plan))}
    values["originals"] = Jsonb(dict(begun.originals))
    with bounded(conn, STATEMENT_TIMEOUT_MS):
        conn.execute(query("operation_begin"), values | {"reason": begun.reason or None})


def end(conn: Connection, begun: Begun, ended: Ended) -> bool:
    """Close the row and write the audit, in one transaction. Raises DatabaseError.

    False, and nothing is written, if another process went on with it.
    """
    with bounded(conn, STATEMENT_TIMEOUT_MS):
        closing: dict[str, Any] = {"counts": _json(ended.counts), "originals": _json(ended.originals)}
        closing |= {"backup_path": ended.backup_path, "backup_sha256": ended.backup_sha256}
        closing |= {"id": begun.id, "result": ended.result, "token": operation_holder.token()}
        written = conn.execute(query("operation_end"), closing).rowcount
        if not written and conn.execute(query("operation_held"), {"id": begun.id}).fetchone():
            return False
        for one in ended.audited:
            who = {"actor": begun.actor, "reason": begun.reason or None, "id": begun.id}
            conn.execute(query("audit_add"), {**asdict(one), "old": _json(one.old), "new": _json(one.new), **who})
        # What is audited by nobody else, such as messages that were moved, is audited as the operation that it was.
        told = {"command": begun.command, "result": ended.result, "counts": dict(ended.counts)}
        conn.execute(query("audit_operation"), {"id": begun.id, "told": Jsonb(told)})
    return True


def note(folder: Path, begun: Begun, ended: Ended | None = None) -> None:
    """Append one line to the file of this host, and wait until the disk has it; only this account may read it.

    Raises OSError. The line of the end, which has a `result`, repeats how the operation began.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {**asdict(begun), **(asdict(ended) | {"ended_at": utc_now()} if ended else {})}
    with _alone(folder) as opened:
        opened.seek(0, os.SEEK_END)
        opened.write(msgspec.json.encode(told) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())


@contextmanager
def _alone(folder: Path) -> Iterator[BinaryIO]:
    """The file of this host, while nobody else writes it. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(folder / FILE_NAME, flags, 0o600), "r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield opened


def mark_undone(conn: Connection, operation: str, by: str) -> bool:
    """Note which operation took this one back; False if another did already, or is about to."""
    words = {"id": operation, "by": by, "token": operation_holder.token()}
    with bounded(conn, STATEMENT_TIMEOUT_MS):
        return conn.execute(query("operation_undone"), words).rowcount == 1


def absorb(conn: Connection, folder: Path, context: str) -> int:
    """Bring what the file of this host kept of one context into the table; returns how many operations.

    Records of other contexts stay in the file: they belong into other databases. Whatever is stored already stays, so
    that an end half way does no harm. Raises DatabaseError or OSError.
    """
    if not (folder / FILE_NAME).exists():
        return 0
    with _alone(folder) as opened:
        told = merged_notes(opened.read())
        own = {name: one for name, one in told.items() if one.get("context") == context}
        if not own:
            return 0
        with bounded(conn, STATEMENT_TIMEOUT_MS):
            for one in own.values():
                if conn.execute(query("operation_absorb"), _row(one)).rowcount and one.get("result"):
                    _audit(conn, one)
        opened.seek(0)
        opened.write(b"".join(msgspec.json.encode(one) + b"\n" for name, one in told.items() if name not in own))
        opened.truncate()
    return len(own)


def _audit(conn: Connection, told: Mapping[str, Any]) -> None:
    who = {"actor": told.get("actor") or "", "reason": told.get("reason") or None, "id": told["id"]}
    for one in told.get("audited") or ():
        row = {name: one.get(name) for name in ("operation", "table_name", "record_id")}
        conn.execute(query("audit_add"), {**row, "old": _json(one.get("old")), "new": _json(one.get("new")), **who})


def merged_notes(text: bytes) -> dict[str, dict[str, Any]]:
    """The operations that lines of the file tell of, by id; a line that was cut short tells of none."""
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        try:
            told = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError:
            continue
        if isinstance(told.get("id"), str) and isinstance(told.get("command"), str):
            found[told["id"]] = found.get(told["id"], {}) | told
    return found


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    result = told.get("result")
    values = {name: told.get(name) or None for name in ("reason", "result", "backup_path", "backup_sha256")}
    values |= {name: told.get(name) or "" for name in ("id", "actor", "host", "context", "command", "impact")}
    values |= {name: Jsonb(told.get(name)) for name in ("argv", "plan", "counts", "originals")}
    return values | {"started_at": told.get("started_at"), "finished_at": told.get("ended_at") if result else None}


def _json(values: Mapping[str, Any] | None) -> Jsonb | None:
    return None if values is None else Jsonb(dict(values))
