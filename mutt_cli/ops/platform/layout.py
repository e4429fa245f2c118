"""The state folder of `mutt up`: what lies where, whose it is, and the lock that makes it one platform's.

As root the folder, its logs and its keys stay root's; only what a server or daemon writes belongs to the account they
run as. Root never writes inside a folder of that account, where a link could lead it elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import identity as accounts
from mutt_cli.adapters.contexts import state_dir
from mutt_cli.adapters.engines.processes import alive, started_at
from mutt_cli.errors import ConfigError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from mutt_cli.adapters.identity import Identity

ENV_FILE_NAME: Final = "mutt.env"
_LONGEST_SOCKET_FOLDER: Final = 107 - len("/.s.PGSQL.65535.lock")
_OWN_FOLDERS: Final = ("run", "work", "valkey", "postgres", "openbao")
_OUR_FOLDERS: Final = ("log", "etc")


@dataclass(frozen=True)
class Layout:
    """One state folder and the account its servers and daemons run as."""

    root: Path
    identity: Identity

    @property
    def env_file(self) -> Path:
        """The settings of this platform."""
        return self.root / ENV_FILE_NAME

    @property
    def secret_id_file(self) -> Path:
        """The AppRole credential of the embedded Vault."""
        return self.root / "vault_secret_id"

    @property
    def work(self) -> Path:
        """What daemons keep on this host: name locks and the witness."""
        return self.root / "work"

    @property
    def etc(self) -> Path:
        """Our own files for the servers: access rules, the Vault's configuration and keys."""
        return self.root / "etc"

    @property
    def sockets(self) -> Path:
        """Folder of the sockets: `run`, or one with a short name where the path would be too long for a socket."""
        run = self.root / "run"
        if len(os.fsencode(run)) <= _LONGEST_SOCKET_FOLDER:
            return run
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(f"/tmp/mutt-{self.identity.uid}-{digest}")  # noqa: S108  checked by _own_folder: ours, not a link

    def log(self, name: str) -> Path:
        """The log of one server or daemon."""
        return self.root / "log" / f"{name}.log"


def locate(environ: Mapping[str, str], run_user: str = "") -> Layout:
    """The state folder and account of this caller; nothing is made.

    Raises ConfigError if the account is unknown, or is another than the one the folder's data belongs to.
    """
    root = state_dir(environ).absolute()
    data = root / "run"
    identity = accounts.choose(run_user, (data, root), environ)
    if data.exists() and data.stat().st_uid not in {identity.uid, 0}:
        raise ConfigError(
            f"the data in {root} belongs to uid {data.stat().st_uid}, and this would run as {identity.name}",
            code="MUTT-E103",
            tries=("run as the account it belongs to", "set MUTT_STATE_DIR to another folder"),
        )
    return Layout(root, identity)


def make(layout: Layout) -> None:
    """Make the folders that are missing. Raises ConfigError if one is not what it must be, or cannot be reached."""
    layout.root.parent.mkdir(parents=True, exist_ok=True)
    for folder in (layout.root, *(layout.root / name for name in _OUR_FOLDERS)):
        _our_folder(folder)
    for folder in (*(layout.root / name for name in _OWN_FOLDERS), layout.sockets):
        _own_folder(folder, layout.identity)
    reach = subprocess.run(
        ["/usr/bin/test", "-w", layout.work], check=False, **accounts.subprocess_account(layout.identity)
    )
    if reach.returncode != 0:
        raise _unusable(f"{layout.identity.name} cannot reach {layout.work}: a folder above it is closed")


def _our_folder(folder: Path) -> None:
    """Ours: as root passable for the account, as a user closed to others; never writable by everyone."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o002:
            raise _unusable(f"{folder} must be a folder that not everyone can write to") from None
        if os.geteuid() != 0 or found.st_uid != 0 or found.st_mode & 0o001:
            return
        # Root's own folder, closed to the account the daemons run as: an earlier command made it for a crash file.
    if os.geteuid() == 0:
        folder.chmod(0o755)


def _own_folder(folder: Path, identity: Identity) -> None:
    """A folder of the account, mode 0700, as PostgreSQL insists."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != identity.uid:
            raise _unusable(f"{folder} must be a folder of {identity.name}") from None
        return
    if os.geteuid() == 0:
        os.chown(folder, identity.uid, identity.gid)


def _unusable(message: str) -> ConfigError:
    return ConfigError(message, code="MUTT-E114", tries=("set MUTT_STATE_DIR to a folder of your own",))


class FolderLock:
    """Held while a platform runs on the folder; the kernel drops it when the process dies.

    Two Valkeys on one folder would start happily and lose data (infra.md section 2): this lock is what prevents it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take it, or raise RefusedError MUTT-E110 naming the process that has it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        opened = os.fdopen(os.open(self._root / "lock", flags, 0o644), "r+b", buffering=0)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            opened.close()
            raise _in_use(self._root, holder(self._root)) from None
        opened.truncate(0)
        opened.write(f"{os.getpid()} {started_at(os.getpid())}\n".encode())
        self._file = opened

    def release(self) -> None:
        """Give it back; nothing happens if it is not held."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def refuse_if_held(root: Path) -> None:
    """Raise RefusedError MUTT-E110 if a platform runs on the folder, or is starting or stopping."""
    if (pid := holder(root)) is not None:
        raise _in_use(root, pid)


def holder(root: Path) -> int | None:
    """The process that holds the folder; None if there is none. A number that another process has by now is none."""
    try:
        words = (root / "lock").read_text().split()
    except OSError:
        return None
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        return None
    pid = int(words[0])
    return pid if alive(pid) and started_at(pid) == int(words[1]) else None


def _in_use(root: Path, pid: int | None) -> RefusedError:
    return RefusedError(
        f"a platform runs on {root} already" + (f" (process {pid})" if pid else ""),
        code="MUTT-E110",
        why="Two platforms on one state folder would write over each other's data.",
        tries=("mutt status", "mutt down", "set MUTT_STATE_DIR to another folder"),
    )
