"""Tracing what will not hold still: events that move between two looks, queues too long to be read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import sightings
from mutt_cli.core.journal import Record, pack
from mutt_cli.ops import trace as ops
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.trace import Traced, resolved
from mutt_cli.settings import Redis, Settings
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import Flow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.sighting import Wanted
    from mutt_cli.keys import Keys

ID = "0197a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"


@pytest.fixture
def flow(redis_client: Client, tmp_path: Path) -> Flow:
    return Flow(redis_client, tmp_path / "witness")


@pytest.fixture
def traced(valkey: Valkey, migrated: Connection) -> Callable[[str], Traced]:
    made = Backends(Settings(redis=Redis(socket=str(valkey.socket))))
    made._postgres = migrated
    return lambda identifier: resolved(ops.trace(made, identifier, now_ms=0))


def between_queues_and_stream(monkeypatch: pytest.MonkeyPatch, *moves: Callable[[], None]) -> None:
    """Each look at the stream comes just after the next of these moves."""
    waiting, real = iter(moves), sightings.recorded

    def recorded(client: Client, keys: Keys, wanted: Wanted) -> Iterator[tuple[int, Record]]:
        next(waiting, lambda: None)()
        return real(client, keys, wanted)

    monkeypatch.setattr(sightings, "recorded", recorded)


def test_an_event_that_moves_on_between_two_looks_is_looked_at_again(
    flow: Flow, traced: Callable[[str], Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = flow.send("LINK down")[0]
    between_queues_and_stream(monkeypatch, flow.decide, flow.forward)
    answer = traced(event_id)
    assert (answer.story.verdict.sentence, answer.story.places) == ("delivered.", ())


def test_an_event_that_moves_all_the_time_is_told_as_far_as_it_was_seen(
    flow: Flow, traced: Callable[[str], Traced], monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = flow.send("LINK down")[0]

    def round_again() -> None:
        flow.client.lpush(KEYS.ingest_queue, element)
        flow.decide()
        flow.forward()

    element = flow.client.lindex(KEYS.ingest_queue, 0) or b""
    between_queues_and_stream(monkeypatch, *([round_again] * 10))
    assert traced(event_id).story.verdict.state == "delivered"


def test_a_record_without_the_correlation_id_belongs_to_the_story_that_a_prefix_finds(
    flow: Flow, traced: Callable[[str], Traced]
) -> None:
    steps = (
        ("alerter", "alerted", "alert", "theirs-77"),
        ("forwarder", "dead", "dead", ""),
        ("operator", "replayed", "alert", "theirs-77"),
        ("forwarder", "delivered", "", "theirs-77"),
    )
    for at, (stage, outcome, queue, correlation) in enumerate(steps, 1000):
        record = Record(ID, correlation, stage, outcome, queue=queue, received_ms=900)
        flow.client.xadd(KEYS.journal, {"uid": f"u{at}", "at": at, "data": pack([record])})
    told = [step.outcome for step in traced("theirs-7").story.steps if step.outcome != "waited"]
    assert told == ["accepted", "alerted", "dead", "replayed", "delivered"]


def test_what_may_lie_in_the_unread_middle_of_a_long_queue_is_not_called_missing(
    flow: Flow, traced: Callable[[str], Traced]
) -> None:
    event_id = flow.send("LINK down")[0]
    flow.decide()
    flow.client.delete(KEYS.alert_queue)
    for _ in range(41):
        flow.client.lpush(KEYS.ingest_queue, *([b'{"event_id":"x"}'] * 1000))
    answer = traced(event_id)
    assert answer.story.verdict.state == "unknown"
    assert answer.warnings == ("ingest holds 41,000 messages; only the 40,000 newest and oldest were looked at",)
