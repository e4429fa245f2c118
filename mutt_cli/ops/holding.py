"""One operation is in the hands of one process: who carries it out, goes on with it, or takes it back."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mutt_cli.adapters import operation_holder
from mutt_cli.adapters.operation_holder import BEAT_S, SILENT_S, Busy
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops.backends import Backends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.operations_reading import Recorded


@contextmanager
def held(backends: Backends, recorded: Recorded, actor: str) -> Iterator[None]:
    """Work on an operation that was looked at before. Raises RefusedError MUTT-G019 if somebody else does, or has.

    An operation that only a file of this host knows is not guarded: PostgreSQL is where people meet.
    """
    try:
        found = operation_holder.take(backends.postgres(), recorded.id, actor)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    if isinstance(found, Busy):
        raise _busy(recorded.id, found)
    if found.known and (found.result, found.undone_by) != (recorded.result, recorded.undone_by):
        _let_go(backends, recorded.id)
        raise RefusedError(
            f"{recorded.id} was worked on since you looked at it", code="MUTT-G019",
            why="somebody went on with it or took it back in between; nothing was changed by you",
            tries=(f"mutt op show {recorded.id}",),
        )  # fmt: skip
    with _kept(backends, recorded.id):
        yield


@contextmanager
def begun(backends: Backends, operation: str, actor: str) -> Iterator[None]:
    """Hold an operation of our own. On an older schema, and while PostgreSQL is away, it is recorded and not held."""
    with suppress(DatabaseError, MuttError):
        operation_holder.take(backends.postgres(), operation, actor)
    with _kept(backends, operation):
        yield


def taken_over(operation: str) -> RefusedError:
    """What a process is told that counted as dead, when it goes on."""
    return RefusedError(
        f"somebody else went on with {operation}", code="MUTT-G019",
        why="this process was not heard of for so long that it counted as dead; what it moved stays moved",
        tries=(f"mutt op show {operation}",),
    )  # fmt: skip


def require(backends: Backends, operation: str) -> None:
    """Raises RefusedError MUTT-G019 if somebody else went on with an operation that we hold."""
    try:
        lost = operation_holder.lost(backends.postgres(), operation)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    if lost:
        raise taken_over(operation)


@contextmanager
def _kept(backends: Backends, operation: str) -> Iterator[None]:
    """Say every few seconds that we live, on a connection of its own, which short work never makes."""
    over = threading.Event()
    threading.Thread(target=_beat, args=(backends, operation, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        _let_go(backends, operation)


def _beat(backends: Backends, operation: str, over: threading.Event) -> None:
    if over.wait(BEAT_S):
        return
    with Backends(backends.settings) as own:
        while not over.is_set():
            with suppress(DatabaseError, MuttError):
                operation_holder.beat(own.postgres(), operation)
            over.wait(BEAT_S)


def _let_go(backends: Backends, operation: str) -> None:
    """Whoever cannot say so is taken for dead: at once on this host, after a while elsewhere."""
    with suppress(DatabaseError, MuttError, KeyboardInterrupt):
        operation_holder.release(backends.idle_postgres(), operation)


def _busy(operation: str, busy: Busy) -> RefusedError:
    return RefusedError(
        f"{operation} is in the hands of {busy.actor}: process {busy.pid} on {busy.host}, heard of"
        f" {max(0.0, busy.silent_s):.0f} s ago",
        code="MUTT-G019",
        why=f"two at one operation would do it twice; after {SILENT_S} s of silence its holder counts as dead",
        tries=(f"mutt op show {operation}", "call it again when that is done"),
    )
