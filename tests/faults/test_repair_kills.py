"""A repair of the ledger that is stopped at its worst moments: called again it does the rest, and nothing twice."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mutt_cli.adapters import scripts
from mutt_cli.core.reconciliation import glimpse
from tests.faults.interruption import At, as_before, door, interrupted, last_operation, stack
from tests.integration.flow import Flow

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.stack import Stack

__all__ = ["as_before", "stack"]
ALERT, INGEST = "mutt:alert_queue", "mutt:ingest_queue"
SENT = scripts.digest("repair").encode()
ACCEPTED = scripts.digest("accept").encode()
TAKEN = scripts.digest("transfer").encode()


@pytest.fixture(autouse=True)
def nothing_remembered(stack: Stack) -> None:
    """What the tests before have lost is known to nobody; scripts are loaded, so that the first call is the change."""
    for script in ("accept", "repair", "transfer"):
        stack.redis.script_load(scripts.source(script))
    for table in ("event_history", "event_payloads"):
        stack.query(f"DELETE FROM {table} RETURNING 1")  # noqa: S608
    shutil.rmtree(witness(stack), ignore_errors=True)


def witness(stack: Stack) -> Path:
    return Path(stack.environment["MUTT_STATE_DIR"]) / "witness"


def lose(stack: Stack, number: int) -> tuple[Flow, list[str]]:
    """So many alerts are decided, remembered, and gone."""
    flow = Flow(stack.redis, witness(stack))
    ids = flow.send(*(f"LINK {one}" for one in range(number)))
    flow.decide()
    with psycopg.connect(stack.dsn, autocommit=True) as conn:
        flow.store(conn)
    stack.redis.delete(ALERT)
    return flow, ids


def reconcile(stack: Stack, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.mutt("reconcile", *words, "-o", "json").stdout)
    return found


def waiting(stack: Stack, key: str) -> Counter[str]:
    return Counter(glimpse(one).event_id for one in stack.redis.lrange(key, 0, -1) if isinstance(one, bytes))


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_a_repair_that_is_stopped_sends_each_event_once_when_it_is_called_again(
    stack: Stack, openbao: DevOpenBao, at: At, number: signal.Signals
) -> None:
    _, lost = lose(stack, 250)
    assert reconcile(stack)["remainder"] == 250
    reconcile(stack, "--repair", "--dry-run")
    with door(stack, openbao, "redis", SENT, at) as through:
        interrupted(stack, ["reconcile", "--repair"], through, number)
    name, result = last_operation(stack, "reconcile")
    assert result == ("interrupted" if number is signal.SIGINT else None)
    refused = stack.mutt("op", "resume", name)
    assert (refused.returncode, "mutt reconcile --repair looks anew" in refused.stderr) == (7, True)
    done = reconcile(stack, "--repair")
    assert (done["balanced"], waiting(stack, INGEST)) == (True, Counter(lost))


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_repair_that_is_killed_between_its_slices_is_gone_on_with_or_taken_back(
    stack: Stack, openbao: DevOpenBao, at: At
) -> None:
    _, lost = lose(stack, 250)
    stopped_at = sorted(lost)[150].encode()
    with door(stack, openbao, "redis", stopped_at, at) as through:
        interrupted(stack, ["reconcile", "--repair"], through, signal.SIGKILL)
    sent = 100 if at == "before" else 200
    assert (waiting(stack, INGEST).total(), reconcile(stack)["remainder"]) == (sent, 250 - sent)
    name, _ = last_operation(stack, "reconcile")
    undone = stack.mutt("undo", name)
    assert undone.returncode == 0, undone.stderr
    assert (waiting(stack, INGEST), reconcile(stack)["remainder"]) == (Counter(), 250)
    done = reconcile(stack, "--repair")
    assert (done["balanced"], waiting(stack, INGEST)) == (True, Counter(lost))


def test_an_acceptance_that_is_killed_is_whole_or_not_there_and_is_taken_back_if_it_is(
    stack: Stack, openbao: DevOpenBao
) -> None:
    lose(stack, 2)
    words = ["reconcile", "--accept", "--reason", "INC-7"]
    reconcile(stack)
    for at, left, code in (("before", 2, 7), ("after", 0, 0)):
        with door(stack, openbao, "redis", ACCEPTED, at) as through:  # type: ignore[arg-type]
            interrupted(stack, words, through, signal.SIGKILL)
        assert reconcile(stack)["remainder"] == left
        name, _ = last_operation(stack, "reconcile")
        assert stack.mutt("undo", name).returncode == code
        assert reconcile(stack)["remainder"] == 2


@pytest.mark.parametrize("at", ["before", "after"])
def test_copies_are_in_their_file_before_one_of_them_is_taken_out(stack: Stack, openbao: DevOpenBao, at: At) -> None:
    flow = Flow(stack.redis, witness(stack))
    ids = flow.send("LINK a", "LINK b")
    flow.decide()
    for twin in stack.redis.lrange(ALERT, 0, -1):
        stack.redis.lpush(ALERT, twin)
    with door(stack, openbao, "redis", TAKEN, at) as through:
        interrupted(stack, ["reconcile", "--repair"], through, signal.SIGKILL)
    assert sum(waiting(stack, ALERT).values()) == (4 if at == "before" else 2)
    done = reconcile(stack, "--repair")
    assert (done["balanced"], waiting(stack, ALERT)) == (True, Counter(ids))
    folder = Path(stack.environment["MUTT_STATE_DIR"]) / "backups"
    assert list(folder.glob("reconcile-op-*.jsonl.gz"))
