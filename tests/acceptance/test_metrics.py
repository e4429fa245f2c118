"""The numbers are there, on the real ports of real processes, for `curl | grep` as the runbooks write it."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.keys import Keys
from tests import plain_http
from tests.stack import API_KEY, Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()


@pytest.fixture(scope="module")
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """A pipeline that has seen one matching event, one that matches nothing, and one request without a key."""
    with running_stack(postgres, openbao, DEDUPE_WINDOW="0") as made:
        made.start("ingestor", "alerter", "forwarder")
        event_id = made.send({"source": "core-sw1", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"})["event_id"]
        made.send({"source": "core-sw1", "message": "nothing that a rule knows"})
        assert plain_http.post(f"{made.ingest_url}/ingest", json={"message": "x"}).status_code == 401
        eventually(lambda: event_id in received_ids(made), "the alert arrives at the simulator")
        yield made


def scrape(port: int) -> str:
    """`curl -s http://localhost:PORT/metrics`; empty while nobody listens."""
    try:
        answer = plain_http.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
    except httpx.TransportError:
        return ""
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


def shows(port: int, *lines: str) -> None:
    """Wait until a scrape has all lines."""
    eventually(lambda: set(lines) <= set(scrape(port).splitlines()), f"port {port} shows {lines}: {scrape(port)}")


@pytest.mark.parametrize("port", ["METRICS_PORT", "INGESTOR_PORT"])
def test_ingestor_counts_requests_by_outcome_on_both_ports(stack: Stack, port: str) -> None:
    shows(
        stack.ports[port],
        'mutt_ingest_requests_total{status="success",reason=""} 2',
        'mutt_ingest_requests_total{status="fail",reason="auth"} 1',
        'mutt_ingest_requests_total{status="fail",reason="queue_full"} 0',
        "mutt_ingest_latency_seconds_count 3",
        "mutt_ingest_queue_depth 0",
    )


def test_alerter_counts_what_it_decided(stack: Stack) -> None:
    shows(
        stack.ports["ALERTER_METRICS_PORT"],
        'mutt_alerter_events_processed_total{status="handled"} 1',
        'mutt_alerter_events_processed_total{status="unhandled"} 1',
        "mutt_alerter_cache_reload_latency_seconds_count 1",
        "mutt_alerter_queue_depth 0",
        "mutt_alerter_processing_list_depth 0",
    )


def test_forwarder_counts_what_it_sent(stack: Stack) -> None:
    shows(
        stack.ports["MOOG_FORWARDER_METRICS_PORT"],
        'mutt_moog_requests_total{status="success"} 1',
        'mutt_moog_requests_total{status="fail"} 0',
        'mutt_moog_alerts_processed_total{status="success"} 1',
        "mutt_moog_request_latency_seconds_count 1",
        'mutt_moog_circuit_breaker_state{name="moogsoft"} 0',
        "mutt_moog_dlq_depth 0",
    )


def test_rejection_by_moogsoft_is_a_failure_with_its_reason_and_a_dead_letter(stack: Stack) -> None:
    told = httpx.put(f"http://127.0.0.1:{stack.simulator.port}/behaviour", json={"status": 400})
    assert told.is_success
    stack.send({"source": "core-sw2", "message": "%LINK-3-UPDOWN: Gi0/2 changed to down"})
    shows(
        stack.ports["MOOG_FORWARDER_METRICS_PORT"],
        'mutt_moog_requests_total{status="fail"} 1',
        'mutt_moog_request_failures_total{reason="http_4xx"} 1',
        "mutt_moog_dlq_depth 1",
    )


def test_ingestor_whose_metrics_port_is_taken_goes_on_and_serves_it_when_it_is_free(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao) as stack, socket.create_server(("0.0.0.0", 0)) as holder:  # noqa: S104
        port = holder.getsockname()[1]
        stack.daemon("ingestor", METRICS_PORT=str(port)).start()
        stack.wait_healthy("ingestor")
        stack.send({"message": "counted all the same"})
        shows(stack.ports["INGESTOR_PORT"], 'mutt_ingest_requests_total{status="success",reason=""} 1')
        eventually(lambda: "(METRICS_PORT)" in stack.log("ingestor"), "the log names the setting")
        holder.close()
        eventually(lambda: "mutt_ingest_requests_total" in scrape(port), "the port is served once it is free", 30)


def test_totals_are_of_all_workers_and_survive_the_death_of_one(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao) as stack:
        daemon = stack.daemon("ingestor")
        daemon.arguments = ("--workers", "3")
        daemon.start()
        stack.wait_healthy("ingestor")

        def post(number: int) -> None:
            for _ in range(number):
                with httpx.Client() as client:  # a connection of its own, for whichever worker takes it
                    headers = {"X-API-Key": API_KEY}
                    assert client.post(f"{stack.ingest_url}/ingest", json={"m": 1}, headers=headers).status_code == 200

        post(30)
        shows(stack.ports["METRICS_PORT"], 'mutt_ingest_requests_total{status="success",reason=""} 30')
        assert daemon.process is not None
        os.kill(first_child(daemon.process.pid), signal.SIGKILL)
        eventually(lambda: "SIGKILL; starting it again" in stack.log("ingestor"), "the dead worker is noticed")
        post(10)
        shows(stack.ports["METRICS_PORT"], 'mutt_ingest_requests_total{status="success",reason=""} 40')


def first_child(pid: int) -> int:
    """Of the ingestor: worker 1."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_metrics_ports_are_closed_when_metrics_are_off(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao, PROMETHEUS_ENABLED="false") as stack:
        stack.start("forwarder")
        assert scrape(stack.ports["MOOG_FORWARDER_METRICS_PORT"]) == ""


def test_remediation_counts_what_it_returned_and_buried_and_tells_of_health_and_depths(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {"REMEDIATION_INTERVAL": "1", "MAX_POISON_RETRIES": "1"}
    with running_stack(postgres, openbao, **settings) as stack:
        stack.start("ingestor", "alerter", "forwarder", "remediation")
        port = stack.ports["METRICS_PORT_REMEDIATION"]
        shows(port, "mutt_moog_health 1", "mutt_remediation_moog_health 1", "mutt_remediation_dead_depth 0")
        stack.simulator.behave(Behaviour(status=400))
        stack.send({"source": "core-sw1", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"})
        shows(
            port,
            "mutt_remediation_poison_messages_total 1",
            "mutt_remediation_replay_success_total 1",
            'mutt_remediation_replay_fail_total{reason="failed_again"} 1',
            "mutt_remediation_dead_depth 1",
            'mutt_remediation_dlq_depth{dlq_name="mutt:dlq:moog"} 0',
            'mutt_remediation_dlq_depth{dlq_name="mutt:dlq:alerter"} 0',
        )
        stack.simulator.behave(Behaviour(status=503))
        shows(port, "mutt_moog_health 0", "mutt_remediation_moog_health 0")
        stack.redis.lpush(KEYS.dlq_moog, '{"message":"waits for Moogsoft"}')
        eventually(lambda: held(port, "health") > 0, "a replay that Moogsoft's health held up is counted")


def held(port: int, reason: str) -> int:
    """Replays held up for this reason, as the port says now."""
    start = f'mutt_remediation_replay_fail_total{{reason="{reason}"}} '
    return next((int(line.removeprefix(start)) for line in scrape(port).splitlines() if line.startswith(start)), 0)
