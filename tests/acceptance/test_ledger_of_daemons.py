"""The ledger of real daemon processes: it balances with nothing left in flight, and it can go red."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.core.reconciliation import glimpse
from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Ingestor, alerter and forwarder, running."""
    with running_stack(postgres, openbao, DEDUPE_WINDOW="0") as made:
        made.start("ingestor", "alerter", "forwarder")
        yield made


def answer(stack: Stack, *words: str, code: int = 0) -> dict[str, Any]:
    done = stack.mutt(*words, "-o", "json")
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_after_a_flow_the_ledger_balances_with_nothing_in_flight_and_a_theft_is_named(stack: Stack) -> None:
    stack.send(*({"source": f"sw{n}", "message": f"LINK {n} down"} for n in range(60)), {"message": "unknown"})
    eventually(lambda: len(received_ids(stack)) == 60, "all alerts arrive at the simulator")
    eventually(lambda: stack.redis.hget("mutt:ledger", "forwarded") == b"60", "the last alert is settled")
    found = answer(stack, "reconcile")
    assert (found["balanced"], found["accepted"], found["forwarded"], found["unhandled"]) == (True, 61, 60, 1)
    assert found["in_flight"] == 0
    status = answer(stack, "status")
    assert status["ledger"]["balanced"] is True
    assert {one["check"] for one in status["findings"]} == {"svc.remediation", "svc.webui"}, "which do not run here"
    assert {one["state"] for one in status["backends"]} == {"ok"}

    stack.daemons["forwarder"].stop()
    stack.send(*({"source": f"sw{n}", "message": f"LINK {n} down"} for n in range(5)))
    eventually(lambda: stack.redis.llen("mutt:alert_queue") == 5, "alerts wait for the forwarder")
    stolen = stack.redis.rpop("mutt:alert_queue")
    assert isinstance(stolen, bytes)
    red = answer(stack, "reconcile", code=1)
    assert (red["remainder"], red["missing"], red["extra"]) == (1, [glimpse(stolen).event_id], [])
    assert answer(stack, "status")["state"] == "crit"
    stack.redis.rpush("mutt:alert_queue", stolen)
    assert answer(stack, "reconcile")["in_flight"] == 5
