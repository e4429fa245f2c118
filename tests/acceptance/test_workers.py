"""Several workers in one daemon: names, totals, the death of one process, and a clean stop (architecture.md 3)."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from mutt_cli.keys import Keys
from tests import plain_http, servers
from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()
FAULTS = 60


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """Three workers of the alerter and two of the forwarder."""
    with running_stack(postgres, openbao, HEARTBEAT_EXPIRY="4", ALERTER_BATCH_SIZE="10") as made:
        for name, workers in (("ingestor", 1), ("alerter", 3), ("forwarder", 2)):
            made.daemon(name).arguments = ("--workers", str(workers))
            made.daemons[name].start()
        for name in made.daemons:
            made.wait_healthy(name)
        yield made


def health(stack: Stack) -> int:
    return plain_http.get(f"http://127.0.0.1:{stack.ports['ALERTER_HEALTH_PORT']}/health").status_code


def send_faults(stack: Stack, word: str) -> set[str]:
    answers = stack.send(*({"source": f"sw-{word}-{n}", "message": "LINK Gi0/1 down"} for n in range(FAULTS)))
    return {item["event_id"] for item in answers["items"]}


def test_each_worker_has_a_name_of_its_own_and_the_first_the_daemons(stack: Stack) -> None:
    workers = {name.decode() for name in stack.redis.hgetall(KEYS.workers) if isinstance(name, bytes)}
    assert workers == {"alerter:pod-1", "alerter:pod-1.2", "alerter:pod-1.3", "moog:pod-1", "moog:pod-1.2"}
    assert set(stack.daemons["alerter"].processes()) == {"pod-1", "pod-1.2", "pod-1.3", "historian", "exporter"}
    assert set(stack.daemons["forwarder"].processes()) == {"pod-1", "pod-1.2", "exporter"}


def test_what_they_did_together_is_in_one_page_of_metrics(stack: Stack) -> None:
    sent = send_faults(stack, "together")
    eventually(lambda: sent <= set(received_ids(stack)), "all alerts arrive")
    handled = f'mutt_alerter_events_processed_total{{status="handled"}} {len(received_ids(stack))}'
    address = f"http://127.0.0.1:{stack.ports['ALERTER_METRICS_PORT']}/metrics"
    eventually(lambda: handled in plain_http.get(address).text, "the totals of three workers")


@pytest.mark.parametrize("victim", ["pod-1.2", "historian", "exporter"])
def test_a_process_that_is_killed_is_replaced_and_the_others_go_on(stack: Stack, victim: str) -> None:
    before = stack.daemons["alerter"].processes()
    os.kill(before[victim], signal.SIGKILL)
    if victim != "exporter":
        eventually(lambda: health(stack) == 503, "it is told")
    sent = send_faults(stack, victim)
    eventually(lambda: sent <= set(received_ids(stack)), "all alerts arrive")
    eventually(
        lambda: stack.daemons["alerter"].processes().get(victim, before[victim]) != before[victim], "it is replaced"
    )
    stack.wait_healthy("alerter")
    after = stack.daemons["alerter"].processes()
    assert {name for name in before if before[name] != after[name]} == {victim}
    eventually(lambda: not stack.redis.xlen(KEYS.journal), "the history is stored")


def test_a_worker_that_stands_still_makes_the_daemon_unhealthy_and_its_work_is_taken_over(stack: Stack) -> None:
    paused = stack.daemons["alerter"].processes()["pod-1.3"]
    os.kill(paused, signal.SIGSTOP)
    try:
        sent = send_faults(stack, "paused")
        eventually(lambda: health(stack) == 503, "it is told")
        eventually(lambda: sent <= set(received_ids(stack)), "the others send all")
    finally:
        os.kill(paused, signal.SIGCONT)
    stack.wait_healthy("alerter")


def test_a_second_daemon_of_the_same_name_says_so_and_ends_with_all_its_processes(stack: Stack) -> None:
    ports = {name: str(servers.free_port()) for name in ("ALERTER_HEALTH_PORT", "ALERTER_METRICS_PORT")}
    twin = stack.daemon("alerter", "pod-1", **ports)
    del stack.daemons["alerter-pod-1"]
    twin.start()
    assert twin.process is not None
    assert twin.process.wait(30) == 75, twin.log.read_text()
    assert "pod-1" in twin.log.read_text()
    assert "MUTT-D11" in twin.log.read_text()
    assert "Traceback" not in twin.log.read_text()


def test_a_daemon_of_one_process_says_that_it_takes_no_workers(stack: Stack) -> None:
    said = stack.mutt("daemon", "remediation", "--workers", "3")
    assert (said.returncode, "remediation is one process" in said.stderr) == (2, True)


def test_a_clean_stop_leaves_nothing_in_hand(stack: Stack) -> None:
    for name in ("alerter", "forwarder"):
        assert stack.daemons[name].stop() == 0
    assert not [key for key in stack.redis.scan_iter("mutt:processing:*") if stack.redis.llen(key)]
    assert not list(stack.redis.scan_iter("mutt:heartbeat:*"))
