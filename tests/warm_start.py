"""Commands and daemons that start warm: forked off a process that has imported all of MUTT already.

Nearly all a short command does is to import the same modules, and so is most of what a daemon does until it is ready;
a run of all tests starts thousands. What is forked is a process like any other: its own words, environment, folder,
streams, exit code and `main`. Only that modules may be imported in whatever order a command asks for them is not seen;
so the first start of each command in a test process is a cold one, and with `MUTT_TEST_STARTS=cold`, which the nightly
run sets, every start is. Commands that a test interrupts, kills or puts on a terminal are started cold by that test
itself, and daemons whose command line or memory it looks at (`Daemon.cold`).
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.contract.command_table import BY_PATH
from tests.warm_origin import NUMBER, Ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

ROOT: Final = Path(__file__).resolve().parent.parent
COLD: Final = (sys.executable, "-m", "mutt_cli")
_ONE_AT_A_TIME: Final = threading.Lock()
_KNOWN_BEFORE: Final[set[str]] = set()


def run(
    words: Sequence[str], environment: Mapping[str, str], stdin: bytes = b"", *, folder: str = "/", seconds: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """Run `mutt WORDS` to its end. Raises subprocess.TimeoutExpired after `seconds`, when it has been killed."""
    if not (_is_plain(environment) and _may_be_warm(_command(words))):
        return subprocess.run(
            [*COLD, *words], input=stdin, env=environment, capture_output=True, timeout=seconds, cwd=folder, check=False
        )
    (theirs, given), (out, said), (err, told) = (os.pipe() for _ in range(3))
    process = Warm(words, environment, folder, (theirs, said, told))
    for descriptor in (theirs, said, told):
        os.close(descriptor)
    with ThreadPoolExecutor(2) as readers:
        stdout, stderr = (readers.submit(_everything, one) for one in (out, err))
        _give(given, stdin)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(process.words, seconds, stdout.result(), stderr.result()) from None
        return subprocess.CompletedProcess(process.words, code, stdout.result(), stderr.result())


def daemon(
    words: Sequence[str], environment: Mapping[str, str], log: BinaryIO, *, cold: bool = False
) -> subprocess.Popen[bytes] | Warm:
    """Start `mutt daemon WORDS` at the head of a session of its own; what it says goes to `log`."""
    line = ("daemon", *words)
    if cold or not (_is_plain(environment) and _may_be_warm(" ".join(line[:2]))):
        return subprocess.Popen(
            [*COLD, *line], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
            start_new_session=True,
        )  # fmt: skip
    with Path(os.devnull).open("rb") as nothing:
        return Warm(line, environment, "/", (nothing.fileno(), log.fileno(), log.fileno()), leads=True)


def _is_plain(environment: Mapping[str, str]) -> bool:
    """Whether nothing in it changes how Python itself starts, but what the process that forks was started with too."""
    told = {name for name in environment if name.startswith(("PYTHON", "LC_"))}
    return told <= {"PYTHONPATH"} and environment.get("PYTHONPATH") == str(ROOT)


def _command(words: Sequence[str]) -> str:
    """The command by its longest name that the table of commands has; empty if it has none."""
    plain = [word for word in words[:3] if not word.startswith("-")]
    paths = (" ".join(plain[:length]) for length in (3, 2, 1))
    return next((one for one in paths if one in BY_PATH), "")


def _may_be_warm(path: str) -> bool:
    """Whether this command or daemon was started before."""
    if os.environ.get("MUTT_TEST_STARTS") == "cold":
        return False
    known = path in _KNOWN_BEFORE
    _KNOWN_BEFORE.add(path)
    return bool(path) and known


class Warm:
    """One process that was forked, as `subprocess.Popen` shows one."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: str, streams: Sequence[int], *,
        leads: bool = False,
    ) -> None:  # fmt: skip
        """Returns when it is there; with `leads` it is at the head of a session then."""
        self.words, self.returncode = ["mutt", *words], None
        self._status, status = socket.socketpair()
        ask = Ask([*words], dict(environment), folder, leads).encode()
        with status, _ONE_AT_A_TIME:
            socket.send_fds(_origin(environment.get("LANG", "")), [ask], [*streams, status.fileno()])
        self.pid = self._number()

    returncode: int | None

    def poll(self) -> int | None:
        """Its exit code; None while it lives."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, when it has ended. Raises subprocess.TimeoutExpired if it has not within `timeout` seconds."""
        if self.returncode is None:
            self._status.settimeout(timeout)
            try:
                self.returncode = self._number()
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.words, timeout or 0) from None
            self._status.close()
        return self.returncode

    def terminate(self) -> None:
        """SIGTERM, if it has not ended yet."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def _number(self) -> int:
        said = self._status.recv(NUMBER)
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
            [sys.executable, "-m", "tests.warm_origin", str(theirs.fileno())], pass_fds=[theirs.fileno()], cwd=ROOT,
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    atexit.register(_end, ours, process)
    return ours


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    with process:
        process.wait(10)
