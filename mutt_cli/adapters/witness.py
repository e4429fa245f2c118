"""The witness: ids of accepted events in a bounded local file, outside Redis, which no failover rolls back (D18).

Each ingestor process appends 16 bytes per accepted event (the UUIDv7) before it answers, behind a mark that says in
which UTC minute they were accepted: the ledger's minute, which the id alone does not tell. So the totals per minute
outlive the process. Files are named by hour and process, `2026-11-23T22.4711.ids`; after 24 hours, or over the byte
limit, the oldest go.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from errno import ENOSPC
from typing import TYPE_CHECKING, Final
from uuid import UUID

from mutt_cli.adapters.clock import new_token
from mutt_cli.core.moment import rfc3339, unix_ms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

KEEP_HOURS: Final = 24
ID_BYTES: Final = 16
_MARK: Final = bytes(8)
"""How a mark begins: an id of the first millisecond of 1970. The minute follows, counted from then; 0: not told."""
_MINUTE_MS: Final = 60_000
_READ: Final = ID_BYTES * 65_536


@dataclass
class Witness:
    """One process's file of accepted ids, and its totals. Writes are one unbuffered append each; callers serialise."""

    folder: Path
    process: str
    max_bytes: int
    totals: Counter[str] = field(default_factory=Counter)
    """Events this object has noted per accepted minute; earlier ones of the same process stand in its files."""
    _hour: str = ""
    _minute: str | None = None
    _file: BinaryIO | None = None

    def note(self, moment: str, event_ids: Sequence[str]) -> None:
        """Remember ids accepted at `moment` (RFC 3339). Raises OSError if the disk refuses; the totals have them.

        A moment given to the hour alone (`2026-11-23T22`) says that these ids are known to be accepted and that it is
        not known when: they are in no total.
        """
        hour, minute = moment[:13], moment[:16] if len(moment) >= 16 else ""
        if minute:
            self.totals[minute] += len(event_ids)
        if self._file is None or hour != self._hour:
            self._turn(hour)
        mark = _mark(minute) if minute != self._minute else b""
        data = mark + bytes.fromhex("".join(event_ids).replace("-", ""))
        if self._file is None:
            return
        self._minute = None
        written = self._file.write(data)
        if written != len(data):
            # A torn record would shift every later one: the next note goes on at a record's boundary.
            self._file.truncate(self._file.tell() - written % ID_BYTES)
            raise OSError(ENOSPC, "the witness file took only a part")
        self._minute = minute

    def forget_before(self, minute: str) -> None:
        """Drop totals of earlier minutes."""
        for one in [one for one in list(self.totals) if one < minute]:
            del self.totals[one]

    def _turn(self, hour: str) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._minute = None
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / f"{hour}.{self.process}.ids").open("ab", buffering=0)
        file.truncate(file.tell() - file.tell() % ID_BYTES)  # what a process left that could not finish its write
        self._file, self._hour = file, hour
        prune(self.folder, hour, self.max_bytes)


def _mark(minute: str) -> bytes:
    return _MARK + ((unix_ms(f"{minute}:00Z") or 0) // _MINUTE_MS if minute else 0).to_bytes(8)


def _minute_of(mark: bytes) -> str:
    number = int.from_bytes(mark[8:])
    return rfc3339(number * _MINUTE_MS)[:16] if number else ""


def prune(folder: Path, hour: str, max_bytes: int) -> None:
    """Drop files over a day old, then the oldest until the rest fits; the current hour always stays."""
    files = sorted(folder.glob("*.ids"))
    sizes = {file: _size(file) for file in files}
    hours = sorted({file.name.partition(".")[0] for file in files})
    expired = set(hours[:-KEEP_HOURS])
    total = sum(sizes.values())
    for file in files:
        its_hour = file.name.partition(".")[0]
        if its_hour != hour and (its_hour in expired or total > max_bytes):
            total -= sizes[file]
            with contextlib.suppress(OSError):
                file.unlink()


def _size(file: Path) -> int:
    """Bytes of a file; 0 if another process has just removed it."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def read(folder: Path, since_hour: str = "") -> Iterator[str]:
    """Every id that was accepted since an hour, as 36 characters; a torn last record is left out."""
    for _minute, event_id in _noted(file for file in sorted(folder.glob("*.ids")) if _hour_of(file) >= since_hour):
        yield event_id


def of_minutes(folder: Path, minutes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Minute and id of each event that was accepted on this host in one of these minutes."""
    hours = {minute[:13] for minute in minutes}
    files = (file for file in sorted(folder.glob("*.ids")) if _hour_of(file) in hours)
    return ((minute, event_id) for minute, event_id in _noted(files) if minute in minutes)


def _hour_of(file: Path) -> str:
    return file.name.partition(".")[0]


def _noted(files: Iterator[Path]) -> Iterator[tuple[str, str]]:
    for file in files:
        minute = ""
        with file.open("rb") as stream:
            while len(record := stream.read(ID_BYTES)) == ID_BYTES:
                if record.startswith(_MARK):
                    minute = _minute_of(record)
                else:
                    yield (minute, str(UUID(bytes=record)))


def sizes(folder: Path, process: str) -> dict[Path, int]:
    """The files of one process and how long they are now: what a former process of that name has left."""
    return {file: _size(file) for file in folder.glob(f"*.{process}.ids") if file.name[14:] == f"{process}.ids"}


def totals(files: Mapping[Path, int]) -> Counter[str]:
    """Events per accepted minute in the first so many bytes of each file; a file that is gone counts nothing.

    Only marks are looked at, so that 256 MiB take a second or less.
    """
    found: Counter[str] = Counter()
    for file, size in files.items():
        with contextlib.suppress(OSError), file.open("rb") as stream:
            _count(stream, size - size % ID_BYTES, found)
    return found


def _count(stream: BinaryIO, size: int, found: Counter[str]) -> None:
    minute = ""
    while size > 0 and (data := stream.read(min(_READ, size))):
        size -= len(data)
        start = 0
        for at in _marks(data):
            found[minute] += (at - start) // ID_BYTES
            minute, start = _minute_of(data[at : at + ID_BYTES]), at + ID_BYTES
        found[minute] += (len(data) - start) // ID_BYTES
    found.pop("", None)
    for one in [one for one, number in found.items() if not number]:
        del found[one]


def _marks(data: bytes) -> Iterator[int]:
    at = data.find(_MARK)
    while at >= 0:
        if at % ID_BYTES == 0:
            yield at
        at = data.find(_MARK, at + 1)


def name(folder: Path, process: str) -> str:
    """The name under which the totals of this process in this folder are published, the same after a restart.

    It belongs to the files: where the folder is new (a container without a volume), so is the name, and what the
    former one had published stays beside it. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, made = folder / "folder.id", folder / f"{process}.new"
    if not file.exists():
        made.write_text(new_token()[:8], encoding="ascii")
        with contextlib.suppress(FileExistsError):  # a sibling was quicker: its name holds for all
            file.hardlink_to(made)
        made.unlink()
    return f"{process}.{file.read_text(encoding='ascii')}"
