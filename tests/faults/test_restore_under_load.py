"""A backup that was made while events moved on, put back: what was in it arrives, and the ledger ends balanced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.keys import Keys
from tests.stack import eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer
    from tests.stack import Stack

KEYS = Keys()
DAEMONS = ("ingestor", "alerter", "forwarder")
BEFORE = 3000


@pytest.fixture
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    with running_stack(postgres, openbao) as made:
        made.start(*DAEMONS)
        yield made


def send(stack: Stack, number: int) -> list[str]:
    """The ids of so many events, each of a host of its own."""
    ids: list[str] = []
    for start in range(0, number, 500):
        hosts = range(start, min(start + 500, number))
        answer = stack.send(*[{"hostname": f"sw{one}-{number}", "message": "LINK 1 down"} for one in hosts])
        ids += [one["event_id"] for one in answer["items"]]
    return ids


def done(stack: Stack, *words: str, code: int = 0) -> str:
    answer = stack.mutt(*words)
    assert answer.returncode == code, (words, answer.stdout, answer.stderr)
    return answer.stdout


@pytest.mark.timeout(300)
def test_a_backup_under_load_brings_everything_back_and_the_ledger_names_nothing_of_it_as_lost(stack: Stack) -> None:
    stack.simulator.behave(Behaviour(delay_ms=20))
    ids = send(stack, BEFORE)
    eventually(lambda: received_ids(stack), "the first arrive")
    made = json.loads(done(stack, "backup", "create", "-o", "json"))
    late = send(stack, 100)
    stack.stop()
    done(stack, "restore", made["path"], "--confirm", "deployment")
    before = len(received_ids(stack))
    stack.simulator.behave(Behaviour())
    stack.start(*DAEMONS)
    eventually(lambda: set(ids) <= set(received_ids(stack)), "all that was in the backup arrives", 60)
    busy = (KEYS.ingest_queue, KEYS.alert_queue, KEYS.processing("alerter", "pod-1"), KEYS.processing("moog", "pod-1"))
    eventually(lambda: stack.redis.exists(*busy) == 0, "it is quiet", 60)
    assert len(received_ids(stack)) > before
    judged = json.loads(stack.mutt("reconcile", "-o", "json").stdout)
    assert judged["remainder"] <= len(late)  # what was accepted after the backup, and perhaps copies against it
    assert set(judged["missing"]) <= set(late)
    assert any("a backup was put back" in one for one in judged["warnings"])
    done(stack, "reconcile", "--accept", "--reason", "a backup was put back")
