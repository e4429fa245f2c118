"""What a heartbeat says of this host and process, and the local lock that makes a worker name ours on this host."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.errors import EX_TEMPFAIL, RefusedError

if TYPE_CHECKING:
    from typing import IO


def boot_id() -> str:
    """Random id of this boot of the kernel; equal for two processes exactly if they run on one running system."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def hostname() -> str:
    """The node name, as `uname -n` says."""
    return platform.node()


def installed_program(name: str) -> str:
    """The path of a program of the Python environment that runs this; empty if it has none (a source tree)."""
    found = Path(sys.prefix, "bin", name)
    return str(found) if found.exists() else ""


def rss_bytes() -> int:
    """Resident memory of this process, in bytes; 0 where /proc does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0


def memory_bytes() -> int | None:
    """Memory of this host; None where /proc does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) << 10
    return None


def is_here(address: str) -> bool:
    """Whether a server's address, a socket or a name, is this host."""
    return address.startswith("/") or address in {"localhost", "127.0.0.1", "::1"}


def free_bytes(folder: Path) -> int:
    """Free space of the file system that holds `folder` (or the nearest folder above it that exists), in bytes."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@dataclass(frozen=True)
class Space:
    """A file system: the share of it that is used, as df counts it, and what is left for us."""

    used: float
    free_bytes: int


def space(folder: Path) -> Space | None:
    """That of the file system that holds `folder` or the nearest folder above it; None where it cannot be asked."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    with contextlib.suppress(OSError):
        found = os.statvfs(folder)
        used, ours = found.f_blocks - found.f_bfree, found.f_blocks - found.f_bfree + found.f_bavail
        return Space(used / ours if ours else 0.0, found.f_bavail * found.f_frsize)
    return None


def pin_to_core(number: int) -> int | None:
    """Keep this process on one of the cores it may use, taking turns by `number` (from 1); None if it stays free.

    Threads of one interpreter that wander over two cores wait for each other's lock (performance.md section 5). With
    a single core there is nothing to gain, and a system may refuse.
    """
    with contextlib.suppress(OSError, AttributeError):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            core = cores[(number - 1) % len(cores)]
            os.sched_setaffinity(0, {core})
            return core
    return None


def pid_namespace() -> str:
    """Which pid namespace this process lives in; empty where the kernel does not say."""
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def process_state(pid: int, namespace: str) -> str:
    """`gone`, `stopped` or `running`; empty where it cannot be known: another pid namespace, or no /proc."""
    if not pid or namespace != pid_namespace():
        return ""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "" if Path(f"/proc/{pid}").exists() or not Path("/proc/self").exists() else "gone"
    return {"Z": "gone", "X": "gone", "T": "stopped", "t": "stopped"}.get(state, "running")


def process_is_gone(pid: int, namespace: str) -> bool:
    """True only if `pid` certainly names no other live process: same namespace, and no such process or a zombie."""
    if namespace != pid_namespace():
        return False
    return pid == os.getpid() or process_state(pid, namespace) == "gone"


@dataclass
class NameLock:
    """Held while this process uses a worker name on this host; the kernel drops it when the process dies."""

    path: Path
    _file: IO[str] | None = None

    def take(self) -> str:
        """Take the lock and return what the last holder noted, empty if nothing.

        Raises RefusedError MUTT-D110: another live process of this host has the name.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise RefusedError(
                f"another process of this host runs under the name {self.path.stem}",
                code="MUTT-D110",
                why="two workers with one name would share a processing list",
                tries=("set another POD_NAME", "mutt status --services"),
                exit_code=EX_TEMPFAIL,
            ) from None
        self._file = file
        file.seek(0)
        noted = file.read().strip()
        file.truncate(0)
        return noted

    def note(self, text: str) -> None:
        """Leave a word for the next holder."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.write(text)
            self._file.flush()
