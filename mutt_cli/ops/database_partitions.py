"""The days of the history: which there are, making them ahead, moving them to files, dropping what is in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import history_partitions, host, partition_archive
from mutt_cli.adapters.partition_archive import ArchiveDamagedError
from mutt_cli.adapters.postgres import read_only
from mutt_cli.core import partitions
from mutt_cli.errors import MuttError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from mutt_cli.adapters.partition_archive import Manifest
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.partitions import Partition
    from mutt_cli.settings import History

DAYS_OF_A_MONTH: Final = 31
MOST_MONTHS: Final = 12


@dataclass(frozen=True)
class PartitionRow:
    """One part of the history. `day` is None for DEFAULT; `state` says what retention makes of it."""

    name: str
    table: str
    day: date | None
    size: int
    rows: int
    """About; as the statistics have it."""
    state: Literal["ahead", "today", "kept", "expired", "default"]
    archived: Manifest | None


@dataclass(frozen=True)
class ToArchive:
    """What would be written, and the room there is."""

    partitions: tuple[Partition, ...]
    folder: Path
    free: int

    @property
    def size(self) -> int:
        """Bytes that these take in the data base; compressed text takes less."""
        return sum(one.size_bytes for one in self.partitions)


@dataclass(frozen=True)
class ToDrop:
    """What would be dropped, each with its verified archive."""

    partitions: tuple[tuple[Partition, Manifest], ...]
    folder: Path

    @property
    def size(self) -> int:
        """Bytes that become free at once."""
        return sum(one.size_bytes for one, _ in self.partitions)


def rows(conn: Connection, history: History, today: date, folder: Path) -> list[PartitionRow]:
    """Every part of the history, DEFAULT too. Raises DatabaseError."""
    with read_only(conn):
        found = history_partitions.described(conn)
    return [_row(one, history, today, folder) for one in found]


def _row(found: tuple[str, str, int, int], history: History, today: date, folder: Path) -> PartitionRow:
    name, table, size, count = found
    part = partitions.parse(name, size)
    if part is None:
        return PartitionRow(name, table, None, size, count, "default", None)
    first = partitions.first_kept_day(table, today, days=history.days, raw_days=history.raw_days)
    state: Literal["ahead", "today", "kept", "expired"] = "kept" if part.day >= first else "expired"
    if part.day >= today:
        state = "today" if part.day == today else "ahead"
    return PartitionRow(name, table, part.day, size, count, state, partition_archive.manifest(folder, name))


def to_create(conn: Connection, today: date, months: int) -> list[Partition]:
    """The days that are missing from today to so many months ahead."""
    with read_only(conn):
        return partitions.missing(history_partitions.existing(conn), today, ahead=months * DAYS_OF_A_MONTH)


def create(conn: Connection, wanted: Sequence[Partition]) -> Iterator[str]:
    """Make them, each in a transaction of its own, giving the name of each that was made."""
    for one in wanted:
        if history_partitions.make(conn, one):
            yield one.name


def to_archive(conn: Connection, names: Sequence[str], today: date, folder: Path) -> ToArchive:
    """These partitions, or every day before today that has no archive yet.

    Raises NotFoundError for a name that is none, RefusedError MUTT-P213 for a day that still fills.
    """
    there = _existing(conn)
    if names:
        chosen = [_named(there, name, today) for name in dict.fromkeys(names)]
    else:
        past = (one for one in there.values() if one.day < today)
        chosen = sorted(one for one in past if partition_archive.manifest(folder, one.name) is None)
    return ToArchive(tuple(chosen), folder, host.free_bytes(folder))


def archive(conn: Connection, plan: ToArchive, database: str, now: str) -> Iterator[Manifest]:
    """Write them one after another, each verified; calling again goes on with the rest.

    Raises MuttError MUTT-P212 where a file cannot be written, or does not hold what was written.
    """
    for one in plan.partitions:
        try:
            yield partition_archive.write(conn, one, plan.folder, database, now)
        except (OSError, ArchiveDamagedError) as error:
            raise _damaged(one.name, str(error)) from error


def to_drop(conn: Connection, names: Sequence[str], today: date, folder: Path) -> ToDrop:
    """These partitions, or every day before today that has an archive; each archive is read and compared.

    Raises NotFoundError, or RefusedError: MUTT-P210 without an archive, P212 for a damaged one, P213 for a day that
    still fills.
    """
    there = _existing(conn)
    if names:
        chosen = [_named(there, name, today) for name in dict.fromkeys(names)]
    else:
        past = (one for one in there.values() if one.day < today)
        chosen = sorted(one for one in past if partition_archive.manifest(folder, one.name) is not None)
    return ToDrop(tuple((one, verified(folder, one.name)) for one in chosen), folder)


def verified(folder: Path, name: str, sha256: str = "") -> Manifest:
    """The archive of a partition, whose file was read and compared just now. Raises as `to_drop`.

    `sha256`: the one with this content, which the operation dropped that is taken back.
    """
    known = partition_archive.manifest(folder, name, sha256)
    if known is None:
        raise RefusedError(
            f"{name} has no archive in {folder}",
            code="MUTT-P210",
            why="what is dropped without one is gone for good",
            tries=(f"mutt db partition archive {name}", "mutt db retention run  (drops what is too old anyway)"),
        )
    problem = partition_archive.problem_of(folder, known)
    if problem:
        raise _damaged(name, problem)
    return known


def drop(conn: Connection, plan: ToDrop) -> Iterator[Partition]:
    """Drop them one after another, each only if its rows are still as many as in its archive.

    Raises RefusedError MUTT-P211 for one that got rows since; what was dropped before stays dropped.
    """
    for one, known in plan.partitions:
        if not history_partitions.drop(conn, one, rows=known.rows):
            raise RefusedError(
                f"{one.name} has other rows than its archive, which has {known.rows:,}",
                code="MUTT-P211",
                why="the history got late records of that day; nothing of it was dropped",
                tries=(f"mutt db partition archive {one.name}", f"mutt db partition drop {one.name}"),
            )
        yield one


def put_back(conn: Connection, name: str, folder: Path, sha256: str = "") -> int:
    """Make a dropped partition again from its archive; returns its rows. Raises as `to_drop`, or DatabaseError."""
    partition = partitions.parse(name)
    known = verified(folder, name, sha256)
    if partition is None:
        raise NotFoundError(f"{name} is no part of the history", tries=("mutt db partition list",))
    try:
        partition_archive.put_back(conn, partition, folder, known)
    except (OSError, ArchiveDamagedError) as error:
        raise _damaged(name, str(error)) from error
    return known.rows


def _existing(conn: Connection) -> dict[str, Partition]:
    with read_only(conn):
        return {one.name: one for one in history_partitions.existing(conn)}


def _named(there: dict[str, Partition], name: str, today: date) -> Partition:
    if name not in there:
        raise NotFoundError(f"there is no partition {name}", tries=("mutt db partition list",))
    if there[name].day >= today:
        raise RefusedError(
            f"{name} is of a day that has not ended (UTC)",
            code="MUTT-P213", why="it still fills", tries=("mutt db partition list",),
        )  # fmt: skip
    return there[name]


def _damaged(name: str, problem: str) -> MuttError:
    return RefusedError(
        f"the archive of {name} is not sound: {problem}",
        code="MUTT-P212",
        why="nothing was dropped; the rows are in the data base",
        tries=(f"mutt db partition archive {name}", "df -h", "set MUTT_STATE_DIR to a folder with room"),
    )
