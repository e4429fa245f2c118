"""Daemons that are killed, and daemons that stand still."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from tests import plain_http
from tests.faults.lab.fault import fault
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack

ALERTERS_WORK = ("queue.ingest.*", "queue.orphans", "cache.rules", "dlq.alerter.depth")
FORWARDERS_WORK = ("queue.alert.*", "queue.orphans", "dlq.moog.depth")
SET_ASIDE = ("dlq.alerter.depth", "dlq.moog.depth")


def _killed(stack: Stack, name: str) -> Iterator[None]:
    stack.daemons[name].kill()
    yield
    stack.daemons[name].start()
    stack.wait_healthy(name)


def _paused(stack: Stack, name: str) -> Iterator[None]:
    stack.daemons[name].pause()
    yield
    stack.daemons[name].wake()
    stack.wait_healthy(name)


@fault("ingestor-gone", "svc.ingestor", "critical", "config.sync")
def the_ingestor_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "ingestor")


@fault("ingestor-stopped", "svc.ingestor", "critical", "config.sync", how="advise")
def the_ingestor_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "ingestor")


@fault("alerter-gone", "svc.alerter", "critical", *ALERTERS_WORK)
def the_alerter_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "alerter")


@fault("alerter-stopped", "svc.alerter", "critical", *ALERTERS_WORK, "config.sync", how="advise")
def the_alerter_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "alerter")


@fault("forwarder-gone", "svc.forwarder", "critical", *FORWARDERS_WORK)
def the_forwarder_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "forwarder")


@fault("forwarder-stopped", "svc.forwarder", "critical", *FORWARDERS_WORK, "config.sync", how="advise")
def the_forwarder_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "forwarder")


@fault("remediation-gone", "svc.remediation", "warning", *SET_ASIDE)
def the_remediation_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "remediation")


@fault("remediation-stopped", "svc.remediation", "warning", *SET_ASIDE, "config.sync", how="advise")
def the_remediation_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "remediation")


def _answers(port: int) -> bool:
    try:
        return plain_http.get(f"http://127.0.0.1:{port}/", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@fault("port-taken:webui", "svc.webui", "warning", "config.sync", how="advise")
def the_port_of_the_web_ui_is_taken(stack: Stack) -> Iterator[None]:
    stack.daemons["webui"].kill()
    port = stack.ports["WEBUI_PORT"]
    words = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with subprocess.Popen(words, cwd=stack.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as thief:
        try:
            eventually(lambda: _answers(port), "somebody else listens there")
            yield
        finally:
            thief.kill()
    stack.daemons["webui"].start()
    stack.wait_healthy("webui")


@fault("webui-gone", "svc.webui", "warning", "config.sync")
def the_web_ui_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "webui")


@fault("webui-stopped", "svc.webui", "warning", "config.sync", how="advise")
def the_web_ui_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "webui")


@fault("alerter-gone", "svc.alerter", "warning")
def one_of_two_alerters_is_killed(stack: Stack) -> Iterator[None]:
    second = stack.second("alerter")
    second.start()
    former = eventually(lambda: stack.redis.get("mutt:heartbeat:alerter:pod-2"), "the second alerter has its lease")
    second.kill()
    yield
    second.start()
    eventually(lambda: stack.redis.get("mutt:heartbeat:alerter:pod-2") not in {None, former}, "it has it again", 60)
    assert second.stop() == 0
    eventually(lambda: not stack.redis.hexists("mutt:workers", "alerter:pod-2"), "its peer has forgotten it", 60)
