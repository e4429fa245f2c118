"""Where events to send come from: a file or stdin in chunks, the key to send them with, this machine's time zone.

Promise: memory stays bounded, and what a slow pipe holds comes out as soon as it is there.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from mutt_cli.errors import AuthError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

CHUNK_BYTES: Final = 1 << 20
_LOCALTIME: Final = Path("/etc/localtime")


def chunks(path: str) -> Iterator[bytes]:
    """The content of a file, or of stdin for `-`.

    Raises NotFoundError, AuthError or UsageError, when the first chunk is asked for, if it cannot be read.
    """
    if path == "-":
        yield from _read(sys.stdin.fileno())
        return
    descriptor = _open(path)
    try:
        yield from _read(descriptor)
    finally:
        os.close(descriptor)


def read_key(path: str) -> str:
    """The first line of a file that holds a key. Errors as `chunks`."""
    descriptor = _open(path)
    try:
        return os.read(descriptor, 4096).partition(b"\n")[0].decode("utf-8", "replace").strip()
    except IsADirectoryError as error:
        raise _no_file(path) from error
    finally:
        os.close(descriptor)


def local_zone(environ: Mapping[str, str]) -> tzinfo:
    """The zone of TZ, else of /etc/localtime, else UTC: what a line that names no zone most likely means here."""
    name = environ.get("TZ", "").removeprefix(":")
    try:
        if name:
            return ZoneInfo(name)
        with _LOCALTIME.open("rb") as opened:
            return ZoneInfo.from_file(opened)
    except (OSError, ValueError, KeyError):  # KeyError: no such zone, or no zone database
        return UTC


def _read(descriptor: int) -> Iterator[bytes]:
    try:
        while chunk := os.read(descriptor, CHUNK_BYTES):
            yield chunk
    except IsADirectoryError as error:
        raise _no_file("stdin") from error


def _open(path: str) -> int:
    try:
        if Path(path).is_dir():
            raise _no_file(path)
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}", tries=(f"ls {Path(path).parent}",)) from error
    except PermissionError as error:
        raise AuthError(f"{path} may not be read by this user", code="MUTT-U401", tries=(f"ls -l {path}",)) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UsageError(f"{path} cannot be read: {error}", "MUTT-U020", tries=(f"ls -l {path}",)) from error


def _no_file(path: str) -> UsageError:
    return UsageError(f"{path} is a folder, not a file", code="MUTT-U020", tries=("mutt ingest send --file PATH",))
