"""The rate of bulk work: never more at once than a second's worth, and the gate is asked while the next ones wait."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from mutt_cli.core.selection import Selection
from mutt_cli.ops import queue_move
from mutt_cli.ops.bulk_work import Progress, run
from tests.contract.protocol.workers import KEYS
from tests.integration.test_bulk_work import begin

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import Work
    from tests.integration.flow import Flow


@pytest.fixture
def work(backends: Backends, flow: Flow) -> Work:
    """A hundred events that are to be moved."""
    flow.send(*(f"event {number}" for number in range(100)))
    planned = queue_move.plan(backends, "ingest", "dlq-old-events", Selection(), forced=("shape",))
    operation = begin(backends, "queue move", queue_move.recorded_plan(planned))
    return queue_move.work(backends, planned.way, Selection(), operation, "mk")


def test_no_slice_is_larger_than_what_a_second_may_take(backends: Backends, flow: Flow, work: Work) -> None:
    seen = [0]
    work.rate, work.most = 39.5, 90
    assert run(backends, work, lambda progress: seen.append(progress.moved)).moved == 90
    assert max(after - before for before, after in pairwise(seen)) <= 40
    assert flow.client.llen(KEYS.old_events) == 90


def test_a_gate_that_closes_while_the_next_message_waits_ends_the_work(backends: Backends, work: Work) -> None:
    asked: list[int] = []

    def gate(progress: Progress) -> str:
        asked.append(progress.moved)
        return "the breaker is OPEN" if len(asked) == 3 else ""

    work.rate, work.gate = 0.001, gate
    done = run(backends, work)
    assert (done.moved, done.stopped, asked) == (1, "the breaker is OPEN", [0, 1, 1])
