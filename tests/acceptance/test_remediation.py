"""Dead letters come back by themselves, through real processes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.keys import Keys
from tests import plain_http
from tests.stack import Daemon, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()
EVENT = {"source": "core-sw1", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"}
MANY = [EVENT | {"source": f"core-sw{number}"} for number in range(1, 41)]


@contextmanager
def pipeline(postgres: PostgresServer, openbao: DevOpenBao, **settings: str) -> Iterator[Stack]:
    """A stack with all four daemons of the way, healthy."""
    with running_stack(postgres, openbao, **settings) as made:
        made.start("ingestor", "alerter", "forwarder", "remediation")
        yield made


def balanced(stack: Stack) -> Any:
    """Wait until the ledger says so with nothing in flight, and return it."""

    def account() -> Any:
        done = stack.mutt("reconcile", "-o", "json")
        found = json.loads(done.stdout)
        return found if found["balanced"] and found["in_flight"] == 0 else None

    return eventually(account, "the ledger balances with nothing in flight", 30)


def ids_of(answer: dict[str, Any]) -> list[str]:
    return [item["event_id"] for item in answer["items"]]


def test_rejected_alert_is_delivered_after_moogsoft_accepts_it_and_the_ledger_balances(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with pipeline(postgres, openbao, REMEDIATION_INTERVAL="1", MAX_POISON_RETRIES="100") as stack:
        stack.simulator.behave(Behaviour(status=400))
        event_id = stack.send(EVENT)["event_id"]
        eventually(lambda: "Replaying message from dlq-moog" in stack.log("remediation"), "it was replayed once")
        assert received_ids(stack) == []
        stack.simulator.behave(Behaviour())
        eventually(lambda: event_id in received_ids(stack), "the alert arrives")
        balanced(stack)
        assert received_ids(stack) == [event_id]
        history = eventually(
            lambda: (
                (found := stack.query(_STEPS.format(event_id))) and found[-1] == ("forwarder", "delivered") and found
            ),
            "its story ends with the delivery",
        )
        assert ("remediation", "replayed") in history


_STEPS = "SELECT stage, outcome FROM event_history WHERE event_id = '{}' ORDER BY recorded_at"


def test_alert_that_is_always_rejected_is_buried_and_the_ledger_balances(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with pipeline(postgres, openbao, REMEDIATION_INTERVAL="1", MAX_POISON_RETRIES="2") as stack:
        stack.simulator.behave(Behaviour(status=422))
        stack.send(EVENT)
        eventually(lambda: stack.redis.llen(KEYS.dead) == 1, "it is buried")
        assert "poison message from dlq-moog moved to mutt:dlq:dead: failed 3 times" in stack.log("remediation")
        balanced(stack)


def test_what_an_open_breaker_set_aside_comes_back_without_waiting_for_the_next_cycle(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {
        "REMEDIATION_INTERVAL": "3600", "REMEDIATION_BATCH_SIZE": "1", "CIRCUIT_BREAKER_THRESHOLD": "3",
        "CIRCUIT_BREAKER_TIMEOUT": "2", "RETRY_MAX_ATTEMPTS": "100", "RETRY_MAX_DELAY": "1",
    }  # fmt: skip
    with pipeline(postgres, openbao, **settings) as stack:
        stack.simulator.behave(Behaviour(status=503))
        event_ids = ids_of(stack.send(*MANY))
        eventually(lambda: stack.redis.llen(KEYS.dlq_moog) >= 20, "the breaker has set alerts aside")
        stack.simulator.behave(Behaviour())
        eventually(lambda: sorted(received_ids(stack)) == sorted(event_ids), "every alert arrives once", 30)
        balanced(stack)


def test_half_open_breaker_with_empty_queues_gets_its_probe_from_the_dead_letters(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {
        "REMEDIATION_INTERVAL": "3600", "CIRCUIT_BREAKER_THRESHOLD": "1", "CIRCUIT_BREAKER_TIMEOUT": "1",
        "RETRY_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    with pipeline(postgres, openbao, **settings) as stack:
        stack.simulator.behave(Behaviour(status=503))
        event_id = stack.send(EVENT)["event_id"]
        eventually(lambda: stack.redis.llen(KEYS.dlq_moog) == 1, "the alert is set aside")
        stack.simulator.behave(Behaviour())
        eventually(lambda: received_ids(stack) == [event_id], "it came back as the probe")
        eventually(lambda: stack.redis.get(KEYS.breaker("state")) == b"CLOSED", "the breaker closes")
        balanced(stack)


@pytest.fixture
def bare(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """A stack without daemons."""
    with running_stack(postgres, openbao) as made:
        yield made


def test_remediation_starts_without_vault_is_healthy_with_redis_alone_and_stops_on_sigterm(bare: Stack) -> None:
    daemon: Daemon = bare.daemon("remediation", VAULT_ADDR="http://127.0.0.1:9")
    daemon.start()
    bare.wait_healthy("remediation")
    page = plain_http.get(f"http://127.0.0.1:{bare.ports['HEALTH_PORT_REMEDIATION']}/health")
    assert (page.status_code, page.text) == (200, '{"status": "healthy"}')
    assert "going on without its secrets" in bare.log("remediation")
    eventually(lambda: "Moogsoft health: healthy" in bare.log("remediation"), "it probed Moogsoft")
    assert daemon.stop(10) == 0
    assert not bare.redis.exists(KEYS.remediation_lease)


def test_remediation_waits_for_redis_and_says_so(bare: Stack) -> None:
    daemon = bare.daemon("remediation", REDIS_SOCKET=str(bare.folder / "nobody.sock"))
    daemon.start()
    eventually(lambda: "Remediation waits" in bare.log("remediation"), "it waits")
    page = plain_http.get(f"http://127.0.0.1:{bare.ports['HEALTH_PORT_REMEDIATION']}/health")
    assert (page.status_code, page.text) == (503, '{"status": "unhealthy"}')
    assert daemon.stop(10) == 0
