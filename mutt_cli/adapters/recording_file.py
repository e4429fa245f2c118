"""A recording on disk: gzip of lines, each frame complete when it is written, so that a killed recorder loses none."""

from __future__ import annotations

import gzip
import os
import zlib
from typing import TYPE_CHECKING, Final

from mutt_cli.core.top.recording import LONGEST, Header, Unreadable, frame_line, header_line, read_frame, read_header
from mutt_cli.core.top.track import Track
from mutt_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from mutt_cli.core.top.frame import Frame

_MOST: Final = 50_000
"""Frames that are shown of one file: more than a day of two seconds, a hundred megabytes."""


class RecordingFile:
    """Written a frame at a time; a file that is there already is never written over. A context manager."""

    def __init__(self, path: Path, header: Header) -> None:
        """Raises UsageError if there is such a file, ConfigError where none can be written."""
        self.path = path
        self.frames = 0
        self.broken = False
        """Whether the disk takes no more: then nothing more is written, and what is there can be read."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        except FileExistsError as error:
            raise UsageError(f"{path} exists already", tries=(f"mutt top --replay {path}", "another name")) from error
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written: {error.strerror}", tries=(f"ls -ld {path.parent}",)
            ) from error
        self._raw = os.fdopen(handle, "wb")
        self._packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        self._put(header_line(header))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if not self.broken:
                self._raw.write(self._packer.flush(zlib.Z_FINISH))
        finally:
            self._raw.close()

    def add(self, frame: Frame) -> None:
        """Write one more; it can be read from now on. Raises ConfigError where the disk takes no more."""
        try:
            self._put(frame_line(frame))
        except OSError as error:
            self.broken = True
            raise ConfigError(
                f"{self.path}: {error.strerror}; {self.frames} frames are kept", tries=(f"df {self.path.parent}",)
            ) from error
        self.frames += 1

    def _put(self, line: bytes) -> None:
        self._raw.write(self._packer.compress(line + b"\n") + self._packer.flush(zlib.Z_SYNC_FLUSH))
        self._raw.flush()


def read(path: Path) -> tuple[Header, Track, tuple[str, ...]]:
    """A recording: what it is, its frames, and what of it could not be read. Raises UsageError for what is none."""
    frames = Track(most=_MOST)
    warnings: list[str] = []
    header: Header | Unreadable = Unreadable("it is empty")
    try:
        with gzip.open(path, "rb") as stream:
            header = read_header(stream.readline(LONGEST))
            while not isinstance(header, Unreadable) and (line := stream.readline(LONGEST)):
                found = read_frame(line)
                if isinstance(found, Unreadable):
                    warnings.append(f"frame {len(frames) + 1} cannot be read: {found.reason}")
                    break
                frames.add(found)
                if len(frames) >= _MOST:
                    warnings.append(f"only the first {_MOST:,} frames are shown")
                    break
    except (EOFError, zlib.error) as error:
        warnings.append(f"it ends in the middle, as that of a recorder that was killed: {error}")
    except (OSError, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is no recording: {error.strerror or error}", tries=(f"file {path}",)) from error
    if isinstance(header, Unreadable):
        raise UsageError(f"{path} is no recording: {header.reason}", tries=("mutt top --record FILE makes one",))
    if not len(frames):
        raise UsageError(f"{path} holds no frame", tries=("mutt top --record FILE --headless",))
    return header, frames, tuple(warnings)
