"""Recording what a person does: the intent before the first change, the outcome after the last (ux.md section 3.4).

    with recorded(backends, folder, begun) as operation:
        operation.originals = change_something()

Every command that changes something does so inside such a block. PostgreSQL keeps the record; while it is away a file
of this host does, and where neither can, nothing is changed.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import operations
from mutt_cli.adapters.operations import Audited, Begun, Ended
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.errors import MuttError, OutOfTimeError, RefusedError, UnreachableError
from mutt_cli.ops import holding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.ops.backends import Backends


@dataclass
class Operation:
    """One operation under way; the block fills in what it did. `warnings` tell of a record that is not in the table."""

    id: str
    counts: dict[str, int] = field(default_factory=dict)
    originals: Mapping[str, Any] = field(default_factory=dict)
    audited: list[Audited] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    backup_path: str | None = None
    backup_sha256: str | None = None
    result: str = "done"
    """How it ended if nothing was raised: `done`, or `stopped: why`."""
    taken_over: bool = False
    """Whether somebody else went on with it, and its end is theirs to tell."""


@contextmanager
def recorded(backends: Backends, folder: Path, begun: Begun, *, at_hand: bool = False) -> Iterator[Operation]:
    """Record the block as one operation. Raises RefusedError MUTT-G003 if its intent can be written nowhere.

    `at_hand`: the file of this host has it as well, until the next operation finds it in PostgreSQL.
    """
    operation = Operation(begun.id, originals=begun.originals)
    try:
        _keep(backends, folder, operation, begun)
    except KeyboardInterrupt:  # nobody knows whether the row is there: it must not look like work that was begun
        operations.note(folder, begun, Ended("interrupted", {}, {}))
        raise
    if not operation.warnings:
        _catch_up(backends, folder, begun.context)
        if at_hand:
            _note(folder, operation, begun)
    with nullcontext() if operation.warnings else holding.begun(backends, begun.id, begun.actor):
        yield from _closed(backends, folder, operation, begun, at_hand=at_hand)


def _closed(
    backends: Backends, folder: Path, operation: Operation, begun: Begun, *, at_hand: bool
) -> Iterator[Operation]:
    """The block, and the record of its end."""
    result = "interrupted"
    try:
        yield operation
        result = operation.result
    except MuttError as error:
        result = f"failed: {error.code} {error.message}"
        raise
    finally:
        ended = Ended(
            result, operation.counts, operation.originals, tuple(operation.audited), operation.backup_path,
            operation.backup_sha256,
        )  # fmt: skip
        try:
            if at_hand and not operation.warnings:
                _note(folder, operation, begun, ended)
            _keep(backends, folder, operation, begun, ended)
        except KeyboardInterrupt:  # nobody knows whether the table has it: the file of this host tells it again
            operations.note(folder, begun, ended)
            raise
    if operation.taken_over:
        raise holding.taken_over(begun.id)


def _keep(backends: Backends, folder: Path, operation: Operation, begun: Begun, ended: Ended | None = None) -> None:
    """Write one end of the record: to the table, else to the file."""

    def write(conn: Connection) -> None:
        if ended is None:
            operations.begin(conn, begun)
        else:
            operation.taken_over = not operations.end(conn, begun, ended)

    problem = _try(backends, write, closing=ended is not None) if not operation.warnings else None
    if problem is None and not operation.warnings:
        return
    _note(folder, operation, begun, ended)
    if problem is not None:
        place = folder / operations.FILE_NAME
        operation.warnings.append(f"{begun.id} is recorded in {place}, not in PostgreSQL: {problem.message}")


def _note(folder: Path, operation: Operation, begun: Begun, ended: Ended | None = None) -> None:
    """Write one end of the record to the file of this host. Raises RefusedError MUTT-G003 if the first cannot be."""
    try:
        operations.note(folder, begun, ended)
    except OSError as error:
        if ended is not None:  # it is done: what remains is to say so
            operation.warnings.append(f"the outcome of {begun.id} could not be recorded: {error}")
            return
        raise RefusedError(
            f"the operation cannot be recorded, neither in PostgreSQL nor in {folder}: {error.strerror}",
            code="MUTT-G003",
            why="nothing was changed: who did what, and why, would be known to nobody",
            tries=("mutt db status", f"ls -ld {folder}", "set MUTT_STATE_DIR to a folder you may write to"),
        ) from error


def _catch_up(backends: Backends, folder: Path, context: str) -> None:
    """What was recorded in the file while PostgreSQL was away goes where everybody sees it; else it stays there."""
    with suppress(DatabaseError, MuttError, OSError):
        operations.absorb(backends.postgres(), folder, context)


def _try(backends: Backends, write: Callable[[Connection], None], *, closing: bool) -> MuttError | None:
    """The problem if it could not be written. A connection that was interrupted in the middle is not used again."""
    try:
        write(backends.idle_postgres())
    except DatabaseError as error:
        return explain(error, backends.settings.postgres)
    except MuttError as error:
        return error
    except OutOfTimeError as error:
        if not closing:
            raise
        return UnreachableError(f"PostgreSQL did not take the record: {error}", code="MUTT-U010")
    return None
