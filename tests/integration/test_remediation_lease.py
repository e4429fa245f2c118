"""One remediation at a time: who leads, who takes over, who has lost the lease, and how one ends."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import remediation_notes
from mutt_cli.daemons.moogsoft_watch import MoogsoftWatch
from tests.contract.protocol.workers import KEYS, fill
from tests.integration.remediations import letter, make, moogsoft, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.daemons.remediation import Remediation

__all__ = ["make", "moogsoft"]


def test_the_second_instance_idles_and_takes_over(
    make: Callable[..., Remediation], redis_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one, two = make(), make()
    one._turn()
    fill(redis_client, KEYS.dlq_moog, letter("r", "http_503"))
    two._turn()
    two._turn()
    assert caplog.text.count("Remediation: another instance is active: idle") == 1
    assert names(redis_client, KEYS.dlq_moog) == ["r"]
    one._resign()
    two._turn()
    assert names(redis_client, KEYS.alert_queue) == ["r"]


@pytest.mark.parametrize("overtaken", [False, True])
def test_who_loses_the_lease_during_a_cycle_tells_nothing_of_it_and_leaves_the_wish(
    make: Callable[..., Remediation], redis_client: Client, monkeypatch: pytest.MonkeyPatch, overtaken: bool
) -> None:
    remediation, ask = make(), MoogsoftWatch.ask

    def overtakes(watch: MoogsoftWatch) -> object:
        """It stands still; another instance leads meanwhile."""
        if overtaken:
            redis_client.set(KEYS.remediation_lease, "another's", px=15_000)
        return ask(watch)

    monkeypatch.setattr(MoogsoftWatch, "ask", overtakes)
    fill(redis_client, KEYS.dlq_alerter, letter("e", "error"))
    remediation_notes.want(redis_client, KEYS, "w1")
    remediation._turn()
    told = remediation_notes.last(redis_client, KEYS)
    assert (told.wanted if told else "") == ("" if overtaken else "w1")
    assert remediation_notes.wish(redis_client, KEYS) == ("w1" if overtaken else "")
    assert names(redis_client, KEYS.dlq_alerter) == (["e"] if overtaken else [])


def test_told_to_stop_it_ends_after_the_slice_in_hand(make: Callable[..., Remediation], redis_client: Client) -> None:
    remediation = make()
    fill(redis_client, KEYS.dlq_moog, *[letter(f"c{n}", "circuit_open") for n in range(250)])
    hold = remediation._sweeper.lead
    seen = iter(range(100))

    def lead() -> bool:
        if next(seen) == 1:
            remediation.runtime.stop.set()
        return hold()

    remediation._sweeper.lead = lead
    thread = threading.Thread(target=remediation.run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert (redis_client.llen(KEYS.alert_queue), redis_client.llen(KEYS.dlq_moog)) == (200, 50)
    assert redis_client.hlen(KEYS.operations) == 0
    assert not redis_client.exists(KEYS.remediation_lease)
