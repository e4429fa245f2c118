"""Reads a backup from its first byte to its last and says whether it is what was written. Asks no server.

Whoever puts it back reads it by the same code: what is damaged is told before anything counts.
"""

from __future__ import annotations

import gzip
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final, cast

import msgspec

from mutt_cli.adapters.backup_file import GZIP_HEAD, Tally, unpacked
from mutt_cli.adapters.backup_head import UNREADABLE, damaged, head_of, words
from mutt_cli.core.backup import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_LONGEST_LINE: Final = 256 << 20
"""Bytes; a row of the data base or a value of Redis is shorter, a bomb is not."""


@dataclass(frozen=True)
class Proved:
    """A whole backup. `head` is its first line, `parts` how many of each thing are in each part."""

    head: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, int]]
    lines: int
    digest: str
    """SHA-256 of its lines: two files with the same say the same."""


@dataclass(frozen=True)
class Piece:
    """Some elements of one key, one table or one kind of thing. `group` is what stands of it in the file."""

    part: str
    group: Mapping[str, Any]
    elements: list[Any]

    @property
    def of(self) -> str:
        """The name of the group."""
        return str(self.group["of"])


def proved(path: Path, look: Callable[[Piece], None] = lambda _: None) -> Proved:
    """Read all of it, and let `look` see each piece.

    Raises NotFoundError; BackupError MUTT-U040 (foreign), U041 (newer) or U042 (damaged).
    """
    with opened(path) as reading:
        for piece in reading.pieces():
            look(piece)
    return reading.proved


@contextmanager
def opened(path: Path) -> Iterator[Reading]:
    """A backup to be read piece by piece; its end must be reached for it to be whole. Raises as `proved`.

    What the block raises of its own passes.
    """
    head_of(path)
    with path.open("rb") as raw:
        if raw.read(len(GZIP_HEAD)) != GZIP_HEAD:
            raise damaged(path, "it does not begin as it was written")
    with gzip.open(path, "rb") as file:
        yield Reading(path, cast("IO[bytes]", file))


@dataclass
class Reading:
    """One way through a backup."""

    path: Path
    opened: IO[bytes]
    head: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    lines: int = 0
    digest: str = ""
    part: str = ""
    group: dict[str, Any] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    @property
    def proved(self) -> Proved:
        """What was read, once `pieces` came to its end."""
        return Proved(self.head, self.parts, self.lines, self.digest)

    def pieces(self) -> Iterator[Piece]:
        """Everything in it, in order. Raises BackupError where the file is not what was written, at its end too."""
        whole = hashlib.sha256()
        while True:
            line = self._line()
            found = self._read(line, whole)
            if found is None:
                return
            if "e" in found:
                yield Piece(self.part, self.group, found["e"])

    def _line(self) -> bytes:
        try:
            return self.opened.readline(_LONGEST_LINE)
        except UNREADABLE as error:
            raise damaged(self.path, words(error)) from error

    def _read(self, line: bytes, whole: Any) -> dict[str, Any] | None:
        """One line, taken into account; None for the last one."""
        if not line:
            raise damaged(self.path, "its end is missing")
        if not line.endswith(b"\n"):
            raise damaged(self.path, f"line {self.lines + 1} has no end")
        try:
            found = msgspec.json.decode(line, type=dict[str, Any])
            if "mutt_end" in found:
                self._end(found, self.lines, whole.hexdigest())
                return None
            self._take(found, self.lines)
        except UNREADABLE as error:
            raise damaged(self.path, words(error)) from error
        whole.update(line)
        self.tally.digest.update(line)
        if "part" in found:
            self.tally = Tally()
        self.lines += 1
        return found

    def _take(self, found: dict[str, Any], number: int) -> None:
        if number == 0:
            self.head = found
        elif "part" in found:
            self.part = str(found["part"])
        elif "part_end" in found:
            self._part_end(found)
        elif "of" in found:
            self.group = found
            self.tally.group(found["of"])
        else:
            self.tally.add(len(found["e"]))
            _parse(self.part, self.group, found["e"])

    def _part_end(self, found: dict[str, Any]) -> None:
        said, counted = (found["counts"], found["sha256"]), (self.tally.counts, self.tally.digest.hexdigest())
        if found["part_end"] != self.part or said != counted:
            raise damaged(self.path, f"the counts or the checksum of its part {self.part} do not fit")
        self.parts[self.part] = self.tally.counts

    def _end(self, found: dict[str, Any], lines: int, digest: str) -> None:
        if (found["lines"], found["sha256"]) != (lines, digest):
            raise damaged(self.path, "its checksum does not fit its content")
        self.digest = digest
        missing = [one for one in PARTS if one not in self.parts]
        if missing:
            raise damaged(self.path, f"the part {missing[0]} is missing")
        if self.opened.read(1):
            raise damaged(self.path, "something stands behind its end")


def _parse(part: str, group: Mapping[str, Any], elements: list[Any]) -> None:
    """Each element is one that could be put back. Raises ValueError, KeyError or TypeError."""
    if part == "db":
        tabs = len(group["columns"]) - 1
        for row in elements:
            if row.count("\t") != tabs or "\n" in row:
                raise ValueError(f"a row of {group['of']} has not as many values as columns")
    elif part == "redis":
        for one in elements:
            _parse_value(one)


def _parse_value(value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _parse_value(one)
    elif not isinstance(value, float):
        unpacked(value)
