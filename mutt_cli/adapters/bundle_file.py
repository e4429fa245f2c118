"""A support bundle on the disk: one archive, which has its name only once it is whole, and for its owner alone."""

from __future__ import annotations

import io
import os
import secrets
import tarfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from mutt_cli.adapters.files import file_sha256
from mutt_cli.errors import MuttError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MODE: Final = 0o600


@dataclass(frozen=True)
class Written:
    """A finished archive."""

    path: Path
    size_bytes: int
    sha256: str


def write(path: Path, folder: str, files: Mapping[str, bytes], at_s: int) -> Written:
    """Write these files under one folder of the archive. Raises UsageError if `path` exists, MUTT-U013 if it cannot be.

    Nothing is replaced, also if somebody makes a file of that name in the same moment.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(part, flags, _MODE), "wb") as opened:
            _pack(opened, folder, files, at_s)
            opened.flush()
            os.fsync(opened.fileno())
        os.link(part, path)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", tries=("choose another name",)) from error
    except OSError as error:
        raise MuttError(
            f"{path} could not be written: {error.strerror}", code="MUTT-U013", why="there is no bundle",
            tries=("the same command with --out PATH", "df -h"),
        ) from error  # fmt: skip
    finally:
        part.unlink(missing_ok=True)
    return Written(path, path.stat().st_size, file_sha256(path))


def _pack(out: IO[bytes], folder: str, files: Mapping[str, bytes], at_s: int) -> None:
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.mode, member.mtime = len(content), _MODE, at_s
            archive.addfile(member, cast("IO[bytes]", io.BytesIO(content)))
