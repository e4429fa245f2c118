"""Two people at one operation: the second is told who is at it; a dead holder is in nobody's way."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import scripts
from tests.faults.interruption import door, interrupted
from tests.faults.test_bulk_kills import (
    ALERTER,
    COUNT,
    DEAD,
    OLD,
    held,
    last_operation,
    length,
    messages,
    stack,
    started,
    stopped_half_way,
)
from tests.stack import eventually

if TYPE_CHECKING:
    import subprocess
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.stack import Stack

__all__ = ["messages", "stack"]
MOVE = ("queue", "move", "dlq-old-events", "--to", "dlq-alerter", "--all", "--yes")


def paused(stack: Stack, *words: str, least: int, to: str = ALERTER) -> subprocess.Popen[bytes]:
    """A command that stands still in the middle: alive, and silent."""
    process, client = started(stack, *words), stack.redis
    while client.llen(to) < least and process.poll() is None:
        pass  # all is moved within a second: nobody rests between two looks
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGSTOP)
    assert least <= length(stack, to) < COUNT
    return process


def silent_for_long(stack: Stack, name: str) -> None:
    """Whoever holds this operation counts as dead."""
    silent = "UPDATE operations SET held_at = held_at - interval '1 minute' WHERE id = '{}' RETURNING 1"
    assert stack.query(silent.format(name)) == [(1,)]


def woken(process: subprocess.Popen[bytes]) -> tuple[int, bool]:
    """Exit code of a command that goes on, and whether it says that somebody else went on with its operation."""
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=60)
    return process.returncode, b"MUTT-G019" in said


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Whatever is left of them is ended."""
    made: list[subprocess.Popen[bytes]] = []
    yield made
    for one in made:
        one.kill()
        one.communicate()


def test_an_operation_under_way_is_neither_resumed_nor_taken_back_by_a_second_person(
    stack: Stack, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]]
) -> None:
    first = paused(stack, *MOVE, least=1000)
    processes.append(first)
    name = last_operation(stack)[0]
    before = length(stack, ALERTER)
    for words in (("op", "resume", name, "--yes"), ("undo", name, "--yes")):
        refused = stack.mutt(*words)
        assert refused.returncode == 7, refused.stderr
        assert "MUTT-G019" in refused.stderr
        assert f"process {first.pid} on " in refused.stderr
    assert length(stack, ALERTER) == before
    first.send_signal(signal.SIGCONT)
    assert first.wait(60) == 0
    assert (length(stack, OLD), held(stack, ALERTER)) == (0, messages)


def test_of_two_who_resume_one_operation_one_is_told_and_nothing_is_done_twice(
    stack: Stack, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]]
) -> None:
    stopped_half_way(stack, signal.SIGKILL, *MOVE, moved_to=ALERTER)
    name = last_operation(stack)[0]
    first = paused(stack, "op", "resume", name, "--yes", least=length(stack, ALERTER) + 1000)
    processes.append(first)
    second = stack.mutt("op", "resume", name, "--yes")
    assert (second.returncode, "MUTT-G019" in second.stderr) == (7, True), second.stderr
    first.kill()
    first.wait(30)
    third = stack.mutt("op", "resume", name, "--yes")
    assert third.returncode == 0, third.stderr
    assert (length(stack, OLD), held(stack, ALERTER)) == (0, messages)


def test_of_two_who_take_back_one_operation_one_is_told(
    stack: Stack, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]]
) -> None:
    assert stack.mutt(*MOVE).returncode == 0
    name = last_operation(stack)[0]
    first = started(stack, "undo", name, "--yes")
    processes.append(first)
    eventually(lambda: length(stack, OLD) >= 1000 or first.poll() is not None, "some are back")
    first.send_signal(signal.SIGSTOP)
    assert 1000 <= length(stack, OLD) < COUNT
    second = stack.mutt("undo", name, "--yes")
    assert (second.returncode, "MUTT-G019" in second.stderr) == (7, True), second.stderr
    first.kill()
    first.wait(30)
    third = stack.mutt("undo", name, "--yes")
    assert third.returncode == 0, third.stderr
    assert (length(stack, ALERTER), held(stack, OLD)) == (0, messages)
    fourth = stack.mutt("undo", name, "--yes")
    assert (fourth.returncode, "MUTT-G005" in fourth.stderr) == (7, True), fourth.stderr


def test_a_holder_that_was_silent_for_long_is_fenced_off_when_it_wakes_up(
    stack: Stack, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]]
) -> None:
    first = paused(stack, *MOVE, least=1000)
    processes.append(first)
    name = last_operation(stack)[0]
    silent_for_long(stack, name)
    taker = paused(stack, "op", "resume", name, "--yes", least=length(stack, ALERTER) + 1000)
    processes.append(taker)
    assert woken(first) == (7, True)
    assert woken(taker) == (0, False)
    assert (length(stack, OLD), held(stack, ALERTER)) == (0, messages)


