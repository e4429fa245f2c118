"""A storm of one fault is one alert per window, whoever decides and whoever dies; no alert is swallowed."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.moogsoft import KEYS, LINK_DOWN, posts
from tests.stack import Daemon, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

STORM = {"source": "core-sw1", "message": LINK_DOWN}
BATCH = 100
FAULTS, REPEATS, ROUNDS = 100, 20, 5


@pytest.fixture
def make(postgres: PostgresServer, openbao: DevOpenBao, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Two alerters and a forwarder; the parameter is DEDUPE_WINDOW."""
    with running_stack(postgres, openbao, DEDUPE_WINDOW=request.param) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.second("alerter").start()
        eventually(lambda: stack.redis.exists(KEYS.heartbeat("alerter", "pod-2")), "the second alerter has its lease")
        yield stack


def storm(stack: Stack, batches: int = 30) -> list[str]:
    """The same fault again and again; all event ids in the order of acceptance."""
    return [item["event_id"] for _ in range(batches) for item in stack.send(*[STORM] * BATCH)["items"]]


def outcomes(stack: Stack, number: int) -> dict[str, int]:
    """How many events ended how at the alerters, once all of them are in the history."""
    counted = "SELECT outcome, count(DISTINCT event_id) FROM event_history WHERE stage = 'alerter' GROUP BY 1"
    return eventually(  # type: ignore[no-any-return]
        lambda: (found := dict(stack.query(counted))) and sum(found.values()) >= number and found,
        f"the history knows {number} events",
        40,
    )


@pytest.mark.parametrize("make", ["3600"], indirect=True)
def test_storm_before_two_alerters_is_one_alert_and_every_follower_is_in_the_history(make: Stack) -> None:
    event_ids: list[str] = []
    took_part = "SELECT DISTINCT pod FROM event_history WHERE stage = 'alerter' ORDER BY 1"

    def both() -> bool:
        event_ids.extend(storm(make))
        return make.query(took_part) == [("pod-1",), ("pod-2",)]

    eventually(both, "both alerters took part", 40)
    assert outcomes(make, len(event_ids)) == {"alerted": 1, "deduplicated": len(event_ids) - 1}
    eventually(lambda: len(received_ids(make)) == 1, "the one alert arrives")


@pytest.mark.parametrize("make", ["3600"], indirect=True)
def test_alerters_that_meet_the_same_new_faults_in_the_same_moment_let_each_out_once(make: Stack) -> None:
    alerters = [make.daemons[label] for label in ("alerter", "alerter-pod-2")]
    for round_ in range(0, ROUNDS * FAULTS, FAULTS):
        signal_all(alerters, signal.SIGSTOP)
        for _ in range(REPEATS):  # so many that the first batches of both hold every fault
            make.send(*({"source": f"core-sw{round_ + n}", "message": LINK_DOWN} for n in range(FAULTS)))
        signal_all(alerters, signal.SIGCONT)
        eventually(lambda: not make.redis.llen(KEYS.ingest_queue), "they have taken all")
    eventually(lambda: len(posts(make)) >= ROUNDS * FAULTS, "each fault arrives")
    outcomes(make, ROUNDS * REPEATS * FAULTS)
    signatures = [post["payload"]["signature"] for post in posts(make)]
    assert len(signatures) == len(set(signatures)) == ROUNDS * FAULTS


def kill_busy(stack: Stack, daemon: Daemon) -> list[str]:
    """Let a paused alerter go on until it has something in hand, and kill it then; what it was given meanwhile."""
    client, given, deadline = stack.redis, list[str](), time.monotonic() + 20
    held = KEYS.processing("alerter", daemon.pod)
    while time.monotonic() < deadline:
        if not client.llen(KEYS.ingest_queue):  # it was quicker than we
            given += storm(stack)
        daemon.wake()
        while client.llen(KEYS.ingest_queue) and not client.llen(held):
            pass
        daemon.pause()
        if client.llen(held):
            daemon.kill()
            return given
    raise AssertionError(f"{daemon.pod} had never anything in hand")


def signal_all(alerters: list[Daemon], number: signal.Signals) -> None:
    """To both at once, so that they go on in the same moment."""
    for alerter in alerters:
        alerter.signal(number)


@pytest.mark.parametrize("make", ["1"], indirect=True)
def test_each_alert_tells_how_many_were_suppressed_since_the_last_and_none_is_forgotten(make: Stack) -> None:
    event_ids: list[str] = []

    def three() -> bool:
        event_ids.extend(storm(make, 2))
        return len(posts(make)) >= 3

    eventually(three, "three windows passed", 40)
    found = outcomes(make, len(event_ids))
    eventually(lambda: len(posts(make)) == found["alerted"], "each alert arrives")
    told = [post["payload"]["custom_info"]["suppressed_since_last"] for post in posts(make)]
    assert told[0] == 0
    assert all(told[1:])
    open_window = int(make.redis.hget(KEYS.dedupe(posts(make)[0]["payload"]["signature"]), "n") or 0)
    assert sum(told) + open_window == found["deduplicated"]


@pytest.mark.parametrize("make", ["3600"], indirect=True)
def test_alerters_killed_in_the_storm_swallow_no_alert_and_let_no_second_one_out(make: Stack) -> None:
    alerters = [make.daemons["alerter"], make.daemons["alerter-pod-2"]]
    signal_all(alerters, signal.SIGSTOP)
    accepted = storm(make)
    for daemon in alerters:  # once each: an event that three kills find in somebody's hands is buried, as it should be
        accepted += kill_busy(make, daemon)
    for daemon in alerters:
        daemon.start()
    accepted += storm(make)
    assert outcomes(make, len(accepted)) == {"alerted": 1, "deduplicated": len(accepted) - 1}
    eventually(lambda: len(received_ids(make)) == 1, "the alert arrives")
