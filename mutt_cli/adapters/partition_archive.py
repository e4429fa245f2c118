"""Days of the history as files: compressed CSV with a checksum, read again after writing, and put back from there.

A part of the history is archived when its manifest is there, which is written last: what a kill left behind is no
archive and is written anew.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import re
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec
from psycopg import sql

from mutt_cli.adapters.files import file_sha256, sync_folder, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.partitions import Partition

FORMAT: Final = 1
_CHUNK: Final = 1 << 20
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]")
# One way to write a value, whatever the role or the server prefers.
_SAME_TEXT: Final = (
    b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL TimeZone = 'UTC';"
    b" SET LOCAL DateStyle = 'ISO'; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0"
)


class Manifest(msgspec.Struct, frozen=True):
    """What is known of an archived partition. `sha256` is of the CSV, `file_sha256` of the file as it lies there."""

    format: int
    name: str
    table: str
    day: str
    database: str
    columns: tuple[str, ...]
    rows: int
    csv_bytes: int
    sha256: str
    file_bytes: int
    file_sha256: str
    written_at: str


def folder_of(state: Path, database: str, system: int) -> Path:
    """Where the archives of one data base are. `system` tells servers apart: two deployments call theirs `mutt`."""
    return state / "archive" / f"{_NOT_IN_A_NAME.sub('_', database)}-{system}"


def data_file(folder: Path, known: Manifest) -> Path:
    """The rows."""
    current = manifest(folder, known.name)
    stem = known.name if current is None or current.sha256 == known.sha256 else _kept(known)
    return folder / f"{stem}.csv.gz"


def manifest(folder: Path, name: str, sha256: str = "") -> Manifest | None:
    """What was archived under that name; None if nothing, or nothing that can be read.

    `sha256`: the archive with this content, also if the day was archived anew since.
    """
    found = _read_manifest(folder / f"{name}.json", name)
    if sha256 and (found is None or found.sha256 != sha256):
        return _read_manifest(folder / f"{name}.{sha256[:12]}.json", name)
    return found


def _read_manifest(place: Path, name: str) -> Manifest | None:
    try:
        found = msgspec.json.decode(place.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return None
    return found if found.format == FORMAT and found.name == name else None


def _kept(known: Manifest) -> str:
    """How the files of an archive begin after its day was archived anew."""
    return f"{known.name}.{known.sha256[:12]}"


def write(conn: Connection, partition: Partition, folder: Path, database: str, now: str) -> Manifest:
    """Write one partition, wait until the disk has it, read it again, and only then say that it is archived.

    An earlier archive of that day with other rows stays beside it: of a day that was dropped it is the only copy.
    Raises OSError, DatabaseError, and ArchiveDamagedError if what is read is not what was written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target, new = folder / f"{partition.name}.csv.gz", folder / f".{partition.name}.part"
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        columns, rows, size, digest = _copied(conn, partition, raw)
        raw.flush()
        os.fsync(raw.fileno())
    if _read_again(new) != (rows, size, digest):
        raise ArchiveDamagedError(f"{new} does not hold what was written to it")
    made = Manifest(
        FORMAT, partition.name, partition.table, partition.day.isoformat(), database, columns, rows, size, digest,
        new.stat().st_size, file_sha256(new), now,
    )  # fmt: skip
    _keep_former(folder, made)
    new.replace(target)
    write_whole(folder / f"{partition.name}.json", msgspec.json.encode(made), 0o600)
    sync_folder(folder)
    return made


def _keep_former(folder: Path, made: Manifest) -> None:
    """The rows first: a manifest without rows is told as damaged, rows without a manifest would be overwritten."""
    former = manifest(folder, made.name)
    if former is not None and former.sha256 != made.sha256:
        with contextlib.suppress(FileNotFoundError):
            (folder / f"{made.name}.csv.gz").rename(folder / f"{_kept(former)}.csv.gz")
        (folder / f"{made.name}.json").rename(folder / f"{_kept(former)}.json")
        sync_folder(folder)
    (folder / f"{made.name}.json").unlink(missing_ok=True)


class ArchiveDamagedError(Exception):
    """An archive does not hold what its manifest says."""


def problem_of(folder: Path, known: Manifest) -> str:
    """What is wrong with an archived partition; empty if the file is what was verified when it was written."""
    place = data_file(folder, known)
    try:
        same = (place.stat().st_size, file_sha256(place)) == (known.file_bytes, known.file_sha256)
    except OSError as error:
        return f"{place}: {error.strerror}"
    return "" if same else f"{place} is not what was written: its checksum differs"


_LIKE_THE_TABLE: Final = """
CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES,
    CHECK ({key} IS NOT NULL AND {key} >= {low} AND {key} < {high}))
"""
_ATTACH: Final = "ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})"


def put_back(conn: Connection, partition: Partition, folder: Path, known: Manifest) -> None:
    """Fill a new table with the rows and make it the partition again, in one transaction.

    Raises ArchiveDamagedError, OSError or DatabaseError; then nothing has changed.
    """
    low, high = partition.bounds
    words = {
        "name": sql.Identifier(partition.name), "parent": sql.Identifier(partition.table),
        "columns": sql.SQL(", ").join(sql.Identifier(one) for one in known.columns),
        "key": sql.Identifier(partition.key), "low": sql.Literal(low), "high": sql.Literal(high),
    }  # fmt: skip
    with conn.transaction():
        conn.execute(b"SET LOCAL DateStyle = 'ISO'; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '5s'")
        conn.execute(sql.SQL(_LIKE_THE_TABLE).format(**words))
        rows = _filled(conn, words, data_file(folder, known))
        if rows != known.rows:
            raise ArchiveDamagedError(f"{partition.name} has {rows} rows in its file, not {known.rows}")
        conn.execute(sql.SQL(_ATTACH).format(**words))


def _filled(conn: Connection, words: dict[str, sql.Composable], place: Path) -> int:
    statement = sql.SQL("COPY {name} ({columns}) FROM STDIN (FORMAT csv, HEADER true)").format(**words)
    with conn.cursor() as cursor, gzip.open(place, "rb") as packed:
        with cursor.copy(statement) as copy:
            while chunk := packed.read(_CHUNK):
                copy.write(chunk)
        return cursor.rowcount


def _copied(conn: Connection, partition: Partition, raw: BinaryIO) -> tuple[tuple[str, ...], int, int, str]:
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER true)").format(sql.Identifier(partition.name))
    digest, size = hashlib.sha256(), 0
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute(_SAME_TEXT)
        cursor.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(partition.name)))
        columns = tuple(one.name for one in cursor.description or ())
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed, cursor.copy(statement) as copy:
            for chunk in copy:
                packed.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        return columns, cursor.rowcount, size, digest.hexdigest()


def _read_again(place: Path) -> tuple[int, int, str]:
    """Rows, bytes and checksum of the CSV in the file."""
    digest, size, lines, outside = hashlib.sha256(), 0, 0, True
    with gzip.open(place, "rb") as packed:
        while chunk := packed.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            for number, piece in enumerate(chunk.split(b'"')):  # a quote within a value is doubled: still within
                outside = outside != (number > 0)
                lines += piece.count(b"\n") if outside else 0
    return max(0, lines - 1), size, digest.hexdigest()
