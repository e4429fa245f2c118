"""A restore that is stopped between its steps: what is there is whole, or held, and the same operation goes on."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.faults.interruption import KEYS, as_before, door, interrupted, last_operation, stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.faults.interruption import At, Door
    from tests.stack import Stack

__all__ = ["as_before", "stack"]

SWAP = b"-- swap: what a restore has filled"
AUDIT = b"restored_audit_logs AS m"
HELD: Final = {"ingestor", "alerter", "forwarder", "remediation"}
THEN, NOW = (3, ["one", "two"]), (5, ["one"])


def seen(stack: Stack) -> tuple[int, list[str]]:
    """Old events, and the rules of this test."""
    depth: Any = stack.redis.llen(KEYS.old_events)
    names = stack.query("SELECT rule_name FROM alert_rules WHERE rule_name IN ('one', 'two') ORDER BY 1")
    return depth, [name for (name,) in names]


def held(stack: Stack) -> set[str]:
    """Services that somebody holds."""
    names: Any = stack.redis.hkeys(KEYS.holds)
    return {name.decode() for name in names}


@pytest.fixture
def saved(stack: Stack) -> str:
    """A backup, after which something was added and something removed."""
    stack.redis.script_flush()
    assert stack.mutt("rule", "import", str(stack.folder / "rules.json"), "--yes").returncode == 0
    stack.redis.rpush(KEYS.old_events, "a", "b", "c")
    made = stack.mutt("backup", "create", "-o", "json")
    stack.redis.rpush(KEYS.old_events, "d", "e")
    stack.query("DELETE FROM alert_rules WHERE rule_name = 'two' RETURNING 1")
    assert seen(stack) == NOW
    return str(json.loads(made.stdout)["path"])


def restoring(path: str) -> list[str]:
    """The words of a restore through a gate, which is another address than the backup's."""
    return ["restore", path, "--confirm", "deployment", "--force", "other-deployment"]


@dataclass(frozen=True)
class Moment:
    """Where the restore stands when the signal comes."""

    which: Door
    word: bytes
    at: At
    number: signal.Signals


MOMENTS: Final = {
    "rows are loaded, killed": Moment("postgres", AUDIT, "before", signal.SIGKILL),
    "keys are filled, killed": Moment("redis", SWAP, "before", signal.SIGKILL),
    "keys have their place, killed": Moment("redis", SWAP, "after", signal.SIGKILL),
    "keys have their place, Ctrl-C": Moment("redis", SWAP, "after", signal.SIGINT),
    "rows are loaded, Ctrl-C": Moment("postgres", AUDIT, "before", signal.SIGINT),
    "keys are filled, Ctrl-C": Moment("redis", SWAP, "before", signal.SIGINT),
}


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(one, id=name, marks=[pytest.mark.nightly] if number > 3 else [])
        for number, (name, one) in enumerate(MOMENTS.items())
    ],
)
def test_a_restore_that_is_interrupted_is_gone_on_with_or_taken_back(
    stack: Stack, openbao: DevOpenBao, saved: str, moment: Moment
) -> None:
    words = restoring(saved)
    with door(stack, openbao, moment.which, moment.word, moment.at) as through:
        interrupted(stack, words, through, moment.number)
    name, result = last_operation(stack, "restore")
    assert result == (None if moment.number is signal.SIGKILL else "interrupted")
    if moment.at == "before":
        assert (seen(stack), held(stack)) == (NOW, set())
        stack.redis.rpush(KEYS.old_events, "since")
        assert "has replaced nothing" in stack.mutt("op", "resume", name, "--confirm", name).stderr
        assert "has replaced nothing" in stack.mutt("undo", name, "--yes").stderr
        assert seen(stack) == (NOW[0] + 1, NOW[1])
        return
    # Redis is as it was then, the data base is not: nobody works with that.
    assert (seen(stack), held(stack)) == ((THEN[0], NOW[1]), HELD)
    assert "MUTT-G054" in stack.mutt("ingest", "start").stderr
    resumed = stack.mutt("op", "resume", name, "--confirm", name)
    assert resumed.returncode == 0, resumed.stderr
    assert (seen(stack), held(stack)) == (THEN, set())
    assert [one for one in stack.redis.scan_iter() if b"restoring" in one] == []
    taken_back = stack.mutt("undo", name, "--yes")
    assert taken_back.returncode == 0, taken_back.stderr
    assert (seen(stack), held(stack)) == (NOW, set())


def test_what_was_interrupted_is_taken_back_also_if_that_is_killed(
    stack: Stack, openbao: DevOpenBao, saved: str
) -> None:
    with door(stack, openbao, "redis", SWAP, "after") as through:
        interrupted(stack, restoring(saved), through, signal.SIGKILL)
    name, _ = last_operation(stack, "restore")
    stack.redis.script_flush()
    with door(stack, openbao, "redis", SWAP, "after") as through:
        interrupted(stack, ["undo", name, "--yes"], through, signal.SIGKILL)
    assert held(stack) == HELD
    assert f"mutt undo {name}" in stack.mutt("status").stdout
    assert f"mutt undo {name}" in stack.mutt("op", "resume", name, "--confirm", name).stderr
    assert stack.mutt("undo", name, "--yes").returncode == 0
    assert (seen(stack), held(stack)) == (NOW, set())
    assert stack.mutt("op", "resume", name, "--confirm", name).returncode == 7


@pytest.mark.nightly
def test_what_was_killed_at_its_very_end_is_there_and_is_taken_back_by_a_restore(
    stack: Stack, openbao: DevOpenBao, saved: str
) -> None:
    with door(stack, openbao, "postgres", b"SET finished_at = clock_timestamp()", "before") as through:
        interrupted(stack, restoring(saved), through, signal.SIGKILL)
    assert (seen(stack), held(stack)) == (THEN, set())
    name, result = last_operation(stack, "restore")
    assert result is None
    assert stack.mutt("op", "resume", name, "--confirm", name).returncode == 0
    refused = stack.mutt("undo", name, "--yes")  # nobody noted what was there when it ended
    advice = next(line for line in refused.stderr.splitlines() if "mutt restore" in line)
    words = advice.partition("mutt restore")[2].split()
    assert stack.mutt("restore", *words, "--confirm", "deployment", "--force", "other-deployment").returncode == 0
    assert seen(stack) == NOW
