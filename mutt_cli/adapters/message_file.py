"""Messages in a file: JSON lines, gzip; a first line that says what they are, a last one that proves them whole.

A message that is one line of compact JSON stands there as it is, fit for `zcat FILE | jq`; any other is wrapped as
`{"mutt_base64": "..."}`, so that every byte comes back. The last line counts the messages and has the SHA-256 of all
lines before it: a file that was cut short, or changed, is refused before anything is read from it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from mutt_cli.adapters.files import PackedFile
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMAT: Final = 1
_WRAPPED: Final = "mutt_base64"
_OURS: Final = (b'{"mutt_base64"', b'{"mutt_messages"', b'{"mutt_end"')


@dataclass(frozen=True)
class Written:
    """A finished file."""

    path: Path
    count: int
    size_bytes: int
    sha256: str
    """Of the file as it lies on the disk: what `sha256sum` prints."""


class BrokenFileError(MuttError):
    """The file is not what it was when it was written, or never was one of ours."""


class Writer:
    """Writes one file; it has its name only once it is whole. A context manager: an error leaves nothing behind."""

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self._path, self._file = path, PackedFile(path)
        self._digest = hashlib.sha256()
        self.count = 0
        self._line(msgspec.json.encode({"mutt_messages": FORMAT, **head}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *how: object) -> None:
        self._file.__exit__(*how)

    def add(self, element: bytes) -> None:
        """One message."""
        self._line(_line_of(element))
        self.count += 1

    def finish(self) -> Written:
        """Close the file, wait until the disk has it, and give it its name. Raises OSError."""
        end = {"mutt_end": True, "count": self.count, "sha256": self._digest.hexdigest()}
        self._file.write(msgspec.json.encode(end) + b"\n")
        sha256 = self._file.seal()
        return Written(self._path, self.count, self._path.stat().st_size, sha256)

    def _line(self, text: bytes) -> None:
        line = text + b"\n"
        self._digest.update(line)
        self._file.write(line)


def verify(path: Path) -> dict[str, Any]:
    """Read the whole file; returns its first line and `count`. Raises BrokenFileError MUTT-U012."""
    head: dict[str, Any] = {}
    digest, count, ended = hashlib.sha256(), 0, False
    try:
        for number, line in enumerate(_lines(path)):
            if ended:
                raise _broken(path, f"line {number + 1} stands behind its end")
            if line.startswith(b'{"mutt_end"'):
                end = msgspec.json.decode(line, type=dict[str, Any])
                if (end.get("count"), end.get("sha256")) != (count, digest.hexdigest()):
                    raise _broken(path, "its checksum does not fit its content")
                ended = True
                continue
            digest.update(line)
            if number == 0:
                head = _head(path, line)
            else:
                count += 1
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
        raise _broken(path, str(error) or type(error).__name__) from error
    if not ended:
        raise _broken(path, "its end is missing")
    return {**head, "count": count}


def read(path: Path) -> Iterator[bytes]:
    """The messages of a file that was verified."""
    for number, line in enumerate(_lines(path)):
        if number and not line.startswith(b'{"mutt_end"'):
            yield _element(line.rstrip(b"\n"))


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as opened:
        yield from opened


def _head(path: Path, line: bytes) -> dict[str, Any]:
    head = msgspec.json.decode(line, type=dict[str, Any])
    if head.get("mutt_messages") != FORMAT:
        raise _broken(path, "it is no file of messages that this version reads")
    return head


def _line_of(element: bytes) -> bytes:
    """The element itself where a line of JSON is the same, else wrapped."""
    if element.startswith(b"{") and b"\n" not in element and b"\r" not in element and not element.startswith(_OURS):
        try:
            element.decode()
            msgspec.json.decode(element, type=msgspec.Raw)
        except (UnicodeDecodeError, msgspec.DecodeError):
            pass
        else:
            return element
    return msgspec.json.encode({_WRAPPED: base64.b64encode(element).decode()})


def _element(line: bytes) -> bytes:
    if not line.startswith(b'{"mutt_base64"'):
        return line
    try:
        return base64.b64decode(msgspec.json.decode(line, type=dict[str, str])[_WRAPPED], validate=True)
    except (msgspec.MsgspecError, binascii.Error, KeyError):
        return line


def _broken(path: Path, why: str) -> BrokenFileError:
    return BrokenFileError(
        f"{path} cannot be used: {why}", code="MUTT-U012", why="nothing was read from it", tries=(f"ls -l {path}",)
    )
