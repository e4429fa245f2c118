"""Looking through real queues and a real stream: whole where they are short, both ends where they are long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import alerter_queue, sightings
from mutt_cli.core import journal
from mutt_cli.core.decision import Context, conclude, examine
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.sighting import Wanted
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import RULES, Flow

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.redis_client import Client


@pytest.fixture
def flow(redis_client: Client, tmp_path: Path) -> Flow:
    return Flow(redis_client, tmp_path / "witness")


def test_of_a_long_queue_both_ends_are_read_and_the_rest_is_told(flow: Flow) -> None:
    ids = flow.send(*(f"m{n}" for n in range(60)))
    found = [bool(sightings.find(flow.client, KEYS, Wanted(one), bound=10).sightings) for one in ids]
    assert found == [True] * 10 + [False] * 40 + [True] * 10
    assert sightings.find(flow.client, KEYS, Wanted(ids[30]), bound=10).cut == (("ingest", 60, 20),)
    assert sightings.find(flow.client, KEYS, Wanted(ids[30]), bound=30).cut == ()


def test_a_queue_of_many_slices_is_read_whole(flow: Flow) -> None:
    ids = flow.send(*(f"m{n}" for n in range(1201)))
    for one in (ids[0], ids[700], ids[701], ids[1200]):
        assert [seen.event_id for seen in sightings.find(flow.client, KEYS, Wanted(one)).sightings] == [one]


def test_a_stream_of_many_entries_is_read_whole_and_what_is_no_entry_is_passed_over(flow: Flow) -> None:
    flow.client.xadd(KEYS.journal, {"hand": "made"})
    ids = [flow.send(f"m{n}")[0] for n in range(120)]
    for start in range(0, 120, 2):
        batch = flow.alerter.take(2)
        found = conclude(examine(batch.elements, RULES), {}, Context("a1", batch.now_ms, 0, 0, Inventory()))
        plan = alerter_queue.Plan({}, ledger=[], journal=journal.pack(found.records))
        assert alerter_queue.finish(flow.alerter.lease, batch, plan) == "ok", start
    flow.client.xadd(KEYS.journal, {"uid": "x", "at": "no", "data": ids[119]})
    for one in ids:
        assert [r.event_id for _, r in sightings.recorded(flow.client, KEYS, Wanted(one))] == [one]
