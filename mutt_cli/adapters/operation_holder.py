"""Who works on an operation: a row of `operations` is in the hands of one process at a time.

The holder says every few seconds that it lives. Another takes the row when it is free, when its holder has been silent
for longer, or at once when its holder was a process of this host that is gone. Without session state, so that it
works through PgBouncer.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from psycopg.types.json import Jsonb

from mutt_cli.adapters import host
from mutt_cli.adapters.clock import new_token
from mutt_cli.adapters.postgres import at_once, bounded
from mutt_cli.adapters.queries import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.postgres import Connection

SILENT_S: Final = 20
"""A holder that said nothing for so long counts as dead; what it still does is fenced off slice by slice."""
BEAT_S: Final = 4.0


@dataclass(frozen=True)
class Holder:
    """A process, as others can recognise it."""

    actor: str
    host: str
    pid: int
    boot: str
    namespace: str
    token: str


@dataclass(frozen=True)
class Busy:
    """Somebody else has it."""

    actor: str
    host: str
    pid: int
    silent_s: float


@dataclass(frozen=True)
class Taken:
    """It is ours; how it stood at that moment. `known` is False if the table does not have it."""

    result: str | None = None
    undone_by: str | None = None
    known: bool = True


@cache
def token() -> str:
    """What this process is known by."""
    return new_token()


def take(conn: Connection, operation: str, actor: str) -> Taken | Busy:
    """Take it, unless a process that may be alive has it. Raises DatabaseError."""
    ours = Holder(actor, host.hostname(), os.getpid(), host.boot_id(), host.pid_namespace(), token())
    with bounded(conn):
        row = conn.execute(query("operation_held"), {"id": operation}).fetchone()
        if row is None:
            return Taken(known=False)
        result, undone_by, holder, silent_s = row
        if holder and holder.get("token") != ours.token and silent_s < SILENT_S and not _is_gone(holder):
            return Busy(str(holder.get("actor")), str(holder.get("host")), int(holder.get("pid") or 0), silent_s)
        conn.execute(query("operation_take"), {"id": operation, "holder": Jsonb(asdict(ours))})
    return Taken(result, undone_by)


def beat(conn: Connection, operation: str) -> None:
    """Say that we live. Raises DatabaseError."""
    at_once(conn, query("operation_beat"), {"id": operation, "token": token()})


def release(conn: Connection, operation: str) -> None:
    """Let it go, if it is still ours. Raises DatabaseError."""
    at_once(conn, query("operation_release"), {"id": operation, "token": token()})


def lost(conn: Connection, operation: str) -> bool:
    """Whether somebody else has taken it, and may have let it go since. Raises DatabaseError."""
    with bounded(conn):
        return conn.execute(query("operation_lost"), {"id": operation, "token": token()}).fetchone() is not None


def _is_gone(holder: Mapping[str, Any]) -> bool:
    """Whether it certainly was a process of this running host, and is none any more."""
    here = holder.get("boot") == host.boot_id() != "" and holder.get("host") == host.hostname()
    return here and host.process_is_gone(int(holder.get("pid") or 0), str(holder.get("namespace")))
