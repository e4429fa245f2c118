"""Reads a backup from its first byte to its last and says whether it is what was written. Asks no server."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final, cast

import msgspec

from mutt_cli.adapters.backup_file import FORMAT, GZIP_HEAD, Tally, unpacked
from mutt_cli.core.backup import PARTS
from mutt_cli.errors import MuttError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LONGEST_LINE: Final = 256 << 20
"""Bytes; a row of the data base or a value of Redis is shorter, a bomb is not."""
_UNREADABLE: Final = (OSError, EOFError, zlib.error, msgspec.MsgspecError, ValueError, KeyError, TypeError)


class BackupError(MuttError):
    """The file is no backup that this release can put back."""


@dataclass(frozen=True)
class Proved:
    """A whole backup. `head` is its first line, `parts` how many of each thing are in each part."""

    head: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, int]]
    lines: int


def head_of(path: Path) -> dict[str, Any]:
    """The first line alone. Raises NotFoundError, or BackupError as `proved`."""
    try:
        with path.open("rb") as raw:
            if raw.read(2) != GZIP_HEAD[:2]:
                raise _foreign(path)
        with gzip.open(path, "rb") as opened:
            return _head(path, opened.readline(1 << 20))
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}", tries=("mutt backup list",)) from error
    except _UNREADABLE as error:
        raise _damaged(path, str(error) or type(error).__name__) from error


def proved(path: Path) -> Proved:
    """Read all of it. Raises NotFoundError; BackupError MUTT-U040 (foreign), U041 (newer) or U042 (damaged)."""
    head_of(path)
    try:
        with path.open("rb") as raw:
            if raw.read(len(GZIP_HEAD)) != GZIP_HEAD:
                raise _damaged(path, "it does not begin as it was written")
        with gzip.open(path, "rb") as opened:
            return _Reading(path, cast("IO[bytes]", opened)).read()
    except _UNREADABLE as error:
        raise _damaged(path, str(error) or type(error).__name__) from error


@dataclass
class _Reading:
    path: Path
    opened: IO[bytes]
    head: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    part: str = ""
    group: dict[str, Any] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def read(self) -> Proved:
        whole, lines = hashlib.sha256(), 0
        while line := self.opened.readline(_LONGEST_LINE):
            if not line.endswith(b"\n"):
                raise _damaged(self.path, f"line {lines + 1} has no end")
            found = msgspec.json.decode(line, type=dict[str, Any])
            if "mutt_end" in found:
                self._end(found, lines, whole.hexdigest())
                return Proved(self.head, self.parts, lines)
            self._take(found, lines)
            whole.update(line)
            self.tally.digest.update(line)
            if "part" in found:
                self.tally = Tally()
            lines += 1
        raise _damaged(self.path, "its end is missing")

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
            raise _damaged(self.path, f"the counts or the checksum of its part {self.part} do not fit")
        self.parts[self.part] = self.tally.counts

    def _end(self, found: dict[str, Any], lines: int, digest: str) -> None:
        if (found["lines"], found["sha256"]) != (lines, digest):
            raise _damaged(self.path, "its checksum does not fit its content")
        missing = [one for one in PARTS if one not in self.parts]
        if missing:
            raise _damaged(self.path, f"the part {missing[0]} is missing")
        if self.opened.read(1):
            raise _damaged(self.path, "something stands behind its end")


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


def _head(path: Path, line: bytes) -> dict[str, Any]:
    try:
        head = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise _foreign(path) from error
    known = head.get("mutt_backup")
    if not isinstance(known, int):
        raise _foreign(path, head)
    if known > FORMAT:
        raise BackupError(
            f"{path} has format {known}, and this release reads up to {FORMAT}", code="MUTT-U041",
            why=f"MUTT {head.get('version', 'of a later release')} wrote it", tries=("mutt version",),
        )  # fmt: skip
    return head


def _foreign(path: Path, head: Mapping[str, Any] | None = None) -> BackupError:
    if head and "mutt_messages" in head:
        return BackupError(
            f"{path} holds the messages of one queue: an export, or what a purge removed", code="MUTT-U040",
            why="only a file of mutt backup create holds a deployment",
            tries=(f"mutt queue import QUEUE {path}", "mutt help backup"),
        )  # fmt: skip
    return BackupError(
        f"{path} is no backup of MUTT", code="MUTT-U040", why="only mutt backup create writes one",
        tries=("mutt backup list", "mutt help backup"),
    )  # fmt: skip


def _damaged(path: Path, why: str) -> BackupError:
    return BackupError(
        f"{path} is damaged: {why}", code="MUTT-U042", why="nothing can be put back from it",
        tries=("mutt backup list", "mutt backup create", f"sha256sum {path}"),
    )  # fmt: skip
