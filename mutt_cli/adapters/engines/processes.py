"""Processes as /proc shows them: alive or not, a zombie being dead, and what they were started with."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PROC: Final = Path("/proc")
_POLL_S: Final = 0.02


def alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not, although `kill -0` says so (infra.md section 3)."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {b"Z", b"X"}


def stands_still(pid: int) -> bool:
    """Whether the process was stopped (SIGSTOP, a debugger) and not woken."""
    return _stat(pid)[:1] in ([b"T"], [b"t"])


def started_at(pid: int) -> int:
    """Start time of the process in clock ticks since boot; 0 if it is gone. With the pid it names one process."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def children(parent: int) -> list[int]:
    """The live processes that this one made."""
    return [pid for pid in _parents().get(parent, ()) if alive(pid)]


def family(pid: int) -> list[int]:
    """The process and everything that it made, parents first."""
    made, found = _parents(), [pid]
    for one in found:
        found += made.get(one, ())
    return found


def _parents() -> dict[int, list[int]]:
    """Which processes each process has made, of this moment."""
    found: dict[int, list[int]] = {}
    for pid in everything():
        if fields := _stat(pid):
            found.setdefault(int(fields[1]), []).append(pid)
    return found


def _stat(pid: int) -> list[bytes]:
    """What the kernel says of the process, from its state on; nothing if it is gone."""
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return []
    # The name in parentheses may hold anything, so the state is what follows the last one.
    return stat.rpartition(b")")[2].split()


def arguments(pid: int) -> tuple[str, ...]:
    """The command line; empty if the process is gone or is a kernel thread."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(os.fsdecode(word) for word in words.split(b"\0") if word)


def owner(pid: int) -> int | None:
    """The effective uid of the process; None if it is gone. The owner of its folder in /proc can be another."""
    try:
        lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[2]) for line in lines if line.startswith("Uid:")), None)


def folder(pid: int) -> str:
    """The working folder of the process; empty if it is gone or not ours to look at."""
    try:
        return str((_PROC / str(pid) / "cwd").readlink())
    except OSError:
        return ""


def environment(pid: int) -> dict[str, str]:
    """The environment the process was started with; empty if it is gone or not ours to look at."""
    try:
        words = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return {}
    pairs = (os.fsdecode(word).partition("=") for word in words.split(b"\0") if word)
    return {name: value for name, _, value in pairs}


def everything() -> list[int]:
    """All process ids of this moment."""
    return sorted(int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())


def leftovers(program: str, argument: str, uid: int) -> list[int]:
    """Live processes of this account whose first word ends in `program` and that have exactly this argument.

    The account matters: a command line can be imitated by anyone.
    """
    found = []
    for pid in everything():
        words = arguments(pid)
        if words and Path(words[0]).name == program and argument in words[1:] and owner(pid) == uid and alive(pid):
            found.append(pid)
    return found


def inside(place: Path, uid: int) -> list[int]:
    """Live processes of this account that work in this folder."""
    return [pid for pid in everything() if folder(pid) == str(place) and owner(pid) == uid and alive(pid)]


def stop(pids: Iterable[int], signals: Iterable[tuple[signal.Signals, float]]) -> list[int]:
    """Send each signal in turn and wait its seconds for all to end; return those that still live.

    One that stands still is woken: it would never hear.
    """
    left = _alive_of(pids)
    for signum, patience_s in signals:
        for pid in left:
            send(pid, signum)
            wake(pid)
        deadline = boottime_s() + patience_s
        while (left := _alive_of(left)) and boottime_s() < deadline:
            time.sleep(_POLL_S)
        if not left:
            break
    return left


def send(pid: int, signum: signal.Signals) -> bool:
    """Signal one process; False if it is gone."""
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return False
    return True


def freeze(pid: int) -> None:
    """Let a process and everything that it made stand still; the process first, so that it makes no more."""
    send(pid, signal.SIGSTOP)
    for one in family(pid)[1:]:
        send(one, signal.SIGSTOP)


def wake(pid: int) -> None:
    """Let a process and everything that it made go on; nothing happens to those that run."""
    for one in reversed(family(pid)):
        with suppress(PermissionError):
            send(one, signal.SIGCONT)


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Poll every 20 ms until the condition holds; False if it did not within the time."""
    deadline = boottime_s() + timeout_s
    while not condition():
        if boottime_s() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _alive_of(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if alive(pid)]
