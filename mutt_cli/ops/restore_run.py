"""Putting a backup back while the daemons are stopped: Redis and the data base as they were, or nothing changed.

What is there now is kept in a backup first. Redis is filled beside what is there, and takes its place in one step just
before the transaction of the data base ends. Should we be killed between the two, every service is held until
`mutt op resume` has done it all again, which may be repeated.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Final, Literal

from mutt_cli.adapters import backup_proof, restore_tables
from mutt_cli.adapters.backup_head import damaged
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.postgres import DatabaseError, explain, waited_for_lock
from mutt_cli.adapters.restore_redis import ForgottenError, Refill
from mutt_cli.core.hold import Hold
from mutt_cli.errors import MuttError, RefusedError
from mutt_cli.ops import restore, standstill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mutt_cli.adapters.backup_proof import Piece
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.backup import Part
    from mutt_cli.ops.backends import Backends

HELD: Final = ("ingestor", "alerter", "forwarder", "remediation")
"""Services that do nothing while what is put back is half there."""


Reached = Literal["nothing", "half", "all"]
"""How far a restore came. `half`: Redis has its place, the data base perhaps; with Redis every service is held."""


@dataclass
class Return:
    """One backup on its way back. `operation` and `actor` are whose work it is."""

    source: restore.Source
    parts: tuple[Part, ...]
    operation: str
    actor: str
    marks: Mapping[str, Any] = field(default_factory=dict)
    """`standstill.marks` of what may be replaced; without any nobody asks what has happened since."""
    undoes: str = ""
    """The operation that this takes back."""
    counts: dict[str, int] = field(default_factory=dict)
    """Entries by part that are back, or on their way."""
    reached: Reached = "nothing"

    @property
    def total(self) -> int:
        """Entries of the file that are meant."""
        return sum(sum(self.source.counts[one].values()) for one in self.parts)

    @property
    def hold(self) -> Hold:
        """What holds every service while it is half there."""
        command = f"mutt undo {self.undoes}" if self.undoes else f"mutt op resume {self.operation}"
        return Hold(self.actor, f"half put back: {command}", self.operation, restore.COMMAND, now_ms())


def put_back(backends: Backends, back: Return, tell: Callable[[int, int, str], None]) -> None:
    """Replace what is there. Whatever is raised, `back.reached` tells whether anything was replaced.

    Raises RefusedError MUTT-G051 while a daemon is alive, MUTT-G019 while somebody else puts back, MUTT-G006 if
    something has happened since the marks were taken.
    """
    standstill.require(backends)
    refill, hold = Refill(backends.redis(), backends.keys, back.operation), back.hold
    try:
        with restore_tables.alone(conn := backends.postgres()):
            try:
                refill.begin()
                _fill(backends, conn, refill, back, tell)
                _note(conn, back)
                _swap(backends, refill, back, hold)
            except BaseException:
                if back.reached == "nothing":
                    with suppress(MuttError):  # what stays nobody reads, and it ends within a day
                        refill.drop()
                raise
    except DatabaseError as error:
        raise _explained(backends, error) from error
    back.reached = "all"
    refill.lift(hold)


def _swap(backends: Backends, refill: Refill, back: Return, hold: Hold) -> None:
    """The last step before the transaction ends."""
    if "redis" not in back.parts:
        standstill.require(backends)
        back.reached = "half"  # if the transaction's end is not heard of, nobody knows
        return
    refill.hold(HELD, hold)
    going = refill.going()
    standstill.require(backends)
    if back.marks:
        standstill.require_still(backends, ("redis",), back.marks)
    back.reached = "half"  # if no answer comes, nobody knows
    try:
        refill.swap(going)
    except ForgottenError:
        back.reached = "nothing"
        raise


def _note(conn: Connection, back: Return) -> None:
    since = str(back.source.head["created_at"])
    restore_tables.note(conn, back.operation, voids=restore.voids(back.parts), since=since, undoes=back.undoes)


def _explained(backends: Backends, error: DatabaseError) -> MuttError:
    """As everywhere, but that nothing is done in part."""
    told = explain(error, backends.settings.postgres)
    if not waited_for_lock(error):
        return told
    return RefusedError(told.message, code=told.code, why="nothing was replaced", tries=("mutt db connections",))


def _fill(
    backends: Backends, conn: Connection, refill: Refill, back: Return, tell: Callable[[int, int, str], None]
) -> None:
    """Both parts, in one way through the file: what it holds counts for nothing before its end has proved it whole."""
    back.counts = dict.fromkeys(back.parts, 0)
    revision = _emptied(backends, conn, back) if "db" in back.parts else 0
    with backup_proof.opened(back.source.path) as reading:
        for (part, of), pieces in groupby(reading.pieces(), key=lambda one: (one.part, one.of)):
            if part not in back.counts:
                continue
            some = _counted(pieces, back, tell)
            if part == "redis":
                for piece in some:
                    refill.take(piece)
            else:
                first = next(some)
                rows = (one.elements for one in chain([first], some))
                restore_tables.load(conn, of, first.group["columns"], rows)
    if reading.digest != back.source.digest:
        raise damaged(back.source.path, "it is another file than the one that was looked at")
    if "db" in back.parts:
        restore_tables.finish(conn, reading.head, revision)


def _emptied(backends: Backends, conn: Connection, back: Return) -> int:
    restore_tables.lock(conn)
    if back.marks:
        standstill.require_still(backends, ("db",), back.marks)
    return restore_tables.empty(conn, back.source.days)


def _counted(pieces: Iterable[Piece], back: Return, tell: Callable[[int, int, str], None]) -> Iterator[Piece]:
    for piece in pieces:
        back.counts[piece.part] += len(piece.elements)
        tell(sum(back.counts.values()), back.total, piece.part)
        yield piece
