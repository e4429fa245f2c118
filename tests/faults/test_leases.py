"""What leases are for, in real processes: the work of the dead comes back, and who slept too long starts no post.

Each test runs the shipped daemons and, by night, daemons with that one promise broken, and must tell them apart.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from mutt_cli.keys import Keys
from tests.faults.harness import Sender, pause_with_work_in_hand
from tests.faults.test_kills import stock, two_of_each
from tests.stack import Stack, eventually, received_ids

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

ALERTER, FORWARDER = Keys().processing("alerter", "pod-1"), Keys().processing("moog", "pod-1")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("broken", ["", pytest.param("reap-once", marks=pytest.mark.nightly)])
def test_work_of_a_dead_worker_is_done_by_its_peer_though_nobody_starts_it_again(
    postgres: PostgresServer, openbao: DevOpenBao, broken: str
) -> None:
    with two_of_each(postgres, openbao, broken) as stack:
        sender = Sender(stack, batch=20, pause_s=0.015)
        sender.start()
        eventually(lambda: len(received_ids(stack)) > 200, "they are at work")
        assert pause_with_work_in_hand(stack, stack.daemons["alerter"], ALERTER, 0, wake=False)
        stack.daemons["alerter"].kill()
        found = stock(stack, sender)
    assert not found.lost, found.summary()
    assert (not found.stranded) == (not broken), f"{broken or 'as shipped'}: {found.summary()}"


def stop_before_the_posts(stack: Stack, further: Path) -> set[str]:
    """Stop the forwarder at an instant at which it holds alerts and has come no further with them: their ids.

    `further` has the ids of those with which it has, written before that: a post that is under way is none of these.
    """
    victim, client = stack.daemons["forwarder"], stack.redis

    def stopped() -> set[str]:
        victim.pause()
        held = {str(json.loads(element)["event_id"]) for element in client.lrange(FORWARDER, 0, -1)}
        if held and not held & set(further.read_text(encoding="utf-8").split()):
            return held
        victim.wake()
        return set()

    ids: set[str] = eventually(stopped, "it holds alerts and has posted none", 30)
    return ids


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("late", "broken"),
    [("lease", ""), ("post", ""), pytest.param("lease", "posts-without-lease", marks=pytest.mark.nightly)],
)
def test_forwarder_that_slept_beyond_its_lease_starts_no_post(
    postgres: PostgresServer, openbao: DevOpenBao, late: str, broken: str, tmp_path: Path
) -> None:
    # Its senders go on when the clerk has registered again: a new lease is none for what was claimed under the old one.
    further = tmp_path / "further"
    further.touch()
    slow = {"SLOW_SENDER": "0.3", "SLOW_SENDER_FILE": str(further), "SLOW_SENDER_AT": late}
    with two_of_each(postgres, openbao, broken, **slow) as stack:
        sender, held = Sender(stack, batch=5, pause_s=0.2), set()
        sender.start()
        for _ in range(3):
            held |= stop_before_the_posts(stack, further)
            time.sleep(4)  # its lease of 2 s is over, its peer delivers what it held
            stack.daemons["forwarder"].wake()
        found = stock(stack, sender)
    repeated = [one for one in held if found.delivered[one] > 1]
    assert not found.lost, found.summary()
    assert (not repeated) == (not broken), f"{broken or 'as shipped'}: {len(repeated)} of {len(held)} posted again"
