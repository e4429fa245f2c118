"""Bulk commands killed in the middle, as real processes: nothing is lost, going on ends what was begun, undo undoes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.stack import Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

OLD, ALERTER, DEAD = "mutt:dlq:old_events", "mutt:dlq:alerter", "mutt:dlq:dead"
COUNT = 20_000


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Stores alone: no daemon moves anything meanwhile."""
    with running_stack(postgres, openbao) as made:
        yield made


@pytest.fixture
def messages(stack: Stack) -> Iterator[Counter[bytes]]:
    """Twenty thousand old events."""
    stack.redis.flushall()
    made = [json.dumps({"message": f"old {number}", "hostname": "sw1"}).encode() for number in range(COUNT)]
    for first in range(0, COUNT, 5000):
        stack.redis.lpush(OLD, *made[first : first + 5000])
    yield Counter(made)
    stack.redis.flushall()


def started(stack: Stack, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mutt_cli", *words], env=stack.environment | environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
    )  # fmt: skip


def length(stack: Stack, key: str) -> int:
    return int(stack.redis.llen(key))


def held(stack: Stack, *keys: str) -> Counter[bytes]:
    return Counter(one for key in keys for one in stack.redis.lrange(key, 0, -1))  # type: ignore[misc]


def _reached(stack: Stack, key: str, least: int) -> bool:
    return length(stack, key) >= least


def last_operation(stack: Stack) -> tuple[str, str]:
    [(name, result)] = stack.query("SELECT id, result FROM operations ORDER BY started_at DESC LIMIT 1")
    return name, result


def stopped_half_way(stack: Stack, number: signal.Signals, *words: str, moved_to: str) -> subprocess.Popen[bytes]:
    """Start a command and send it a signal once a thousand messages have moved."""
    process = started(stack, *words)
    client = stack.redis  # all is moved within a second: nobody rests between two looks
    while client.llen(moved_to) < 1000 and process.poll() is None:
        pass
    process.send_signal(number)
    process.wait(30)
    assert 1000 <= length(stack, moved_to) < COUNT, process.communicate()[1]
    return process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_an_interrupted_move_loses_nothing_and_is_gone_on_with(
    stack: Stack, messages: Counter[bytes], number: signal.Signals
) -> None:
    words = ("queue", "move", "dlq-old-events", "--to", "dlq-alerter", "--all", "--yes")
    process = stopped_half_way(stack, number, *words, moved_to=ALERTER)
    assert held(stack, OLD, ALERTER) == messages
    name, result = last_operation(stack)
    assert result == ("interrupted" if number is signal.SIGINT else None)
    if number is signal.SIGINT:
        assert process.returncode == 130
        assert f"mutt op resume {name}" in process.stderr.read().decode()  # type: ignore[union-attr]
    done = stack.mutt("op", "resume", name, "--yes")
    assert done.returncode == 0, done.stderr
    assert (length(stack, OLD), held(stack, ALERTER)) == (0, messages)
    assert last_operation(stack)[1] == "done"


def test_a_killed_move_is_taken_back(stack: Stack, messages: Counter[bytes]) -> None:
    words = ("queue", "move", "dlq-old-events", "--to", "dlq-alerter", "--all", "--yes")
    stopped_half_way(stack, signal.SIGKILL, *words, moved_to=ALERTER)
    done = stack.mutt("undo", last_operation(stack)[0], "--yes")
    assert done.returncode == 0, done.stderr
    assert (length(stack, ALERTER), held(stack, OLD)) == (0, messages)


def test_a_killed_purge_loses_nothing_that_is_not_in_its_backup(stack: Stack, messages: Counter[bytes]) -> None:
    process = started(stack, "queue", "purge", "dlq-old-events", "--confirm", "dlq-old-events")
    eventually(lambda: length(stack, OLD) < COUNT - 1000 or process.poll() is not None, "a thousand are removed")
    process.kill()
    process.wait(30)
    assert 0 < length(stack, OLD) < COUNT
    name = last_operation(stack)[0]
    assert stack.mutt("op", "resume", name, "--yes").returncode == 2, "what destroys wants its name"
    done = stack.mutt("op", "resume", name, "--confirm", name)
    assert (done.returncode, length(stack, OLD)) == (0, 0), done.stderr
    done = stack.mutt("undo", name, "--yes")
    assert done.returncode == 0, done.stderr
    assert held(stack, OLD) == messages


def test_an_import_killed_again_and_again_puts_each_message_in_once(
    stack: Stack, messages: Counter[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "old.jsonl.gz"
    assert stack.mutt("queue", "export", "dlq-old-events", "--out", str(path)).returncode == 0
    process = started(stack, "queue", "import", "dead", str(path), "--yes")
    for least in (1000, 6000):
        eventually(partial(_reached, stack, DEAD, least), "some are in")
        process.kill()
        process.wait(30)
        name = stack.query("SELECT id FROM operations WHERE command = 'queue import' ORDER BY started_at DESC LIMIT 1")
        process = started(stack, "op", "resume", str(name[0][0]), "--yes")
    assert process.wait(60) == 0, process.communicate()[1]
    assert held(stack, DEAD) == messages


def test_a_store_that_dies_in_the_middle_is_waited_for_or_the_work_is_gone_on_with(
    stack: Stack, messages: Counter[bytes]
) -> None:
    words = ("queue", "move", "dlq-old-events", "--to", "dlq-alerter", "--all", "--yes")
    process = started(stack, *words)
    eventually(lambda: length(stack, ALERTER) >= 1000 or process.poll() is not None, "a thousand are moved")
    for _, pid in stack.query("SELECT 1, pid FROM pg_stat_activity WHERE application_name = 'mutt'"):
        stack.query(f"SELECT pg_terminate_backend({int(pid)})")
    process.wait(60)
    assert held(stack, OLD, ALERTER) == messages
    if process.returncode:
        done = stack.mutt("op", "resume", last_operation(stack)[0], "--yes")
        assert done.returncode == 0, done.stderr
    assert (length(stack, OLD), held(stack, ALERTER)) == (0, messages)


def test_a_progress_bar_is_drawn_on_a_terminal_only(stack: Stack, messages: Counter[bytes]) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mutt_cli", "queue", "move", "dlq-old-events", "--to", "dlq-alerter", "--all", "--yes"],
        env=stack.environment | {"TERM": "xterm"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
        cwd="/",
    )  # fmt: skip
    os.close(theirs)
    process.wait(60)
    shown = os.read(ours, 1 << 20).decode()
    os.close(ours)
    assert "of 20,000" in shown
    done = stack.mutt("undo", last_operation(stack)[0], "--yes")
    assert "\r" not in done.stderr
