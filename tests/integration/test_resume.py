"""Going on with a replay that stopped itself, and whose name is in the stories of what was moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import breaker, journal_stream, operations_reading
from mutt_cli.core import pipeline
from mutt_cli.core.hold import Hold
from mutt_cli.core.selection import Selection
from mutt_cli.ops import bulk_undo, dlq_replay, purge_undo, queue_purge
from mutt_cli.ops import resume as resuming
from mutt_cli.ops.dlq_replay import Wish
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import REFUSED, Flow
from tests.integration.test_bulk_work import ALL, begin, end

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import Progress

COUNT = 20


@pytest.fixture
def replay(backends: Backends, flow: Flow) -> Callable[[bool], Recorded]:
    """A replay of twenty dead letters to Moogsoft that was killed before it sent any."""
    flow.send(*(f"LINK {number} down" for number in range(COUNT)))
    flow.decide()
    flow.forward(REFUSED)
    sources = [queue for queue in dlq_replay.LETTERS if queue.name == pipeline.DLQ_MOOG]

    def begun(stops: bool) -> Recorded:
        planned = dlq_replay.plan(backends, sources, Selection(), Wish())
        begin(backends, "dlq replay", dlq_replay.recorded_plan(planned, 0, 0.0, to_moogsoft=stops))
        return recorded(backends)

    return begun


def recorded(backends: Backends) -> Recorded:
    [found] = operations_reading.find(backends.postgres(), "op-AAAAAA")
    return found


def resumed(backends: Backends, found: Recorded) -> Progress:
    return resuming.resume(backends, found, "ann", lambda _: None)


def actors(flow: Flow, operation: str) -> set[str]:
    return {
        record.pod
        for entry in journal_stream.scan(flow.client, KEYS)
        for record in entry.records
        if record.operation_id == operation
    }


def test_a_resumed_replay_that_stops_itself_is_not_done_and_is_gone_on_with_later(
    backends: Backends, flow: Flow, replay: Callable[[bool], Recorded]
) -> None:
    begun = replay(True)  # noqa: FBT003
    breaker.trip(flow.client, KEYS, Hold(actor="mk"))
    assert resumed(backends, begun).stopped == "the breaker is OPEN"
    found = recorded(backends)
    assert (found.state, found.result) == ("stopped", "stopped: the breaker is OPEN")
    breaker.reset(flow.client, KEYS)
    resuming.check(found)
    assert resumed(backends, found).moved == flow.client.llen(KEYS.alert_queue) == COUNT
    assert recorded(backends).state == "done"


def test_what_was_sent_in_spite_of_an_open_breaker_goes_on_so(
    backends: Backends, flow: Flow, replay: Callable[[bool], Recorded]
) -> None:
    begun = replay(False)  # noqa: FBT003
    breaker.trip(flow.client, KEYS, Hold(actor="mk"))
    assert resumed(backends, begun).moved == COUNT


def test_stories_name_who_went_on_and_who_took_back(
    backends: Backends, flow: Flow, replay: Callable[[bool], Recorded]
) -> None:
    resumed(backends, replay(True))  # noqa: FBT003
    assert actors(flow, "op-AAAAAA") == {"ann"}
    undo = replace(bulk_undo.plan_undo(backends, recorded(backends)), actor="bob")
    bulk_undo.carry_out(backends, recorded(backends), undo, "op-BBBBBB")
    assert actors(flow, "op-BBBBBB") == {"bob"}


def test_the_story_of_a_purge_that_is_taken_back_names_who_did_that(
    backends: Backends, flow: Flow, tmp_path: Path
) -> None:
    flow.send("one", "two")
    begin(backends, "queue purge", queue_purge.recorded_plan(queue_purge.plan(backends, "ingest", ALL, tmp_path)))
    resumed(backends, recorded(backends))
    undo = replace(purge_undo.plan_undo(backends, recorded(backends)), actor="bob")
    purge_undo.carry_out(backends, end(backends, "op-AAAAAA"), undo, "op-BBBBBB")
    assert (actors(flow, "op-AAAAAA"), actors(flow, "op-BBBBBB")) == ({"ann"}, {"bob"})
