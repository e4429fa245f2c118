"""A command that is forked off a process with all of MUTT in it says and does what a cold one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import warm_start

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
