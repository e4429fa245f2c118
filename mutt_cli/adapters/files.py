"""Files written whole or not at all, with their owner and mode from the first moment; what proves them the same."""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
from typing import IO, TYPE_CHECKING, Self, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.identity import Identity


def write_whole(path: Path, content: str | bytes, mode: int, *, owner: Identity | None = None, group: int = -1) -> None:
    """Replace the file at once: readers see the old content or the new, a crash leaves one of them.

    `owner` and `group` count only as root. A link at `path` is replaced, never followed.
    """
    data = content.encode() if isinstance(content, str) else content
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            if os.geteuid() == 0:
                os.fchown(opened.fileno(), owner.uid if owner else -1, owner.gid if owner else group)
            os.fchmod(opened.fileno(), mode)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def write_new(path: Path, content: str, mode: int) -> None:
    """Make the file, whole and on disk. Raises FileExistsError if there is one, also a link to nothing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content.encode())
            os.fchmod(opened.fileno(), mode)
            opened.flush()
            os.fsync(opened.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def file_sha256(path: Path) -> str:
    """What `sha256sum` prints."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Wait until the names in it are on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class PackedFile:
    """A large gzip file, written bit by bit; it has its name only once it is whole and on the disk.

    For its owner alone. A context manager: an error leaves nothing behind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = path.with_name(f".{path.name}.{os.getpid()}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._raw = os.fdopen(os.open(self._new, flags, 0o600), "wb")
        self._zip = cast(
            "IO[bytes]", gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, compresslevel=3, mtime=0)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._raw.close()
            self._new.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Some more of it. Raises OSError."""
        self._zip.write(data)

    def seal(self, check: Callable[[Path], object] | None = None) -> str:
        """Wait until the disk has it, have it read by `check`, and give it its name; its SHA-256. Raises OSError.

        What `check` raises ends it: then there is no file.
        """
        self._zip.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()
        if check is not None:
            check(self._new)
        self._new.rename(self._path)
        sync_folder(self._path.parent)
        return file_sha256(self._path)
