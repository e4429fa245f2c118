"""The host we are on, as the kernel and systemd tell of it: memory, load, inodes, listeners, units, names, rights.

Read where /proc and systemd have it, without ICMP and without more rights than the caller's; what is not visible is
left out, and is no finding.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.systemd import UNIT_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RUNNING: Final = Path("/run/systemd/system")
_LISTENS: Final = "0A"
_ELF: Final = b"\x7fELF"
_PROPERTIES: Final = "Id,LoadState,ActiveState,Result,ExecMainStatus,NRestarts,UnitFileState,NeedDaemonReload"
_CALL_S: Final = 3


@dataclass(frozen=True)
class Listener:
    """Who listens on a port; `command` is empty where that process is not ours to see."""

    pid: int
    command: str


def memory_available() -> float | None:
    """The share of the memory that programs can still get; None where /proc does not tell."""
    with suppress(OSError, ValueError, KeyError, ZeroDivisionError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return found["MemAvailable"] / found["MemTotal"]
    return None


def load_per_core() -> float | None:
    """Runnable processes over five minutes for each core that this host has."""
    with suppress(OSError):
        return os.getloadavg()[1] / (os.cpu_count() or 1)
    return None


def inodes_used(folder: Path) -> float | None:
    """The share of inodes in use where `folder` is; None on file systems that do not count them."""
    with suppress(OSError):
        found = os.statvfs(folder)
        return 1 - found.f_favail / found.f_files if found.f_files else None
    return None


def other_mutt(path: str) -> str:
    """The program that `mutt` means in this search path, if it is a compiled one: the mail client. Else empty."""
    found = shutil.which("mutt", path=path)
    if found is None:
        return ""
    with suppress(OSError), Path(found).open("rb") as opened:
        return found if opened.read(len(_ELF)) == _ELF else ""
    return ""


def listener(port: int) -> Listener | None:
    """Who listens on a TCP port of this host; None if nobody does."""
    inode = next((one for one in _listening(port)), None)
    if inode is None:
        return None
    wanted = f"socket:[{inode}]"
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            if any(str(one.readlink()) == wanted for one in folder.iterdir()):
                pid = int(folder.parent.name)
                words = (folder.parent / "cmdline").read_bytes().split(b"\0")
                return Listener(pid, b" ".join(words).decode("utf-8", "replace").strip())
    return Listener(0, "")


def units() -> dict[str, dict[str, str]]:
    """What systemd says of the units of the services, by service; of those that are not installed nothing."""
    systemctl = shutil.which("systemctl")
    if systemctl is None or not _RUNNING.exists():
        return {}
    names = [f"{unit}.service" for unit in UNIT_OF.values()]
    text = said([systemctl, "show", f"--property={_PROPERTIES}", *names])
    found = {}
    for block in text.strip().split("\n\n"):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        service = next((one for one, unit in UNIT_OF.items() if values.get("Id") == f"{unit}.service"), None)
        if service is not None and values.get("LoadState") == "loaded":
            found[service] = values
    return found


def unresolved(names: Mapping[str, str]) -> dict[str, str]:
    """Those of these host names that have no address here, each with what it stands for."""
    found = {}
    for name, meaning in names.items():
        try:
            socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except OSError:
            found[name] = meaning
    return found


def log_files(folder: Path) -> list[tuple[Path, int]]:
    """The log files of a folder that are written to, with their bytes; rotated ones have another ending."""
    with suppress(OSError):
        return [(one, one.stat().st_size) for one in sorted(folder.glob("*.log")) if one.is_file()]
    return []


def selinux_denials(programs: Iterable[str]) -> int:
    """Denials of today that name these programs; 0 where SELinux does not enforce, or we may not look."""
    ausearch = shutil.which("ausearch")
    with suppress(OSError):
        if ausearch is not None and Path("/sys/fs/selinux/enforce").read_text(encoding="ascii").strip() == "1":
            words = [word for one in programs for word in ("-c", one)]
            return said([ausearch, "-m", "avc", "-ts", "today", "--raw", *words]).count("type=AVC")
    return 0


def said(words: list[str]) -> str:
    """What another program prints; empty if it cannot be run or takes longer than a look may."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=_CALL_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _listening(port: int) -> Iterable[str]:
    """Inodes of sockets that listen on the port (proc(5): /proc/net/tcp, `local_address` and `st` in hex)."""
    for name in ("tcp", "tcp6"):
        with suppress(OSError, IndexError, ValueError):
            for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]
