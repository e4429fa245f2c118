"""The witness of real ingestor processes: it survives them, adds up over workers, and outlives an emptied Redis."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import witness_totals
from mutt_cli.keys import Keys
from tests import plain_http
from tests.stack import API_KEY, Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()


@pytest.fixture
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """An ingestor of two worker processes; nobody takes what it accepts."""
    with running_stack(postgres, openbao) as made:
        made.daemon("ingestor").arguments = ("--workers", "2")
        made.daemons["ingestor"].start()
        made.wait_healthy("ingestor")
        yield made


def answer(stack: Stack, *words: str, code: int = 0) -> dict[str, Any]:
    done = stack.mutt(*words, "-o", "json")
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def witnessed(stack: Stack) -> int:
    return witness_totals.read(stack.redis, KEYS).total()


def send_each(stack: Stack, number: int) -> None:
    """One request and one connection for each event, so that both workers get some."""
    for n in range(number):
        stack.send({"message": f"event {n}"})


def test_the_witness_adds_up_over_workers_restarts_and_an_emptied_redis(stack: Stack) -> None:
    send_each(stack, 30)
    eventually(lambda: witnessed(stack) == 30, "the first events are published")
    workers = [name for name in stack.redis.hkeys(KEYS.witnesses) if isinstance(name, bytes)]
    assert {name.decode().rpartition(".")[0] for name in workers} <= {"pod-1-1", "pod-1-2"}

    ingestor = stack.daemons["ingestor"]
    ingestor.kill()
    eventually(lambda: port_is_free(stack), "the workers follow their parent")
    ingestor.start()
    stack.wait_healthy("ingestor")
    send_each(stack, 10)
    eventually(lambda: witnessed(stack) == 40, "later events are added to those of the former processes")
    assert ingestor.stop() == 0
    ingestor.start()
    stack.wait_healthy("ingestor")
    assert witnessed(stack) == 40
    assert answer(stack, "reconcile")["balanced"]

    stack.redis.flushall()
    eventually(lambda: witnessed(stack) == 40, "an emptied Redis learns what was accepted", 40)
    red = answer(stack, "reconcile", code=1)
    assert (red["accepted"], red["forgotten"], red["forgotten_lost"], red["missing_count"]) == (0, 40, 40, 40)
    told = stack.mutt("reconcile")
    assert told.stdout.startswith("not balanced: 40 messages are missing")
    assert "forgotten 40 events" in told.stdout
    assert answer(stack, "reconcile", "--accept", "--reason", "INC-9: flushed")["correction"]["named"] == 40
    assert answer(stack, "reconcile")["balanced"]


def port_is_free(stack: Stack) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", stack.ports["INGESTOR_PORT"]))  # noqa: S104 - where the ingestor listens
        except OSError:
            return False
        return True


def test_a_repeated_request_is_witnessed_once_and_what_is_refused_is_counted(stack: Stack) -> None:
    url, key = f"{stack.ingest_url}/ingest", {"X-API-Key": API_KEY}
    ids = {
        plain_http.post(url, json={"message": "x"}, headers=key | {"Idempotency-Key": "k"}).json()["event_id"]
        for _ in range(3)
    }
    assert len(ids) == 1
    assert [plain_http.post(url, json={"message": "x"}, headers={"X-API-Key": "no"}).status_code for _ in range(2)] == [
        401,
        401,
    ]
    assert plain_http.post(url, content=b"{", headers=key).status_code == 400
    assert plain_http.post(url, content=b'[{"message":"x"},7,{"message":"y"}]', headers=key).json()["refused"] == 1
    eventually(lambda: witnessed(stack) == 3, "what was accepted is published")
    eventually(lambda: stack.redis.hget(KEYS.ledger, "refused") == b"4", "what was refused is counted")
    found = answer(stack, "reconcile")
    assert (found["balanced"], found["accepted"], found["refused"], found["quarantined"]) == (True, 3, 4, 1)
    assert "refused 4  quarantined 1" in stack.mutt("reconcile").stdout
