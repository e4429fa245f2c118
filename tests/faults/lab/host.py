"""The host: its settings file, its names, its folders and disks, and what `mutt` means here."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.lab.fault import fault
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stack import Stack

LONG_AGO = 1_000_000
"""Seconds: far beyond what a backup may be old."""


@contextmanager
def _written(stack: Stack, name: str, value: str) -> Iterator[None]:
    """A line in mutt.env, by hand; afterwards the file is as it was."""
    file = stack.folder / "mutt.env"
    before = file.read_text()
    others = "".join(line for line in before.splitlines(keepends=True) if not line.startswith(f"{name}="))
    file.write_text(f"{others}{name}={value}\n")
    try:
        yield
    finally:
        file.write_text(before)


def _set(stack: Stack, wish: str) -> None:
    """`mutt config set` of what needs a restart; nobody has to wait for one where it is as the daemons have it."""
    done = stack.mutt("config", "set", wish, "--no-wait", "--reason", "lab")
    assert done.returncode == 0, done.stderr


@fault("restart-pending:*", "", "warning")
def a_setting_was_changed_and_nobody_restarted(stack: Stack) -> Iterator[None]:
    before = stack.mutt("config", "get", "LOG_EVENT_RATE").stdout.strip()
    with _written(stack, "LOG_EVENT_RATE", "77"):
        yield
        _set(stack, f"LOG_EVENT_RATE={before}")
        assert "restart-pending" not in stack.mutt("doctor", "-o", "json").stdout


@fault("name-unresolved:vault.invalid", "vault.token", "critical")
def the_name_of_vault_does_not_resolve(stack: Stack) -> Iterator[None]:
    with _written(stack, "VAULT_ADDR", "http://vault.invalid:8200"):
        yield
        _set(stack, f"VAULT_ADDR={stack.openbao.address}")
        assert "name-unresolved" not in stack.mutt("doctor", "-o", "json").stdout


@fault("place-unusable:*", "", "critical")
def the_folder_of_logs_is_a_file(stack: Stack) -> Iterator[None]:
    file, folder = stack.folder / "notes", stack.folder / "logs"
    file.write_text("somebody's notes")
    folder.mkdir(exist_ok=True)
    with _written(stack, "LOG_DIR", str(file)):
        yield
        _set(stack, f"LOG_DIR={folder}")
        assert "place-unusable" not in stack.mutt("doctor", "-o", "json").stdout
    file.unlink()


@fault("other-mutt", "", "warning", how="advise")
def the_mail_client_comes_first_in_path(stack: Stack) -> Iterator[None]:
    folder = stack.folder / "bin"
    folder.mkdir()
    client = folder / "mutt"
    client.write_bytes(b"\x7fELF")
    client.chmod(0o755)
    before = stack.environment["PATH"]
    stack.environment["PATH"] = f"{folder}:{before}"
    yield
    stack.environment["PATH"] = before
    shutil.rmtree(folder)


@fault("logs-grow", "", "warning", how="advise")
def nobody_rotates_the_logs(stack: Stack) -> Iterator[None]:
    folder = stack.folder / "logs"
    folder.mkdir(exist_ok=True)
    file = folder / "old.log"
    with _written(stack, "LOG_DIR", str(folder)):
        with file.open("wb") as log:
            log.truncate(2 << 30)  # without a block on the disk
        yield
        file.rename(folder / "old.log.1")
        assert "logs-grow" not in stack.mutt("doctor", "-o", "json").stdout
    (folder / "old.log.1").unlink()


@fault("backup-old", "backup.age", "critical")
def nobody_made_a_backup_for_days(stack: Stack) -> Iterator[None]:
    _backed_up(stack)
    for one in (stack.folder / "state" / "backups").iterdir():
        os.utime(one, (one.stat().st_atime, one.stat().st_mtime - LONG_AGO))
    yield
    _backed_up(stack)


def _backed_up(stack: Stack) -> None:
    done = stack.mutt("backup", "create", "--reason", "lab")
    assert done.returncode == 0, done.stderr


@contextmanager
def _small_disk(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own at this folder, where we may mount one."""
    folder.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", options, "mutt-lab", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    try:
        yield
    finally:
        eventually(lambda: not subprocess.run(["umount", str(folder)], check=False).returncode, "it is unmounted")
        folder.rmdir()


@fault("disk-full:backups", "disk.spool", "critical", how="advise")
def the_disk_of_backups_is_full(stack: Stack) -> Iterator[None]:
    folder = stack.folder / "other" / "backups"
    with _small_disk(folder, "size=4m"), _written(stack, "MUTT_BACKUP_DIR", str(folder)):
        (folder / "somebody's").write_bytes(bytes(4 << 20))
        yield


@fault("inodes-used:*", "", "critical", how="advise")
def the_disk_of_backups_has_no_inode_left(stack: Stack) -> Iterator[None]:
    folder = stack.folder / "other" / "backups"
    with _small_disk(folder, "size=4m,nr_inodes=40"), _written(stack, "MUTT_BACKUP_DIR", str(folder)):
        for number in range(39):
            (folder / str(number)).touch()
        yield
