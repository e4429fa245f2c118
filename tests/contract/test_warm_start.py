"""What is forked off a process with all of MUTT in it, command or daemon, says and does what a cold one does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import servers, warm_start
from tests.stack import Daemon, eventually

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(warm_start.ROOT), "HOME": str(tmp_path),
        "MUTT_ENV_FILE": os.devnull, "MUTT_STATE_DIR": str(tmp_path), "POD_NAME": "pod-of-this-test",
    }  # fmt: skip


@pytest.fixture
def no_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on only what is forked can answer, the first start of a command too."""
    monkeypatch.setattr(warm_start, "_may_be_warm", lambda _: True)
    monkeypatch.setattr(subprocess, "run", None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["config", "get", "POD_NAME", "-o", "csv"], 0), (["explain", "MUTT-R101"], 0), (["queue", "--help"], 0),
        (["que"], 2), (["queue", "list", "--timeout", "never"], 2),
    ],
    ids=["settings", "page", "help", "word", "flag"],
)  # fmt: skip
def test_a_warm_start_says_what_a_cold_one_says(
    words: list[str], code: int, environment: dict[str, str], request: pytest.FixtureRequest
) -> None:
    cold = subprocess.run([*warm_start.COLD, *words], env=environment, capture_output=True, cwd="/", check=False)
    request.getfixturevalue("no_cold_start")
    warm = warm_start.run(words, environment)
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert warm.returncode == code


def test_the_first_start_of_a_command_is_cold(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_start, "_KNOWN_BEFORE", set())
    monkeypatch.delenv("MUTT_TEST_STARTS", raising=False)
    started = [warm_start.run(["explain", "MUTT-R101"], environment).args[0] for _ in range(2)]
    assert started == [sys.executable, "mutt"]


@pytest.mark.usefixtures("no_cold_start")
def test_nothing_of_one_fork_reaches_the_next_and_input_that_none_reads_stops_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        answer = warm_start.run(
            ["config", "get", "POD_NAME", "-o", "json"], environment | {"POD_NAME": name}, b"x" * 200_000,
            folder=str(tmp_path),
        )  # fmt: skip
        assert json.loads(answer.stdout)["value"] == name


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.usefixtures("no_cold_start")
def test_a_warm_daemon_leads_its_session_and_ends_by_sigterm(environment: dict[str, str], tmp_path: Path) -> None:
    port = servers.free_port()
    state = tmp_path / "not" / "there"
    given = {"SIMULATOR_PORT": str(port), "MUTT_STATE_DIR": str(state)}
    made = Daemon("simulator", environment | given, tmp_path / "log")
    made.start()
    assert made.process is not None
    assert os.getsid(made.process.pid) == os.getpgid(made.process.pid) == made.process.pid
    eventually(lambda: listens(port), "it listens")
    assert (state / "simulator.jsonl").exists()
    assert made.alive
    assert made.stop() == 0
    assert not made.alive


@pytest.mark.usefixtures("no_cold_start")
def test_of_a_warm_daemon_that_is_killed_the_signal_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    made = Daemon("simulator", environment | {"SIMULATOR_PORT": str(servers.free_port())}, tmp_path / "log")
    made.start()
    made.kill()
    assert made.process is not None
    assert made.process.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("no_cold_start")
def test_a_warm_daemon_that_cannot_go_on_ends_with_its_own_code(environment: dict[str, str], tmp_path: Path) -> None:
    made = Daemon("ingestor", environment | {"INGESTOR_PORT": "many"}, tmp_path / "log")
    made.start()
    assert made.process is not None
    assert made.process.wait(30) == 78
    assert "INGESTOR_PORT" in made.log.read_text()
