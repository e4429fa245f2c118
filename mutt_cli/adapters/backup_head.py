"""What a backup says of itself in its first line, and what is said of a file that is none."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters.backup_file import FORMAT, GZIP_HEAD
from mutt_cli.errors import MuttError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNREADABLE: Final = (OSError, EOFError, zlib.error, msgspec.MsgspecError, ValueError, KeyError, TypeError)
"""What reading a damaged file raises."""


class BackupError(MuttError):
    """The file is no backup that this release can put back."""


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
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno:  # what gzip itself stumbles over has no number
            raise MuttError(
                f"{path} cannot be read: {error.strerror}", code="MUTT-U013", tries=(f"ls -ld {path}", "id")
            ) from error
        raise damaged(path, words(error)) from error


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


def damaged(path: Path, why: str) -> BackupError:
    """The file is not what was written."""
    return BackupError(
        f"{path} is damaged: {why}", code="MUTT-U042", why="nothing can be put back from it",
        tries=("mutt backup list", "mutt backup create", f"sha256sum {path}"),
    )  # fmt: skip


def words(error: BaseException) -> str:
    """What a reader stumbled over."""
    return str(error) or type(error).__name__
