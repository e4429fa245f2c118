"""The harness tells the shipped protocol from broken ones, through the same daemons (the storm is in test_storm.py).

Faults of alerters and lost replies of Redis repeat nothing; a finish that pops before it pushes loses what it held.
"""

from __future__ import annotations

import contextlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mutt_cli.keys import Keys
from tests import servers
from tests.faults.harness import SHORT, Accounts, Chaos, Sender, accounts, drain, pause_with_work_in_hand
from tests.faults.proxy import LossyProxy
from tests.stack import Stack, eventually, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

SLOTS = 8
SETTINGS = SHORT | {"FORWARDER_CONCURRENCY": str(SLOTS)}


@contextmanager
def two_of_each(postgres: PostgresServer, openbao: DevOpenBao, broken: str = "", **environment: str) -> Iterator[Stack]:
    """Two alerters and two forwarders; `broken` names a break of the protocol (tests/faults/broken)."""
    with running_stack(postgres, openbao, **SETTINGS) as stack:
        stack.environment |= broken_environment(stack, broken, **environment)
        stack.start("ingestor", "alerter", "forwarder")
        stack.second("alerter").start()
        stack.second("forwarder").start()
        eventually(lambda: stack.redis.hlen(Keys().workers) == 4, "all four workers are known to each other")
        yield stack


def broken_environment(stack: Stack, broken: str, **more: str) -> dict[str, str]:
    """What makes a daemon run the broken protocol, or something slow; nothing for the shipped one."""
    path = f"{Path(__file__).parent / 'broken'}{os.pathsep}{stack.environment['PYTHONPATH']}"
    named = {"BROKEN_PROTOCOL": broken} if broken else {}
    return {"PYTHONPATH": path} | named | more if named or more else {}


def stock(stack: Stack, sender: Sender) -> Accounts:
    """Stop sending, let the pipeline run empty if it can, count."""
    sender.stop()
    patience = 12 if "BROKEN_PROTOCOL" in stack.environment else 40
    with contextlib.suppress(AssertionError):
        drain(stack, patience)
    return accounts(stack, sender)


def killed_and_paused(stack: Stack, seed: int, seconds: float) -> tuple[Accounts, Chaos]:
    """Send while workers die at random."""
    sender = Sender(stack)
    sender.start()
    victims = [daemon for label, daemon in stack.daemons.items() if label != "ingestor"]
    chaos = Chaos(stack, victims, seed)
    chaos.run(seconds, every_s=0.7, pause_s=3, pause_share=0.1)
    return stock(stack, sender), chaos


def paused_with_work(stack: Stack, times: int) -> Accounts:
    """Send while an alerter is stopped, with a batch in hand, for longer than its lease."""
    sender = Sender(stack, batch=20, pause_s=0.015)
    sender.start()
    for _ in range(times):
        processing = Keys().processing("alerter", "pod-1")
        assert pause_with_work_in_hand(stack, stack.daemons["alerter"], processing, 4)
    return stock(stack, sender)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("broken", ["", pytest.param("no-fencing", marks=pytest.mark.nightly)])
def test_alerter_that_wakes_up_after_its_lease_repeats_nothing(
    postgres: PostgresServer, openbao: DevOpenBao, broken: str
) -> None:
    with two_of_each(postgres, openbao, broken) as stack:
        found = paused_with_work(stack, 3)
    right = not found.lost and not found.stranded and not found.duplicates
    assert right == (not broken), f"{broken or 'as shipped'}: {found.summary()}"


@pytest.mark.timeout(180)
@pytest.mark.parametrize("broken", ["", pytest.param("claim-again", marks=pytest.mark.nightly)])
def test_lost_replies_of_redis_lose_and_repeat_nothing(
    postgres: PostgresServer, openbao: DevOpenBao, broken: str
) -> None:
    with (
        servers.short_folder() as folder,
        running_stack(postgres, openbao, **SETTINGS) as stack,
        LossyProxy(folder / "a.sock", stack.valkey.socket, one_in=20, seed=3) as alerters,
        LossyProxy(folder / "f.sock", stack.valkey.socket, one_in=150, seed=3) as forwarders,
    ):
        stack.start("ingestor")
        stack.environment |= broken_environment(stack, broken)
        stack.daemon("alerter", REDIS_SOCKET=str(alerters.listen)).start()
        stack.daemon("forwarder", REDIS_SOCKET=str(forwarders.listen)).start()
        stack.wait_healthy("alerter")
        stack.wait_healthy("forwarder")
        sender = Sender(stack, batch=20, pause_s=0.02)
        sender.start()
        for proxy in (alerters, forwarders):
            proxy.losing.set()  # the request arrived, its answer never does
        eventually(lambda: alerters.lost >= 60 and forwarders.lost >= 20, "replies of both are lost", 60)
        for proxy in (alerters, forwarders):
            proxy.losing.clear()
        found = stock(stack, sender)
    lost = alerters.lost + forwarders.lost
    right = not found.lost and not found.stranded and not found.duplicates
    assert right == (not broken), f"{broken or 'as shipped'}, {lost} replies lost: {found.summary()}"


@pytest.mark.timeout(180)
def test_harness_goes_red_on_a_finish_that_pops_before_it_pushes(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with two_of_each(postgres, openbao, "pop-then-push") as stack:
        found, _ = killed_and_paused(stack, 7, 20)
    assert found.lost, found.summary()
