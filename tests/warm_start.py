"""Commands that start warm: forked off a process that has imported all of MUTT already.

Nearly all a short command does is to import the same modules, and a run of all tests starts thousands. What is forked
is a process like any other: its own words, environment, folder, pipes, exit code and `main`. Only that modules may be
imported in whatever order a command asks for them is not seen; so the first start of each command in a test process
is a cold one, and with `MUTT_TEST_STARTS=cold`, which the nightly run sets, every start is. Commands that a test
interrupts, kills or puts on a terminal are started cold by that test itself.

`python -m tests.warm_start FD` is the process that forks; FD is its end of the socket that asks come by. It ends when
the other end is closed.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.contract.command_table import BY_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
COLD: Final = (sys.executable, "-m", "mutt_cli")
_LARGEST: Final = 1 << 17
"""Bytes of one ask: words and environment."""
_NUMBER: Final = 16
"""Bytes of a number that is told: the process id, then the exit code."""
_ONE_AT_A_TIME: Final = threading.Lock()
_KNOWN_BEFORE: Final[set[str]] = set()


def run(
    words: Sequence[str], environment: Mapping[str, str], stdin: bytes = b"", *, folder: str = "/", seconds: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """Run `mutt WORDS` to its end. Raises subprocess.TimeoutExpired after `seconds`, when it has been killed."""
    if not (_is_plain(environment) and _may_be_warm(words)):
        return subprocess.run(
            [*COLD, *words], input=stdin, env=environment, capture_output=True, timeout=seconds, cwd=folder, check=False
        )
    return _Warm(words, environment, folder).result(stdin, seconds)


def _is_plain(environment: Mapping[str, str]) -> bool:
    """Whether nothing in it changes how Python itself starts, but what the process that forks was started with too."""
    told = {name for name in environment if name.startswith(("PYTHON", "LC_"))}
    return told <= {"PYTHONPATH"} and environment.get("PYTHONPATH") == str(ROOT)


def _may_be_warm(words: Sequence[str]) -> bool:
    """Whether this command was started before, by its longest name that the table of commands has."""
    if os.environ.get("MUTT_TEST_STARTS") == "cold":
        return False
    plain = [word for word in words[:3] if not word.startswith("-")]
    paths = (" ".join(plain[:length]) for length in (3, 2, 1))
    path = next((one for one in paths if one in BY_PATH), "")
    known = path in _KNOWN_BEFORE
    _KNOWN_BEFORE.add(path)
    return bool(path) and known


class _Warm:
    """One command in a fork, with pipes as `subprocess` would give it."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
        (stdin, self._stdin), (self._stdout, stdout), (self._stderr, stderr) = (os.pipe() for _ in range(3))
        self._status, status = socket.socketpair()
        ask = json.dumps([[*words], dict(environment), folder]).encode()
        assert len(ask) < _LARGEST, "too long for one message"
        self._words = words
        with status, _ONE_AT_A_TIME:
            socket.send_fds(_origin(environment.get("LANG", "")), [ask], [stdin, stdout, stderr, status.fileno()])
        for given in (stdin, stdout, stderr):
            os.close(given)

    def result(self, stdin: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
        told = ["mutt", *self._words]
        with ThreadPoolExecutor(2) as readers, self._status:
            out, err = (readers.submit(_everything, one) for one in (self._stdout, self._stderr))
            pid = self._number()
            _give(self._stdin, stdin)
            self._status.settimeout(seconds)
            try:
                code = self._number()
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(told, seconds, out.result(), err.result()) from None
            return subprocess.CompletedProcess(told, code, out.result(), err.result())

    def _number(self) -> int:
        said = self._status.recv(_NUMBER)
        assert said, "the process that forks has ended"
        return int(said)


def _everything(descriptor: int) -> bytes:
    with open(descriptor, "rb") as stream:
        return stream.read()


def _give(descriptor: int, text: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as stream:
        stream.write(text)


@cache
def _origin(language: str) -> socket.socket:
    """Our end of the socket to the process that forks in this language; it ends when ours does.

    Its streams are pipes as those of its forks are: a stream keeps to what it was made for.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | ({"LANG": language} if language else {})
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm_start", str(theirs.fileno())], pass_fds=[theirs.fileno()], cwd=ROOT,
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    atexit.register(_end, ours, process)
    return ours


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    with process:
        process.wait(10)


# What follows runs in the process that forks.


def _import_all() -> None:
    import mutt_cli

    for room in ("core", "settings", "adapters", "ops", "present", "commands"):
        package = importlib.import_module(f"{mutt_cli.__name__}.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    importlib.import_module("mutt_cli.cli")


def serve(asks: socket.socket) -> tuple[list[str], dict[str, str], str] | None:
    """Fork a process for each ask and tell how it ended. Returns None at the end, and in each fork what it is to do."""
    ended = selectors.DefaultSelector()
    ended.register(asks, selectors.EVENT_READ)
    while True:
        for key, _ in ended.select():
            if key.data is not None:
                _tell(ended, key)
                continue
            ask, given, _, _ = socket.recv_fds(asks, _LARGEST, 4)
            if not ask:
                return None
            status = socket.socket(fileno=given[3])
            pid = os.fork()
            if pid == 0:
                for own in range(3):
                    os.dup2(given[own], own)
                _close_all(ended, status)
            for descriptor in given[:3]:
                os.close(descriptor)
            if pid == 0:
                words, environment, folder = json.loads(ask)
                return words, environment, folder
            status.sendall(_number(pid))
            ended.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, status))


def _close_all(ended: selectors.DefaultSelector, status: socket.socket) -> None:
    """In a fork: what belongs to the process that forks."""
    status.close()
    for key in ended.get_map().values():
        if key.data is None:
            key.fileobj.close()  # type: ignore[union-attr]
        else:
            os.close(key.fd)
            key.data[1].close()
    ended.close()


def _number(value: int) -> bytes:
    return f"{value:{_NUMBER}}".encode()


def _tell(ended: selectors.DefaultSelector, key: Any) -> None:
    pid, status = key.data
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    ended.unregister(key.fileobj)
    os.close(key.fd)
    with status, suppress(BrokenPipeError):
        status.sendall(_number(code))


def main() -> int:
    """In the first process: serve. In each fork: be the command."""
    _import_all()
    gc.freeze()
    found = serve(socket.socket(fileno=int(sys.argv[1])))
    if found is None:
        return 0
    words, environment, folder = found
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    time.tzset()
    from mutt_cli import __main__ as program

    sys.argv = [program.__file__, *words]
    return program.main()


if __name__ == "__main__":
    sys.exit(main())
