"""The backups that lie on this host: those of the deployment, and those that purges made."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mutt_cli.adapters.backup_file import PREFIX, SUFFIX
from mutt_cli.adapters.backup_head import head_of
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class Kept:
    """One file. `problem`: what its first line says against it; empty tells nothing of the rest."""

    path: Path
    size_bytes: int
    created_at: datetime | None
    made_by: str
    version: str
    context: str
    read_by: str
    """The command that reads it."""
    problem: str = ""


def listed(folder: Path) -> tuple[list[Kept], list[str]]:
    """The newest first, and what was left unfinished. An absent folder has none. Raises MuttError MUTT-U013."""
    try:
        names = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise MuttError(
            f"{folder} cannot be read: {error.strerror}", code="MUTT-U013", tries=(f"ls -ld {folder}",)
        ) from error
    kept = [_kept(path) for path in names if path.name.endswith(SUFFIX) and not path.name.startswith(".")]
    unfinished = [
        f"{path} is unfinished: of a backup that is being made, or that was killed; then remove it"
        for path in names
        if path.name.startswith(f".{PREFIX}")
    ]
    return sorted(kept, key=lambda one: (one.created_at is not None, str(one.created_at)), reverse=True), unfinished


def located(text: str, folder: Path) -> Path:
    """The file that is meant: a bare name that is not here is one of the backup folder, as the list prints them."""
    path = Path(text)
    return folder / text if path.name == text and not path.exists() and (folder / text).exists() else path


def _kept(path: Path) -> Kept:
    if path.name.startswith(PREFIX):
        return _deployment(path)
    head, problem = _purge_head(path)
    operation = path.name.removesuffix(SUFFIX)[len(str(head.get("queue", ""))) + 1 :]
    read_by = f"mutt undo {operation}" if head else ""
    return Kept(path, _size(path), _moment(head), "purge", "", "", read_by, problem)


def _deployment(path: Path) -> Kept:
    try:
        head = head_of(path)
    except MuttError as error:
        return Kept(path, _size(path), None, "backup create", "", "", "", error.message)
    version, context = str(head.get("version", "")), str(head.get("context", ""))
    made_by = str(head.get("made_by", ""))
    return Kept(path, _size(path), _moment(head), made_by, version, context, f"mutt restore {path}")


def _purge_head(path: Path) -> tuple[dict[str, Any], str]:
    try:
        with gzip.open(path, "rb") as opened:
            head = msgspec.json.decode(opened.readline(_HEAD_BYTES), type=dict[str, Any])
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
        return {}, str(error)
    return (head, "") if "mutt_messages" in head else ({}, "no file of MUTT")


def _moment(head: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(head["created_at"]))
    except (KeyError, ValueError):
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
