"""A backup as one file: JSON lines, gzip. What it is stands first, what proves it whole stands last (ADR 0025).

- `{"mutt_backup": 1, ...}`: kind, format, and what was kept from where
- `{"part": "rules"}`: one part begins
- `{"of": "hosts", ...}`: one key, one table or one kind of thing within it
- `{"e": [...]}`: some of its elements, again and again
- `{"part_end": "rules", "counts": ..., ...}`: how many of each, and the SHA-256 of the part's lines
- `{"mutt_end": true, ...}`: how many lines, and the SHA-256 of all lines before it
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from mutt_cli.adapters.files import PackedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

FORMAT: Final = 1
PREFIX: Final = "mutt-backup-"
SUFFIX: Final = ".jsonl.gz"
GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""How each of our files begins: gzip itself takes no notice of most of these bytes, so that they prove nothing."""
MOST_COUNTED: Final = 200
"""Groups of one part that are counted by name; the others are counted together."""
OTHERS: Final = "others"


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    path: Path
    size_bytes: int
    sha256: str
    """Of the file as it lies on the disk: what `sha256sum` prints."""
    parts: Mapping[str, Mapping[str, int]]
    """By part how many of each thing there are."""


@dataclass
class Tally:
    """What was counted in one part, by whoever writes and by whoever reads."""

    counts: dict[str, int] = field(default_factory=dict)
    digest: Any = field(default_factory=hashlib.sha256)
    _name: str = OTHERS

    def group(self, name: str) -> None:
        """What follows belongs to this."""
        self._name = name if name in self.counts or len(self.counts) < MOST_COUNTED else OTHERS
        self.counts.setdefault(self._name, 0)

    def add(self, number: int) -> None:
        """So many elements more."""
        self.counts[self._name] = self.counts.get(self._name, 0) + number


class Writer:
    """Writes one file; it has its name only once it is whole. A context manager: an error leaves nothing behind."""

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self._path, self._file = path, PackedFile(path)
        self._whole, self._lines = hashlib.sha256(), 0
        self._tally = Tally()
        self._parts: dict[str, Mapping[str, int]] = {}
        self._line({"mutt_backup": FORMAT, **head})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *how: object) -> None:
        self._file.__exit__(*how)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """One part; its counts and its checksum follow it."""
        self._line({"part": name})
        self._tally = Tally()
        yield
        counts, digest = self._tally.counts, self._tally.digest.hexdigest()
        self._tally = Tally()
        self._line({"part_end": name, "counts": counts, "sha256": digest})
        self._parts[name] = counts

    def group(self, name: str, **known: Any) -> None:
        """The elements that follow are of this; `known` is what putting them back needs."""
        self._tally.group(name)
        self._line({"of": name, **known})

    def elements(self, some: Sequence[Any]) -> None:
        """Some elements of the group."""
        if some:
            self._tally.add(len(some))
            self._line({"e": some})

    def finish(self, check: Callable[[Path], object]) -> Made:
        """Close the file, wait until the disk has it, have it read by `check`, and give it its name. Raises OSError.

        What `check` raises ends it: then there is no file.
        """
        end = {"mutt_end": True, "lines": self._lines, "sha256": self._whole.hexdigest()}
        self._file.write(msgspec.json.encode(end) + b"\n")
        sha256 = self._file.seal(check)
        return Made(self._path, self._path.stat().st_size, sha256, self._parts)

    def _line(self, what: Mapping[str, Any]) -> None:
        line = msgspec.json.encode(what) + b"\n"
        self._whole.update(line)
        self._tally.digest.update(line)
        self._lines += 1
        self._file.write(line)


def packed(value: bytes) -> Any:
    """Bytes of Redis as JSON: text where they are text, so that people can read it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def unpacked(value: Any) -> bytes:
    """The same bytes again. Raises ValueError, KeyError or TypeError for what `packed` never made."""
    return value.encode() if isinstance(value, str) else base64.b64decode(value["b64"], validate=True)
