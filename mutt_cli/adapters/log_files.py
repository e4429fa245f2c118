"""Log files as lines, newest first or oldest first, whatever their size: a block at a time, a line at most `LONGEST`.

A log is a file and its rotated forms: `NAME.log`, `NAME.log.1`, `NAME.log-20261128`, each perhaps with `.gz`
(contract.md 9.1). A file is opened when its lines are asked for. One that vanishes or cannot be read meanwhile ends
like an empty one; `unreadable` tells beforehand.
"""

from __future__ import annotations

import gzip
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLOCK: Final = 64 * 1024
LONGEST: Final = 256 * 1024
"""Bytes of a line that are read; what a longer one says after that is left out."""
_AT_ONCE: Final = 4 * 1024 * 1024
_BROKEN: Final = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class LogFile:
    """One file of a log as it was when it was looked at; what is written after that is not read."""

    path: Path
    changed_ms: int
    """When it was last written to, Unix milliseconds."""
    size: int

    @property
    def packed(self) -> bool:
        """Whether it can be read from its beginning alone."""
        return self.path.suffix == ".gz"

    def forward(self, too_old: Callable[[bytes], bool] | None = None) -> Iterator[bytes]:
        """Its lines, oldest first, without their ends.

        Lines are in order of time: with `too_old` the search begins where that ends, found by halving.
        """
        with suppress(*_BROKEN), _opened(self.path) as opened:
            if too_old is not None and not self.packed:
                opened.seek(_turn(opened, self.size, too_old)[0])
            yield from _forward(opened)

    def backward(self, before: Callable[[bytes], bool] | None = None) -> Iterator[bytes]:
        """Its lines, newest first; not for a packed one. With `before` the search begins near where that ends."""
        with suppress(OSError), self.path.open("rb") as opened:
            size = self.size if before is None else _turn(opened, self.size, before)[1]
            yield from _backward(opened, size)

    def whole_lines(self) -> LogFile:
        """The same without a last line that has no end yet."""
        with suppress(OSError), self.path.open("rb") as opened:
            last = next(_backward(opened, self.size, cut=False), b"")
            return replace(self, size=self.size - len(last))
        return self


def files_of(folder: Path, name: str) -> list[LogFile]:
    """The file of that name and its rotated forms, newest first."""
    found = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            rest = entry.name.removeprefix(f"{name}.log")
            if rest != entry.name and (rest == "" or rest[0] in ".-") and entry.is_file():
                seen = entry.stat()
                found.append((rest != "", LogFile(Path(entry.path), seen.st_mtime_ns // 1_000_000, seen.st_size)))
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], -pair[1].changed_ms, pair[1].path.name))]


def unreadable(file: LogFile) -> str:
    """Why this account cannot read it; empty if it can."""
    try:
        with file.path.open("rb"):
            return ""
    except OSError as error:
        return error.strerror or type(error).__name__


@dataclass
class Tail:
    """The end of a log file that is written to, followed over rotation (another file) and truncation (a shorter one).

    Not for several threads. `more` gives what came since the last call, whole lines alone.
    """

    path: Path
    _opened: IO[bytes] | None = field(default=None, init=False)
    _rest: bytes = field(default=b"", init=False)

    def begin(self, at: int) -> None:
        """From this offset, at which a line begins; a file that appears later is read from its beginning."""
        self._open()
        if self._opened is not None:
            self._opened.seek(at)

    def more(self) -> list[bytes]:
        """The lines that came, oldest first; those of a new file once the old one has no more."""
        lines = self._read()
        if not lines and (self._opened is None or self._replaced()):
            self.close()
            self._open()
            lines = self._read()
        return lines

    def close(self) -> None:
        """Let the file go."""
        if self._opened is not None:
            self._opened.close()
        self._opened, self._rest = None, b""

    def _open(self) -> None:
        with suppress(OSError):
            self._opened = self.path.open("rb")

    def _read(self) -> list[bytes]:
        if self._opened is None:
            return []
        with suppress(OSError):
            if os.fstat(self._opened.fileno()).st_size < self._opened.tell():
                self._opened.seek(0)  # emptied by who rotates by copy (adapters/engines/log_files.py)
                self._rest = b""
            *lines, rest = (self._rest + self._opened.read(_AT_ONCE)).split(b"\n")
            self._rest = rest[:LONGEST]
            return [line[:LONGEST] for line in lines]
        return []

    def _replaced(self) -> bool:
        try:
            now, ours = self.path.stat(), os.fstat(cast("IO[bytes]", self._opened).fileno())
        except OSError:
            return False  # between two names: the next look finds the new one
        return (now.st_ino, now.st_dev) != (ours.st_ino, ours.st_dev)


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _turn(opened: IO[bytes], size: int, first_part: Callable[[bytes], bool]) -> tuple[int, int]:
    """Two offsets around the place where `first_part` turns from true to false; lines begin at both."""
    low, high = 0, size
    while high - low > BLOCK:
        opened.seek((low + high) // 2)
        opened.readline(LONGEST)  # the rest of a line that began before
        at = opened.tell()
        if not low < at < high:
            break
        if first_part(opened.readline(LONGEST)):
            low = at
        else:
            high = at
    return low, high


def _forward(opened: IO[bytes]) -> Iterator[bytes]:
    while line := opened.readline(LONGEST):
        yield line.rstrip(b"\n")
        while line and not line.endswith(b"\n"):  # the rest of a line that is too long, or of a file without an end
            line = opened.readline(LONGEST)


def _backward(opened: IO[bytes], size: int, *, cut: bool = True) -> Iterator[bytes]:
    """Lines that end before `size`; with `cut=False` the first is what stands after the last line end."""
    at, begun = min(size, opened.seek(0, os.SEEK_END)), b""
    last = cut
    while at > 0:
        start = max(0, at - BLOCK)
        opened.seek(start)
        # `begun` is the line whose beginning has not been met yet; of a very long one its beginning is what is kept.
        begun, *lines = (opened.read(at - start) + begun).split(b"\n")
        begun, at = begun[:LONGEST], start
        for line in reversed(lines):
            if line or not last:  # after the end of the last line there is no further one
                yield line[:LONGEST]
            last = False
    if begun or not last:
        yield begun
