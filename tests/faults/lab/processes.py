"""Daemons that are killed, and daemons that stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.lab.fault import FAULTS, fault
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


@fault("svc.ingestor", "critical", "config.sync")
def the_ingestor_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "ingestor")


@fault("svc.ingestor", "critical", "config.sync")
def the_ingestor_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "ingestor")


@fault("svc.alerter", "critical", *ALERTERS_WORK)
def the_alerter_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "alerter")


@fault("svc.alerter", "critical", *ALERTERS_WORK, "config.sync")
def the_alerter_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "alerter")


@fault("svc.forwarder", "critical", *FORWARDERS_WORK)
def the_forwarder_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "forwarder")


@fault("svc.forwarder", "critical", *FORWARDERS_WORK, "config.sync")
def the_forwarder_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "forwarder")


@fault("svc.remediation", "warning", *SET_ASIDE)
def the_remediation_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "remediation")


@fault("svc.webui", "warning", "config.sync")
def the_web_ui_is_killed(stack: Stack) -> Iterator[None]:
    yield from _killed(stack, "webui")


@fault("svc.webui", "warning", "config.sync")
def the_web_ui_stands_still(stack: Stack) -> Iterator[None]:
    yield from _paused(stack, "webui")


@fault("svc.alerter", "warning")
def one_of_two_alerters_is_killed(stack: Stack) -> Iterator[None]:
    second = stack.second("alerter")
    second.start()
    eventually(lambda: stack.redis.exists("mutt:heartbeat:alerter:pod-2"), "the second alerter has its lease")
    second.kill()
    yield
    stack.redis.delete("mutt:heartbeat:alerter:pod-2")
    eventually(lambda: not stack.redis.hexists("mutt:workers", "alerter:pod-2"), "its peer has forgotten it", 60)


__all__ = ["FAULTS"]
