"""The witness: ids of accepted events in a bounded local file, outside Redis, which no failover rolls back (D18).

Each ingestor process appends 16 bytes per accepted event (the UUIDv7, whose time is inside it) before it answers.
Files are named by hour and process, `2026-11-23T22.4711.ids`; after 24 hours, or over the byte limit, the oldest go.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from errno import ENOSPC
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

KEEP_HOURS: Final = 24
ID_BYTES: Final = 16


@dataclass
class Witness:
    """One process's file of accepted ids. Writes are one unbuffered append each; callers serialise."""

    folder: Path
    process: str
    max_bytes: int
    _hour: str = ""
    _file: BinaryIO | None = None
    _written: int = field(default=0)

    def note(self, hour: str, event_ids: Sequence[str]) -> None:
        """Remember accepted ids. `hour` is the UTC hour now, `2026-11-23T22`. Raises OSError if the disk refuses."""
        if self._file is None or hour != self._hour:
            self._turn(hour)
        data = b"".join(UUID(event_id).bytes for event_id in event_ids)
        if self._file is None:
            return
        written = self._file.write(data)
        if written != len(data):
            # A torn record would shift every later one: the next note goes on at a record's boundary.
            self._file.truncate(self._file.tell() - written % ID_BYTES)
            raise OSError(ENOSPC, "the witness file took only a part")

    def _turn(self, hour: str) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file = (self.folder / f"{hour}.{self.process}.ids").open("ab", buffering=0)
        self._hour = hour
        prune(self.folder, hour, self.max_bytes)


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
    for file in sorted(folder.glob("*.ids")):
        if file.name.partition(".")[0] < since_hour:
            continue
        with file.open("rb") as stream:
            while len(record := stream.read(ID_BYTES)) == ID_BYTES:
                yield str(UUID(bytes=record))
