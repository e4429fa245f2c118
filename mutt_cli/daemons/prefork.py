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
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters.identity import die_with_parent, name_process
from mutt_cli.daemons.runtime import exit_code
from mutt_cli.errors import EX_CONFIG, MuttError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

RESPAWN_S: Final = 1.0
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


@dataclass
class Prefork:
    """Named jobs, each kept running in a child process until SIGTERM or SIGINT."""

    log: logging.Logger
    jobs: dict[str, Callable[[], int]]
    """Each returns the exit code of its process."""
    stop_timeout_s: float
    _children: dict[int, _Child] = field(default_factory=dict)
    _stopping: bool = False

    def run(self) -> int:
        """Supervise until asked to stop; returns the exit code. Raises the MuttError that a child ended with."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "_stopping", True))
        signal.signal(signal.SIGHUP, lambda *_: self._tell_children(signal.SIGHUP))
        gc.freeze()  # what is here by now is never garbage: no collection in a child copies its pages
        for name in self.jobs:
            self._start(name)
        while not self._stopping:
            for child in self._collect():
                if error := child.last_words():
                    self._stop()
                    raise error
                self.log.error("%s died; starting it again", child.name)
                time.sleep(RESPAWN_S)
                if not self._stopping:
                    self._start(child.name)
            time.sleep(0.1)
        return self._stop()

    def _start(self, name: str) -> None:
        parent, signals = os.getpid(), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        reading, writing = os.pipe()
        # A signal between fork and the child's own handlers would be swallowed by the parent's: it waits instead.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        pid = os.fork()
        if pid:
            os.close(writing)
            self._children[pid] = _Child(name, reading)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
            return
        code = 1
        try:
            os.close(reading)
            die_with_parent(signal.SIGTERM, parent)
            name_process(name)
            for number in signals:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
            code = self.jobs[name]()
        except MuttError as error:
            os.write(writing, _last_words(error))
        except BaseException:
            self.log.exception("%s failed", name)
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _collect(self) -> list[_Child]:
        """The children that have ended."""
        ended = []
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                if child := self._children.pop(pid, None):
                    ended.append(child)
        return ended

    def _tell_children(self, number: signal.Signals) -> None:
        for pid in list(self._children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _stop(self) -> int:
        self._tell_children(signal.SIGTERM)
        deadline = time.monotonic() + self.stop_timeout_s + GRACE_S
        while self._children and time.monotonic() < deadline:
            self._collect()
            time.sleep(0.05)
        if self._children:
            self.log.error("%d processes did not stop in time and are killed", len(self._children))
            self._tell_children(signal.SIGKILL)
        return 0
