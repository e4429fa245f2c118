"""A platform in a process of its own, for tests that watch it start, die and come back.

The supervisor must be a main thread with children of its own, so it runs as a program; its progress is one JSON line
each. The tests look at /proc and at real servers, never inside the supervisor.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Final

import redis

from mutt_cli.adapters.engines.processes import alive, arguments, everything, owner
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 90.0
PROGRAM: Final = """
import json, os, sys
from mutt_cli.errors import MuttError
from mutt_cli.ops import platform
names = sys.argv[2].split(",") if sys.argv[2] else []
options = platform.Options(ports=sys.argv[1], tcp="--tcp" in sys.argv, durable=False,
                           services=[one for one in platform.SERVICES if one.name in names])
def tell(*words): print(json.dumps(words), flush=True)
try:
    platform.up(os.environ, options, tell, lambda record: tell("READY", "ok", "", 0.0))
except MuttError as error:
    tell("ERROR", error.code, str(error), 0.0)
    sys.exit(error.exit_code)
"""


@dataclass
class Platform:
    """One run of `ops.platform.up`."""

    state: Path
    process: subprocess.Popen[str]
    lines: list[list[Any]] = field(default_factory=list)

    def until(self, step: str, state: str = "") -> list[Any]:
        """Read progress until this step (and state); fails the test if the process ends first."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))
            if self.lines[-1][0] == step and state in ("", self.lines[-1][1]):
                return self.lines[-1]
        raise AssertionError(f"ended with {self.process.wait()} before {step}: {self.lines[-5:]}")

    def steps(self, state: str) -> list[str]:
        """Names of the steps seen in this state, in order."""
        return [line[0] for line in self.lines if line[1] == state]

    def pid_of(self, program: str) -> int:
        """The process of a server or daemon of this platform; one that was just started may not have its name yet."""

        def found() -> int | None:
            pids = processes_of(self.state)
            return next((pid for pid in pids if any(Path(w).name == program for w in arguments(pid))), None)

        return int(eventually(found, f"there is a process {program}"))

    def finish(self, signum: signal.Signals = signal.SIGTERM) -> int:
        """Signal the supervisor and wait for it, reading the rest of its progress."""
        self.process.send_signal(signum)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        self.lines += [json.loads(line) for line in out.splitlines()]
        return self.process.returncode

    def redis(self) -> redis.Redis:
        """A client of the embedded Redis, on one connection."""
        return redis.Redis(unix_socket_path=str(self.state / "run" / "redis.sock"), single_connection_client=True)

    def settings(self) -> dict[str, str]:
        """The settings file it wrote."""
        return settings_of(self.state)


def settings_of(state: Path) -> dict[str, str]:
    """The lines of `mutt.env`."""
    lines = (state / "mutt.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def processes_of(state: Path) -> list[int]:
    """Live processes whose command line names the state folder: servers, and their daemons by settings file."""
    return [pid for pid in everything() if alive(pid) and pid != os.getpid() and _names(pid, str(state))]


def _names(pid: int, state: str) -> bool:
    if any(state in word for word in arguments(pid)):
        return True
    with suppress(OSError):
        return f"MUTT_ENV_FILE={state}/".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    return False


@contextmanager
def state_folder() -> Iterator[Path]:
    """An empty folder for a platform, passable for the account that root's servers run as."""
    folder = Path(tempfile.mkdtemp(prefix="mp-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder / "s"
    finally:
        for pid in processes_of(folder):
            os.kill(pid, signal.SIGKILL)
        rmtree(folder, ignore_errors=True)


def environment(state: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the supervisor gets: nothing of this machine's configuration."""
    own = {"PATH": os.environ["PATH"], "HOME": str(state.parent), "MUTT_STATE_DIR": str(state), "LANG": "C.UTF-8"}
    paths = (str(ROOT), os.environ.get("PYTHONPATH", ""))
    own["PYTHONPATH"] = ":".join(one for one in paths if one)
    if os.geteuid() == 0:
        own["MUTT_RUN_USER"] = "nobody"
    empty = state.parent / "empty.env"
    empty.touch()
    return {**own, "MUTT_ENV_FILE": str(empty), **(more or {})}


def start(
    state: Path, services: str = "", ports: str = "auto", more: Mapping[str, str] | None = None, *words: str
) -> Platform:
    """Start a platform with these daemons; without any, only the stores. `words` may be `--tcp`."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, ports, services, *words], stdout=subprocess.PIPE, text=True,
        env=environment(state, more), cwd="/",
    )  # fmt: skip
    return Platform(state, process)


@contextmanager
def up(
    state: Path, services: str = "", more: Mapping[str, str] | None = None, words: tuple[str, ...] = ()
) -> Iterator[Platform]:
    """A platform that is ready; stopped at the end of the block if it still runs."""
    platform = start(state, services, "auto", more, *words)
    try:
        platform.until("READY")
        yield platform
    finally:
        if platform.process.poll() is None:
            platform.finish()


def gone_within(state: Path, seconds: float) -> bool:
    """Whether nothing of the platform runs any more, at the latest after that time."""
    ends = time.monotonic() + seconds
    while processes_of(state):
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def run_uids(state: Path) -> set[int | None]:
    """The accounts of everything the platform started."""
    return {owner(pid) for pid in processes_of(state)}
