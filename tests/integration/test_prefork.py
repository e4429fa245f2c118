"""A parent and its processes: what is started again, what ends the daemon, and which signals reach whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.stack import SOURCE_TREE, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARENT = """
import errno, logging, os, signal, sys
from pathlib import Path
from mutt_cli.daemons.prefork import Prefork
from mutt_cli.daemons.runtime import SIGNALS
from mutt_cli.errors import EX_TEMPFAIL, MuttError, RefusedError
folder = Path(sys.argv[1])

def steady():
    (folder / f"steady-{os.getpid()}").touch()
    while signal.sigwait(SIGNALS) == signal.SIGHUP:
        (folder / f"hup-{os.getpid()}").touch()
    (folder / "left").touch()
    return 0

def refused():
    raise RefusedError("the name is taken", code="MUTT-D111", why="two would share a list", tries=("rename one",),
                       exit_code=EX_TEMPFAIL)

if "no-room" in sys.argv:  # the system has none for a second process, once
    fork, forks = os.fork, []
    def refuse_the_second():
        forks.append(1)
        if len(forks) == 2:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        return fork()
    os.fork = refuse_the_second

jobs = {"steady": steady} | ({"refused": refused} if "refused" in sys.argv else {})
try:
    sys.exit(Prefork(logging.getLogger(), jobs, 5.0).run())
except MuttError as error:
    print(error.code, str(error), error.why, error.tries, error.exit_code, sep="|")
    sys.exit(error.exit_code)
"""


@contextmanager
def parent(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PARENT, str(folder), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=SOURCE_TREE) as process:
        yield process
        process.kill()


def started(folder: Path, number: int) -> list[int]:
    """Process ids of the `number` steady children that there have been."""
    found: list[str] = eventually(
        lambda: len(names := sorted(file.name for file in folder.glob("steady-*"))) >= number and names,
        f"{number} children have started",
    )
    return [int(name.partition("-")[2]) for name in found]


def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with parent(tmp_path):
        os.kill(started(tmp_path, 1)[0], signal.SIGKILL)
        assert len(set(started(tmp_path, 2))) == 2


def test_a_system_without_room_for_a_process_is_asked_again(tmp_path: Path) -> None:
    with parent(tmp_path, "no-room") as process:
        os.kill(started(tmp_path, 1)[0], signal.SIGKILL)
        assert len(set(started(tmp_path, 2))) == 2
        process.terminate()
        assert process.wait(30) == 0


def test_a_child_that_says_why_it_cannot_go_on_ends_the_daemon_with_its_words_and_its_siblings_leave(
    tmp_path: Path,
) -> None:
    with parent(tmp_path, "refused") as process:
        told, _ = process.communicate(timeout=30)
        assert told == "MUTT-D111|the name is taken|two would share a list|('rename one',)|75\n"
        assert process.returncode == 75
        if list(tmp_path.glob("steady-*")):  # it may have been told to stop before it had begun
            assert (tmp_path / "left").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_of_the_parent_is_a_clean_stop_of_its_children(tmp_path: Path, number: signal.Signals) -> None:
    with parent(tmp_path) as process:
        started(tmp_path, 1)
        process.send_signal(number)
        assert process.wait(30) == 0
        assert (tmp_path / "left").exists()


def test_a_killed_parent_takes_its_children_with_it(tmp_path: Path) -> None:
    with parent(tmp_path) as process:
        started(tmp_path, 1)
        process.kill()
        eventually((tmp_path / "left").exists, "the child was told to stop by the kernel")


def test_sighup_reaches_the_children(tmp_path: Path) -> None:
    with parent(tmp_path) as process:
        (child,) = started(tmp_path, 1)
        process.send_signal(signal.SIGHUP)
        eventually((tmp_path / f"hup-{child}").exists, "the child got the signal")
        assert process.poll() is None
