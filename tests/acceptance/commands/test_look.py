"""The commands that only look, proved by what other programs see."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.stack import API_KEY, eventually

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World

EVENT = '{"source":"core-sw{}","message":"%LINK-3-UPDOWN: Gi0/1 changed to down"}'
HOSTS = itertools.count(1)
"""Each event is of another host, or it would be a repeat of the first."""


def accepted(world: World) -> str:
    """The event id of an alert that was sent with curl and has arrived."""
    url = f"{world.stack.ingest_url}/ingest"
    event = EVENT.replace("{}", str(next(HOSTS)))
    told = world.curl("-H", f"X-API-Key: {API_KEY}", "-H", "Content-Type: application/json", "-d", event, url)
    identifier = told.partition('"event_id"')[2].split('"')[1]
    stored = f"SELECT 1 FROM event_history WHERE event_id = '{identifier}' AND outcome = 'delivered'"  # noqa: S608
    eventually(lambda: world.stack.query(stored), "the history knows that it was forwarded")
    return identifier


@pytest.mark.covers("trace")
def test_trace_tells_what_the_history_holds(world: World) -> None:
    identifier = accepted(world)
    story = world.mutt("trace", identifier, "-o", "json").json
    count = world.psql(f"SELECT count(*) FROM event_history WHERE event_id = '{identifier}'")  # noqa: S608
    assert (story["ended"], story["state"]) == (True, "delivered")
    assert int(count) <= len(story["steps"])
    world.mutt("trace", "00000000-0000-7000-8000-000000000000", code=3)


@pytest.mark.covers("reconcile")
def test_reconcile_counts_what_the_ledger_in_redis_counts(world: World) -> None:
    accepted(world)
    told = world.mutt("reconcile", "-o", "json").json
    assert told["balanced"] is True
    assert str(told["forwarded"]) == world.redis_cli("HGET", "mutt:ledger", "forwarded")
    rows = world.mutt("reconcile", "--by", "minute", "-o", "json").json["items"]
    assert sum(row["accepted"] for row in rows) == told["accepted"]
    world.mutt("reconcile", "--by", "colour", code=2)


@pytest.mark.covers("status")
def test_status_shows_what_the_health_pages_say(world: World) -> None:
    told = world.mutt("status", "-o", "json").json
    assert {one["service"] for one in told["services"]} == {
        "ingestor", "alerter", "forwarder", "remediation", "webui",
    }  # fmt: skip
    assert '"status": "healthy"' in world.curl(f"{world.stack.ingest_url}/health")
    assert world.mutt("status", "ingestor", "-o", "json").json["items"][0]["state"] == "ok"
    world.curl(f"{world.stack.ingest_url}/health")
    world.mutt("status", "ingester", code=3)


@pytest.mark.covers("queue list", "queue depth")
def test_depths_are_what_redis_holds(world: World) -> None:
    world.redis_cli("LPUSH", "mutt:dlq:old_events", "one", "two")
    try:
        assert world.mutt("queue", "depth", "dlq-old-events").out == "2\n"
        assert world.mutt("queue", "depth", "dlq-old-events", "-o", "json").json["depth"] == 2
        rows = world.mutt("queue", "list", "-o", "json", "--where", "queue=dlq-old-events").json["items"]
        assert [row["depth"] for row in rows] == [int(world.redis_cli("LLEN", "mutt:dlq:old_events"))]
    finally:
        world.redis_cli("DEL", "mutt:dlq:old_events")
    world.mutt("queue", "depth", "ingets", code=3)
    world.mutt("queue", "list", "--sort", "colour", code=2)


@pytest.mark.covers("ingest send")
def test_a_sent_event_reaches_the_database(world: World) -> None:
    words = ("ingest", "send", "--host", "core-sw1", "--message", "%BGP-5-ADJCHANGE: neighbor down")
    with world.unchanged():
        world.mutt(*words, "--dry-run")
    sent = world.mutt(*words, "-o", "json").json["items"][0]
    stored = f"SELECT hostname FROM event_history WHERE event_id = '{sent['event_id']}' LIMIT 1"  # noqa: S608
    eventually(lambda: world.stack.query(stored), "the history knows it")
    assert world.psql(stored) == "core-sw1"
    world.mutt("ingest", "send", code=2)


@pytest.mark.covers("version")
def test_version_is_that_of_the_daemons(world: World) -> None:
    told = world.mutt("version", "-o", "json").json
    assert told["client"] in world.curl(f"{world.stack.ingest_url}/health") or told["client"]
    world.mutt("version", "--output-version", "2", code=2)
