"""The process that commands and daemons of tests are forked off, once it has imported all of MUTT (`warm_start.py`).

`python -m tests.warm_origin FD`: FD is its end of the socket that asks come by. An ask is JSON: the words behind
`mutt`, the environment, the folder and whether the fork leads a session of its own; with it come the fork's three
streams and a socket, by which the fork tells its process id and this process its exit code. It ends when the other end
is closed.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import selectors
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

LARGEST: Final = 1 << 17
"""Bytes of one ask."""
NUMBER: Final = 16
"""Bytes of a number that is told."""
_ROOMS: Final = ("core", "settings", "adapters", "ops", "present", "commands", "daemons")


@dataclass(frozen=True)
class Ask:
    """What a fork is to do."""

    words: list[str]
    environment: dict[str, str]
    folder: str
    leads: bool

    def encode(self) -> bytes:
        """One message. Raises ValueError if it is too long for that."""
        text = json.dumps([self.words, self.environment, self.folder, self.leads]).encode()
        if len(text) >= LARGEST:
            raise ValueError(f"{len(text)} bytes of words and environment are too long for one message")
        return text


def number(value: int) -> bytes:
    """A process id or an exit code as it is told."""
    return f"{value:{NUMBER}}".encode()


def _import_all() -> None:
    import mutt_cli

    for room in _ROOMS:
        package = importlib.import_module(f"{mutt_cli.__name__}.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    importlib.import_module("mutt_cli.cli")


def _serve(asks: socket.socket) -> Ask | None:
    """Fork a process for each ask and tell how it ended. Returns None at the end, and in each fork what it is to do."""
    ended = selectors.DefaultSelector()
    ended.register(asks, selectors.EVENT_READ)
    while True:
        for key, _ in ended.select():
            if key.data is not None:
                _tell_end(ended, key)
                continue
            text, given, _, _ = socket.recv_fds(asks, LARGEST, 4)
            if not text:
                return None
            status = socket.socket(fileno=given[3])
            pid = os.fork()
            if pid == 0:
                ask = Ask(*json.loads(text))
                _begin(ended, ask, given, status)
                return ask
            for descriptor in given[:3]:
                os.close(descriptor)
            ended.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, status))


def _begin(ended: selectors.DefaultSelector, ask: Ask, given: list[int], status: socket.socket) -> None:
    """In a fork: take its streams, let go of what belongs to the process that forks, and say that it is there."""
    for own, descriptor in enumerate(given[:3]):
        os.dup2(descriptor, own)
        os.close(descriptor)
    for key in ended.get_map().values():
        if key.data is None:
            key.fileobj.close()  # type: ignore[union-attr]
        else:
            os.close(key.fd)
            key.data[1].close()
    ended.close()
    if ask.leads:
        os.setsid()  # before its id is known: who knows it may send its group a signal
    with status:
        status.sendall(number(os.getpid()))


def _tell_end(ended: selectors.DefaultSelector, key: Any) -> None:
    pid, status = key.data
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    ended.unregister(key.fileobj)
    os.close(key.fd)
    with status, suppress(BrokenPipeError):
        status.sendall(number(code))


def main() -> int:
    """In the first process: serve. In each fork: be the command."""
    _import_all()
    assert threading.active_count() == 1, "a fork would not have the other threads, but what they hold"
    gc.freeze()
    ask = _serve(socket.socket(fileno=int(sys.argv[1])))
    if ask is None:
        return 0
    os.environ.clear()
    os.environ.update(ask.environment)
    os.chdir(ask.folder)
    time.tzset()
    from mutt_cli import __main__ as program

    sys.argv = [program.__file__, *ask.words]
    return program.main()


if __name__ == "__main__":
    sys.exit(main())
