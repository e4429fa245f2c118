"""A parent that supervises the processes of one daemon; the parent itself has no threads.

Processes are forked, not started anew: as root everything is imported before privileges are dropped, and the Python
environment need not be readable for the account the daemons run as. Each child dies with its parent. One that crashes
is started again; one that says with a MuttError why it cannot go on ends the daemon, and the parent raises that error.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from mutt_cli.adapters.identity import die_with_parent, name_process
from mutt_cli.daemons.runtime import SIGNALS, exit_code
from mutt_cli.errors import EX_CONFIG, MuttError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

RESPAWN_S: Final = 1.0
LEFT: Final = "left"
GRACE_S: Final = 5.0
"""Beyond the stop time-out of the workers, before the parent kills what is left."""


def listening_socket(host: str, port: int, setting: str) -> socket.socket:
    """A bound, listening, non-blocking socket. Raises MuttError MUTT-D120 if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise MuttError(
            f"cannot listen on {host}:{port} ({setting}): {error.strerror}",
            code="MUTT-D120",
            tries=(f"ss -ltnp 'sport = :{port}'", f"set another {setting}"),
            exit_code=EX_CONFIG,
        ) from error
    bound.listen(1024)
    bound.settimeout(0)
    return bound


@dataclass(frozen=True)
class _Child:
    name: str
    words: int
    """The reading end of a pipe: what it says before it ends because of a MuttError."""

    def last_words(self) -> MuttError | None:
        """The error it ended with, if it said one. Asked once, after it has ended."""
        with os.fdopen(self.words, "rb") as pipe:
            told = pipe.read()
        return MuttError(*_decode(told)) if told else None


_LastWords = tuple[str, str, str, tuple[str, ...], int]
_decode = msgspec.msgpack.Decoder(_LastWords).decode


def _last_words(error: MuttError) -> bytes:
    told: _LastWords = (error.message, error.code, error.why, error.tries, exit_code(error))
    return msgspec.msgpack.encode(told)


def _nothing(_: str = "") -> None:
    """For daemons that have nothing to do when a process ends or the stop begins."""


@dataclass
class Prefork:
    """Named jobs, each kept running in a child process until SIGTERM or SIGINT."""

    log: logging.Logger
    jobs: Mapping[str, Callable[[], int]]
    """Each returns the exit code of its process. SIGTERM, SIGINT and SIGHUP are blocked in it until it takes them."""
    stop_timeout_s: float
    ended: Callable[[str], None] = _nothing
    """Called with the name of a job whose process has ended, before it is started again."""
    stopping: Callable[[], None] = _nothing
    """Called when the stop begins."""
    _children: dict[int, _Child] = field(default_factory=dict)
    _waiting: list[str] = field(default_factory=list)
    """Jobs to be started at the next turn."""
    _stopping: bool = False

    def run(self) -> int:
        """Supervise until asked to stop; returns the exit code. Raises the MuttError that a child ended with."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "_stopping", True))
        signal.signal(signal.SIGHUP, lambda *_: self._tell_children(signal.SIGHUP))
        gc.freeze()  # what is here by now is never garbage: no collection in a child copies its pages
        self._waiting = list(self.jobs)
        while not self._stopping:
            self._start_waiting()
            time.sleep(0.1)
            for child, how in self._collect():
                if error := child.last_words():
                    self._stop()
                    raise error
                self.ended(child.name)
                if not self._stopping:
                    self.log.error("%s %s; starting it again", child.name, how)
                    self._waiting.append(child.name)
            if self._waiting:
                self._rest(RESPAWN_S)
        return self._stop()

    def _rest(self, seconds: float) -> None:
        """Wait, but not for longer than until a stop is asked for."""
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _start_waiting(self) -> None:
        """Start what waits; where the system has no room for a process now, try again at the next turn."""
        while self._waiting and not self._stopping:
            try:
                self._start(self._waiting[0])
            except OSError as error:
                self.log.error("%s cannot be started now: %s", self._waiting[0], error.strerror)  # noqa: TRY400
                return
            self._waiting.pop(0)

    def _start(self, name: str) -> None:
        parent = os.getpid()
        reading, writing = os.pipe()
        # A signal between fork and the moment in which the child takes its own would be lost: it waits instead.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = -1
        try:
            pid = os.fork()
            if pid == 0:
                os.close(reading)
                self._be(name, writing, parent)
            self._children[pid] = _Child(name, reading)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(writing)
            if pid < 0:
                os.close(reading)

    def _be(self, name: str, writing: int, parent: int) -> NoReturn:
        """The child's life."""
        code = 1
        try:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            die_with_parent(signal.SIGTERM, parent)
            name_process(name)
            code = self.jobs[name]()
        except MuttError as error:
            os.write(writing, _last_words(error))
        except BaseException:
            self.log.exception("%s failed", name)
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _collect(self) -> list[tuple[_Child, str]]:
        """The children that have ended, and how."""
        ended = []
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                if child := self._children.pop(pid, None):
                    ended.append((child, _how(os.waitstatus_to_exitcode(status))))
        return ended

    def _tell_children(self, number: signal.Signals) -> None:
        for pid in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _stop(self) -> int:
        """Ask all to leave, and kill who does not; the exit code says whether all left by themselves."""
        self.stopping()
        self._tell_children(signal.SIGTERM)
        deadline = time.monotonic() + self.stop_timeout_s + GRACE_S
        while self._children and time.monotonic() < deadline:
            for child, how in self._collect():
                if error := child.last_words():
                    self.log.error("%s: %s", child.name, error)
                elif how != LEFT:
                    self.log.error("%s %s while it was to stop", child.name, how)
            time.sleep(0.05)
        if not self._children:
            return 0
        names = ", ".join(child.name for child in self._children.values())
        self.log.error("did not stop in time and are killed: %s", names)
        self._tell_children(signal.SIGKILL)
        return 1


def _how(code: int) -> str:
    if code == 0:
        return LEFT
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"died with exit code {code}"
