"""Watching: a terminal is repainted, a pipe gets changes, a condition ends it, a hanging back end cannot."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
import redis

from tests.acceptance.frame import MUTT, environment, mutt, on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey


@pytest.fixture
def where(valkey: Valkey) -> dict[str, str]:
    return {"REDIS_SOCKET": str(valkey.socket)}


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    made = redis.Redis(unix_socket_path=str(valkey.socket))
    made.delete("mutt:ingest_queue")
    yield made
    made.delete("mutt:ingest_queue")


def test_a_pipe_gets_one_line_per_change_until_the_condition_holds(
    tmp_path: Path, where: dict[str, str], client: redis.Redis
) -> None:
    client.lpush("mutt:ingest_queue", "a", "b")
    process = subprocess.Popen(
        [*MUTT, "queue", "depth", "ingest", "--watch=0.2", "--exit-when", "depth=0"],
        stdout=subprocess.PIPE, text=True, env=environment(tmp_path, where),
    )  # fmt: skip
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["depth"] == 2
    client.rpop("mutt:ingest_queue")
    assert json.loads(process.stdout.readline())["depth"] == 1
    client.delete("mutt:ingest_queue")
    rest = process.communicate(timeout=20)[0]
    assert [json.loads(line)["depth"] for line in rest.splitlines()] == [0]
    assert process.returncode == 0


def test_a_condition_that_can_never_be_true_is_not_waited_for(tmp_path: Path, where: dict[str, str]) -> None:
    answer = mutt(tmp_path, "queue", "depth", "ingest", "--exit-when", "depth<none", "--timeout", "60", env=where)
    assert answer.code == 2
    assert "depth<none: 'none' is no number, duration or moment" in answer.err


def test_a_condition_that_does_not_come_true_in_time_is_exit_8(
    tmp_path: Path, where: dict[str, str], client: redis.Redis
) -> None:
    client.lpush("mutt:ingest_queue", "a")
    answer = mutt(tmp_path, "queue", "depth", "ingest", "--exit-when", "depth=0", "--timeout", "0.5", env=where)
    assert answer.code == 8
    assert "depth=0 did not come true within 0.5 s" in answer.err


def test_a_condition_on_rows_has_to_hold_for_all_of_them(
    tmp_path: Path, where: dict[str, str], client: redis.Redis
) -> None:
    words = ("queue", "list", "--exit-when", "depth=0", "--timeout", "0.5")
    assert mutt(tmp_path, *words, env=where).code == 0
    client.lpush("mutt:ingest_queue", "a")
    assert mutt(tmp_path, *words, env=where).code == 8


def test_a_terminal_is_repainted_in_place(tmp_path: Path, where: dict[str, str], client: redis.Redis) -> None:
    answer = on_terminal(tmp_path, "queue", "list", "-w", "--timeout", "1", "--watch=0.3", env=where)
    assert answer.out.count("\x1b[H") >= 2
    assert "QUEUE" in answer.out


@pytest.mark.parametrize("condition", ["colour=red", "depth"])
def test_a_condition_that_means_nothing_is_a_usage_error(tmp_path: Path, where: dict[str, str], condition: str) -> None:
    answer = mutt(tmp_path, "queue", "depth", "ingest", "--exit-when", condition, env=where)
    assert answer.code == 2
    assert "error:" in answer.err


def test_a_back_end_that_is_away_is_waited_for(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        away = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port)}
        answer = mutt(
            tmp_path, "queue", "depth", "ingest", "--watch=0.2", "--exit-when", "depth=0", "--timeout", "1", env=away
        )
    assert answer.code == 8
    assert answer.err.count("trying again") == 1


def test_a_server_that_swallows_everything_ends_a_reading_command_within_its_timeout(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        away = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(hole.getsockname()[1])}
        answer = mutt(tmp_path, "queue", "list", "--timeout", "0.5", env=away)
    assert answer.code == 5
    assert "mutt queue list did not finish within 0.5 s" in answer.err
