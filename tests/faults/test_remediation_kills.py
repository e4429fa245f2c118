"""Remediation killed between two slices of a large move: the next instance takes over, nothing is lost or doubled."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from mutt_cli.daemons.behaviour import Behaviour
from tests.acceptance.moogsoft import KEYS, breaker, send
from tests.servers import free_port
from tests.stack import Daemon, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from mutt_cli.adapters.redis_client import Client
    from tests.servers import PostgresServer

LETTERS, KILLS = 4000, 6
SETTINGS = {
    "REMEDIATION_INTERVAL": "3600", "REMEDIATION_BATCH_SIZE": "1", "CIRCUIT_BREAKER_THRESHOLD": "1",
    "CIRCUIT_BREAKER_TIMEOUT": "600", "RETRY_MAX_ATTEMPTS": "100",
}  # fmt: skip


def set_aside(stack: Stack) -> list[str]:
    """Thousands of alerts in the dead-letter queue, put there by an open breaker; their ids."""
    stack.simulator.behave(Behaviour(status=503))
    event_ids = send(stack, 0, 1)
    eventually(lambda: breaker(stack) == "OPEN", "the breaker opens")
    for first in range(1, LETTERS, 100):
        event_ids += send(stack, first, 100)
    eventually(lambda: stack.redis.llen(KEYS.dlq_moog) == len(event_ids), "all are set aside", 60)
    return event_ids


def instance(stack: Stack, pod: str) -> Daemon:
    """A remediation beside others, started."""
    ports = {name: str(free_port()) for name in ("HEALTH_PORT_REMEDIATION", "METRICS_PORT_REMEDIATION")}
    daemon = stack.daemon("remediation", pod, **ports)
    daemon.start()
    return daemon


def large_moves(client: Client) -> int:
    """Moves that are under way, or whose owner died on the way: Redis remembers how many slices are done.

    One that has only one slice may be the probe for a half-open breaker: a single alert.
    """
    return sum(int(slices) > 1 for slices in client.hvals(KEYS.operations))


def kill_between_slices(stack: Stack, daemon: Daemon, abandoned: int) -> None:
    """SIGKILL while a large move has begun and has not ended; `abandoned` earlier ones were ended like that."""
    client, deadline = stack.redis, time.monotonic() + 60
    while time.monotonic() < deadline:
        if large_moves(client) <= abandoned:
            continue
        daemon.pause()
        # Twice: before the second answer Redis has read what was on its way when the first one came.
        if all(large_moves(client) > abandoned and client.llen(KEYS.dlq_moog) for _ in range(2)):
            daemon.kill()
            return
        daemon.wake()
    raise AssertionError("no move could be met half way")


def is_active(stack: Stack, pod: str) -> bool:
    return "Remediation is active" in stack.log(f"remediation-{pod}")


@pytest.mark.timeout(240)
def test_instances_killed_in_the_middle_of_a_large_move_lose_and_double_nothing(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao, **SETTINGS) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        event_ids = set_aside(stack)
        first = instance(stack, "r-1")
        eventually(lambda: is_active(stack, "r-1"), "the first instance is active")
        second = instance(stack, "r-2")
        eventually(lambda: "another instance is active: idle" in stack.log("remediation-r-2"), "the second one idles")
        stack.simulator.behave(Behaviour())
        assert stack.daemons["forwarder"].stop() == 0  # its restart is the documented reset of the breaker
        stack.start("forwarder")
        kill_between_slices(stack, first, abandoned=0)
        assert not is_active(stack, "r-2")
        eventually(lambda: is_active(stack, "r-2"), "the second takes over when the lease of the first has ended", 40)
        kill_between_slices(stack, second, abandoned=1)
        for number in range(2, KILLS):
            stack.redis.delete(KEYS.remediation_lease)  # as if its time were over: its owner is dead
            kill_between_slices(stack, instance(stack, f"r-{number + 1}"), abandoned=number)
        stack.redis.delete(KEYS.remediation_lease)
        instance(stack, "r-last")
        eventually(lambda: len(received_ids(stack)) >= len(event_ids), "all arrive", 90)
        assert sorted(received_ids(stack)) == sorted(event_ids)
        eventually(lambda: settled(stack), "the ledger balances with nothing in flight", 30)


def settled(stack: Stack) -> bool:
    account = json.loads(stack.mutt("reconcile", "-o", "json").stdout)
    return bool(account["balanced"] and account["in_flight"] == 0)
