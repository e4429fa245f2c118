"""Files of other programs on this host: what is there now, put in place whole, put back as it was.

A link, a device or anything else that is no plain file is somebody's arrangement; it is never followed or replaced.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.files import write_whole
from mutt_cli.adapters.identity import Identity
from mutt_cli.errors import AUTH, NO, MuttError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST: Final = 1024 * 1024
"""More than any of these files has; a larger one is not read and stays."""
_FOLDER_MODE: Final = 0o755


@dataclass(frozen=True)
class Found:
    """What a path holds. `content` is None for what is no plain file of a sensible size."""

    content: bytes | None
    mode: int
    uid: int
    gid: int


def look(path: Path) -> Found | None:
    """What is there; None if nothing is. Raises MuttError MUTT-C108 if that cannot be told."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise trouble("look at", path, error) from error
    content = None
    if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as opened:
                content = opened.read(LARGEST + 1)
        except OSError as error:
            raise trouble("read", path, error) from error
    return Found(content, stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def put(path: Path, content: bytes, mode: int, owner: Identity | None = None) -> None:
    """Write the file whole, in a folder that is made if it is missing. Raises MuttError MUTT-C108."""
    try:
        _make_folder(path.parent)
        write_whole(path, content, mode, owner=owner)
    except OSError as error:
        raise trouble("write", path, error) from error


def remove(path: Path) -> None:
    """Take the file away; it may be gone already. Raises MuttError MUTT-C108."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise trouble("remove", path, error) from error


def account(name: str) -> Identity | None:
    """The account of that name, if we are root and this host has it."""
    if not name or os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Identity(entry.pw_uid, entry.pw_gid, entry.pw_name)


def missing_paths(root: Path, paths: Sequence[str]) -> frozenset[str]:
    """Those of the absolute paths that are not there below `root`."""
    return frozenset(path for path in paths if not (root / path.lstrip("/")).exists())


def missing_accounts(names: Sequence[str]) -> frozenset[str]:
    """Those of the accounts that this host does not know."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return frozenset(name for name in names if name not in known)


def _make_folder(folder: Path) -> None:
    """With the usual mode whatever the umask is: services read what is in it."""
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(_FOLDER_MODE)


def trouble(what: str, path: Path, error: OSError) -> MuttError:
    """MUTT-C108 in words."""
    denied = isinstance(error, PermissionError)
    return MuttError(
        f"cannot {what} {path}: {error.strerror}", code="MUTT-C108",
        why="files that were written before it are in place; the same command writes the rest",
        tries=("the same with sudo", f"ls -ld {path.parent}") if denied else (f"ls -ld {path.parent}",),
        exit_code=AUTH if denied else NO,
    )  # fmt: skip