@pytest.mark.parametrize("command", ["move", "import"])
def test_who_was_taken_for_dead_does_nothing_more_when_its_successor_is_done(
    stack: Stack, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]], tmp_path: Path, command: str
) -> None:
    path = str(tmp_path / "old.jsonl.gz")
    assert stack.mutt("queue", "export", "dlq-old-events", "--out", path).returncode == 0
    words = MOVE if command == "move" else ("queue", "import", "dlq-alerter", path, "--yes")
    first = paused(stack, *words, least=1000)
    processes.append(first)
    name = last_operation(stack)[0]
    silent_for_long(stack, name)
    taker = stack.mutt("op", "resume", name, "--yes")
    assert taker.returncode == 0, taker.stderr
    stack.redis.rpoplpush(ALERTER, DEAD)  # what leaves must not make room for what comes twice
    assert woken(first) == (7, True)
    assert held(stack, ALERTER, DEAD) == messages
    told = f"SELECT result, (counts ->> 'messages')::int FROM operations WHERE id = '{name}'"  # noqa: S608 - our own id
    assert stack.query(told) == [("done", COUNT)]


def test_of_two_who_put_a_purge_back_the_one_that_was_taken_for_dead_puts_nothing_more(
    stack: Stack, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]]
) -> None:
    assert stack.mutt("queue", "purge", "dlq-old-events", "--confirm", "dlq-old-events").returncode == 0
    name = last_operation(stack)[0]
    first = paused(stack, "undo", name, "--yes", least=1000, to=OLD)
    processes.append(first)
    silent_for_long(stack, name)
    second = stack.mutt("undo", name, "--yes")
    assert second.returncode in {0, 6}, second.stderr
    assert held(stack, OLD) == messages
    assert woken(first) == (7, True)
    assert held(stack, OLD) == messages


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_taking_back_a_purge_that_is_interrupted_and_repeated_puts_each_message_back_once(
    stack: Stack, messages: Counter[bytes], number: signal.Signals
) -> None:
    assert stack.mutt("queue", "purge", "dlq-old-events", "--confirm", "dlq-old-events").returncode == 0
    name = last_operation(stack)[0]
    first = started(stack, "undo", name, "--yes")
    eventually(lambda: length(stack, OLD) >= 1000 or first.poll() is not None, "some are back")
    first.send_signal(number)
    _, said = first.communicate(timeout=30)
    assert 1000 <= length(stack, OLD) < COUNT
    if number is signal.SIGINT:
        assert (first.returncode, f"go on: mutt undo {name}" in said.decode()) == (130, True), said
    second = stack.mutt("undo", name, "--yes")
    assert second.returncode in {0, 6}, second.stderr
    assert held(stack, OLD) == messages


def test_a_slice_that_is_on_its_way_when_its_sender_counts_as_dead_moves_nothing_more(
    stack: Stack, openbao: DevOpenBao, messages: Counter[bytes], processes: list[subprocess.Popen[bytes]]
) -> None:
    with door(stack, openbao, "redis", scripts.digest("transfer").encode(), "before") as (gate, environment):
        first = started(stack, *MOVE, "--force", "env-override", **environment)
        processes.append(first)
        eventually(gate.stopped.is_set, "its first slice is on its way")
        name = last_operation(stack)[0]
        silent_for_long(stack, name)
        taker = stack.mutt("op", "resume", name, "--yes")
        assert taker.returncode == 0, taker.stderr
        gate.open()
        assert woken(first) == (7, True)
    assert (length(stack, OLD), held(stack, ALERTER)) == (0, messages)


def newest(stack: Stack, command: str) -> str:
    """The id of the last operation of this command."""
    [(name,)] = stack.query(f"SELECT id FROM operations WHERE command = '{command}' ORDER BY started_at DESC LIMIT 1")  # noqa: S608
    return str(name)


def test_an_import_that_is_killed_when_only_its_record_is_left_is_not_done_twice(
    stack: Stack, openbao: DevOpenBao, messages: Counter[bytes], tmp_path: Path
) -> None:
    path = str(tmp_path / "old.jsonl.gz")
    assert stack.mutt("queue", "export", "dlq-old-events", "--out", path).returncode == 0
    with door(stack, openbao, "postgres", b"SET finished_at", "before") as through:
        interrupted(stack, ["queue", "import", "dlq-alerter", path, "--yes"], through, signal.SIGKILL)
    assert held(stack, ALERTER) == messages
    again = stack.mutt("op", "resume", newest(stack, "queue import"), "--yes")
    assert again.returncode == 0, again.stderr
    assert held(stack, ALERTER) == messages


def test_a_purge_whose_undo_is_killed_when_only_its_record_is_left_is_not_put_back_twice(
    stack: Stack, openbao: DevOpenBao, messages: Counter[bytes]
) -> None:
    assert stack.mutt("queue", "purge", "dlq-old-events", "--confirm", "dlq-old-events").returncode == 0
    name = newest(stack, "queue purge")
    with door(stack, openbao, "postgres", b"SET undone_by", "before") as through:
        interrupted(stack, ["undo", name, "--yes"], through, signal.SIGKILL)
    assert held(stack, OLD) == messages
    again = stack.mutt("undo", name, "--yes")
    assert again.returncode in {0, 6}, again.stderr
    assert held(stack, OLD) == messages
