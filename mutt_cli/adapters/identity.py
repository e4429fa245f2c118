"""Who a process runs as: which account is chosen for servers that root starts, and dying with the process that did.

PostgreSQL refuses to run as root and needs an account with a passwd entry (infra.md section 3), so every choice ends
in a name that the system knows, or in an error that says what to set.
"""

from __future__ import annotations

import ctypes
import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.errors import ConfigError, MuttError

if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15


@dataclass(frozen=True)
class Identity:
    """An account: numbers for the kernel, the name for PostgreSQL's peer map."""

    uid: int
    gid: int
    name: str

    @property
    def is_root(self) -> bool:
        """Whether this account may do everything."""
        return self.uid == 0


def current() -> Identity:
    """The account of this process. Raises ConfigError if it has no passwd entry."""
    return _from(_entry_of_uid(os.geteuid()), f"this process runs as uid {os.geteuid()}")


def choose(configured: str, folders: Sequence[Path], environ: Mapping[str, str]) -> Identity:
    """The account the servers run as: ours, unless we are root.

    As root: MUTT_RUN_USER, else the first owner of the folders who is not root, else who called sudo, else `mutt`,
    else `nobody` (infra.md section 3). Raises ConfigError if a name or number that was given has no passwd entry.
    """
    if os.geteuid() != 0:
        return current()
    if configured:
        return _not_root(_from(_entry_of_name(configured), f"MUTT_RUN_USER names {configured!r}"))
    for folder in folders:
        if folder.exists() and (owner := folder.stat().st_uid) != 0:
            return _from(_entry_of_uid(owner), f"{folder} belongs to uid {owner}")
    if (sudo := environ.get("SUDO_UID", "")).isdecimal() and int(sudo) != 0:
        return _from(_entry_of_uid(int(sudo)), f"sudo was called by uid {sudo}")
    entry = _entry_of_name("mutt") or _entry_of_name("nobody")
    return _from(entry, "there is neither a user mutt nor nobody")


def subprocess_account(identity: Identity) -> dict[str, Any]:
    """Arguments that make `subprocess` run a program as this account; empty unless we are root."""
    if os.geteuid() != 0:
        return {}
    return {"user": identity.uid, "group": identity.gid, "extra_groups": []}


def die_with_parent(signum: signal.Signals, parent: int) -> None:
    """Ask the kernel for `signum` when the parent ends; a change of account cancels it, so call it after one.

    Raises MuttError if `parent` was gone before the kernel listened.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise MuttError(f"cannot tie this process to its parent: {os.strerror(code)}", code="MUTT-E104")
    if os.getppid() != parent:
        raise MuttError("the supervisor that started this process is gone", code="MUTT-E105")


def _entry_of_name(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _entry_of_uid(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _from(entry: pwd.struct_passwd | None, reason: str) -> Identity:
    if entry is None:
        raise ConfigError(
            f"{reason}, which has no entry in the password file",
            code="MUTT-E103",
            why="PostgreSQL cannot run under an account that the system does not know.",
            tries=("set MUTT_RUN_USER to an existing account", "set POSTGRES_HOST to a server of your own"),
        )
    return Identity(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _not_root(identity: Identity) -> Identity:
    if identity.is_root:
        raise ConfigError(
            "MUTT_RUN_USER is root",
            code="MUTT-E103",
            why="PostgreSQL refuses to run as root.",
            tries=("set MUTT_RUN_USER to another account, or leave it empty",),
        )
    return identity


def name_process(name: str) -> None:
    """What `ps -o comm` and `top` call this process from now on; the kernel keeps 15 bytes. It is for eyes alone."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)
