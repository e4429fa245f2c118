"""The part of a snapshot that this host is: its disks, and the backups that lie here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters import host
from mutt_cli.adapters.backup_file import PREFIX, SUFFIX
from mutt_cli.core.snapshot import Disk, HostState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where this host keeps what, for one deployment."""

    state: Path
    backups: Path
    logs: Path | None
    """None: daemons log to the journal alone."""
    witness: Path


def look(folders: Folders, now_s: float) -> HostState:
    """How full the disks are and how old the newest backup is. What cannot be read is left out."""
    wanted: Mapping[str, Path | None] = {"state": folders.state, "backups": folders.backups, "logs": folders.logs}
    disks = []
    for purpose, folder in wanted.items():
        space = host.space(folder) if folder is not None else None
        if space is not None:
            disks.append(Disk(purpose, str(folder), space.used, space.free_bytes))
    try:
        age_s, trouble = _newest_backup(folders.backups, now_s), ""
    except OSError as error:
        age_s, trouble = None, f"{folders.backups} cannot be read: {error.strerror}"
    return HostState(host.hostname(), tuple(disks), age_s, trouble)


def _newest_backup(folder: Path, now_s: float) -> float | None:
    """By the time of the file, which is written once: to open every backup would take long. Raises OSError."""
    names = [one for one in folder.iterdir() if one.name.startswith(PREFIX)] if folder.exists() else []
    times = [one.stat().st_mtime for one in names if one.name.endswith(SUFFIX)]
    return max(0.0, now_s - max(times)) if times else None
