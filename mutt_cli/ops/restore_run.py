"""Putting a backup back while the daemons are stopped: Redis and the data base as they were, or nothing changed.

What is there now is kept in a backup first. Redis is filled beside what is there, and takes its place in one step just
before the transaction of the data base ends. Should we be killed between the two, every service is held until
`mutt op resume` has done it all again, which may be repeated.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import backup_proof, restore_tables
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.files import file_sha256
from mutt_cli.adapters.operations import Audited
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.adapters.restore_redis import Refill
from mutt_cli.core.hold import Hold
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops import backup, restore, standstill
from mutt_cli.ops.bulk_work import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from mutt_cli.adapters.backup_proof import Piece
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.backup import Part
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.operation import Operation

HELD: Final = ("ingestor", "alerter", "forwarder", "remediation")
"""Services that do nothing while what is put back is half there."""


@dataclass
class Return:
    """One backup on its way back. `operation` and `actor` are whose work it is."""

    source: restore.Source
    parts: tuple[Part, ...]
    operation: str
    actor: str
    counts: dict[str, int] = field(default_factory=dict)
    """Entries by part that are back, or on their way."""

    @property
    def total(self) -> int:
        """Entries of the file that are meant."""
        return sum(sum(self.source.counts[one].values()) for one in self.parts)


@dataclass(frozen=True)
class Doing:
    """How a restore is carried out: what its safety backup is called and where it goes, who does it, who is told."""

    making: backup.Making
    folder: Path
    actor: str
    kept: Callable[[int, int, str], None]
    back: Callable[[int, int, str], None]


def carry_out(
    backends: Backends, found: restore.Source, parts: tuple[Part, ...], operation: Operation, doing: Doing
) -> None:
    """Keep what is there, replace it, and note what undo needs. Errors as `put_back` and `backup.create`."""
    path = keep(backends, doing.making, doing.folder, doing.kept)
    operation.backup_path, operation.backup_sha256 = str(path), file_sha256(path)
    back = Return(found, parts, operation.id, doing.actor)
    put_back(backends, back, doing.back)
    operation.counts = dict(back.counts)
    operation.originals = {"marks": standstill.marks(backends, parts)}
    told = {"parts": list(parts), "file": str(found.path)}
    operation.audited = [Audited("RESTORE", "backup", found.path.name, None, told)]


def keep(backends: Backends, making: backup.Making, folder: Path, tell: Callable[[int, int, str], None]) -> Path:
    """Write what is there now into a backup, unless that was done before; returns the file."""
    path = backup.path_of(folder, making.at, making.operation)
    return path if path.exists() else backup.create(backends, folder, making, tell).path


def put_back(backends: Backends, back: Return, tell: Callable[[int, int, str], None]) -> None:
    """Replace what is there. Whatever is raised, nothing is changed, or every service is held (see above).

    Raises RefusedError MUTT-G051 while a daemon is alive, MUTT-G019 while somebody else puts back.
    """
    standstill.require(backends)
    refill = Refill(backends.redis(), backends.keys, back.operation)
    why = f"half put back: mutt op resume {back.operation}"
    hold = Hold(back.actor, why, back.operation, restore.COMMAND, now_ms())
    try:
        with restore_tables.alone(conn := backends.postgres()):
            refill.drop()
            _fill(conn, refill, back, tell)
            standstill.require(backends)
            if "redis" in back.parts:
                refill.hold(HELD, hold)
                refill.swap()
    except BaseException as error:
        with suppress(MuttError):  # what stays nobody reads, and the next restore removes it
            refill.drop()
        if isinstance(error, DatabaseError):
            raise explain(error, backends.settings.postgres) from error
        raise
    refill.lift(hold)


def _fill(conn: Connection, refill: Refill, back: Return, tell: Callable[[int, int, str], None]) -> None:
    """Both parts, in one way through the file: what it holds counts for nothing before its end has proved it whole."""
    back.counts = dict.fromkeys(back.parts, 0)

    def told(pieces: Iterable[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            yield piece
            back.counts[piece.part] += len(piece.elements)
            tell(sum(back.counts.values()), back.total, piece.part)

    revision = restore_tables.empty(conn, back.source.days) if "db" in back.parts else 0
    with backup_proof.opened(back.source.path) as reading:
        for (part, of), pieces in groupby(reading.pieces(), key=lambda one: (one.part, one.of)):
            if part not in back.counts:
                continue
            if part == "redis":
                for piece in told(pieces):
                    refill.take(piece)
            else:
                first = next(pieces)
                rows = (one.elements for one in told(chain([first], pieces)))
                restore_tables.load(conn, of, first.group["columns"], rows)
    if "db" in back.parts:
        restore_tables.finish(conn, reading.head, revision)


def resume(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    """Put all of it back once more. Raises RefusedError MUTT-G011 where there is nothing to go on with."""
    parts = restore.parts_of(recorded)
    _require_halves(recorded, parts)
    standstill.require(backends)
    planned = recorded.plan
    found = restore.source(Path(str(planned["file"])))
    if found.sha256 != planned["sha256"]:
        raise RefusedError(
            f"{found.path} is not the file that {recorded.id} was begun with: its SHA-256 differs", code="MUTT-G011",
            tries=(f"mutt op show {recorded.id}", f"mutt restore {found.path}"),
        )  # fmt: skip
    at = datetime.fromisoformat(str(planned["at"]))
    making = backup.Making(recorded.id, recorded.command, recorded.context, at)
    keep(backends, making, Path(str(planned["folder"])), lambda *_: None)
    back = Return(found, parts, recorded.id, actor)

    def progress(done: int, total: int, _part: str) -> None:
        tell(Progress(total, total, done, done))

    put_back(backends, back, progress)
    done = sum(back.counts.values())
    return Progress(back.total, back.total, done, done, noted={"marks": standstill.marks(backends, parts)})


def _require_halves(recorded: Recorded, parts: Collection[Part]) -> None:
    if not {"redis", "db"} & set(parts):
        raise RefusedError(
            f"{recorded.id} cannot be resumed: it was done whole or not at all", code="MUTT-G011",
            tries=(f"mutt op show {recorded.id}", "mutt restore FILE"),
        )  # fmt: skip
