"""Planned work: windows, draining, resuming, and what a queue will do, proved by redis-cli, psql and curl."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from tests.stack import API_KEY, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

HOSTS = itertools.count(1)
WAITS = "20s"


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    world.stack.redis.delete("mutt:holds", "mutt:maintenance")
    for name in ("alerter", "forwarder", "remediation", "webui", "ingestor"):
        if not world.stack.daemons[name].alive:
            world.stack.daemons[name].start()
    for name in ("alerter", "forwarder", "remediation", "webui", "ingestor"):
        world.stack.wait_healthy(name)


def accepted(world: World) -> str:
    event = json.dumps({"source": f"mnt-sw{next(HOSTS)}", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"})
    answer = world.curl("-H", f"X-API-Key: {API_KEY}", "-d", event, f"{world.stack.ingest_url}/ingest")
    return answer.partition('"event_id":"')[2].partition('"')[0]


@pytest.mark.covers("maintenance start", "maintenance end", "maintenance list", "maintenance show")
def test_a_window_has_an_end_is_shown_and_can_be_ended_and_taken_back(world: World) -> None:
    with world.unchanged():
        world.mutt("maintenance", "start", "--dry-run", "-o", "json")
        world.mutt("maintenance", "start", "--scope", "moon", code=2)
        world.mutt("maintenance", "show", code=3)
        world.mutt("maintenance", "end", "op-ZZZZ", code=3)
    made = world.mutt("maintenance", "start", "--for", "2h", "--reason", "CHG-7", "-o", "json").json
    name = made["window"]["window"]
    assert '"scope":"all"' in world.redis_cli("HGET", "mutt:maintenance", name)
    assert world.psql(f"SELECT command FROM operations WHERE id = '{name}'") == "maintenance start"  # noqa: S608
    with world.unchanged():
        assert "already" in world.mutt("maintenance", "start").out
        world.mutt("maintenance", "end", "--dry-run")
    assert "CHG-7" in world.mutt("status").out
    shown = world.mutt("maintenance", "show", "-o", "json").json
    assert (shown["window"], shown["state"], 7100 < shown["left_seconds"] <= 7200) == (name, "open", True)
    ended = world.mutt("maintenance", "end", "-o", "json").json
    assert ended["window"]["ended_at"]
    assert [row["state"] for row in world.mutt("maintenance", "list", "-o", "json").json["items"]] == ["ended"]
    world.mutt("undo", ended["operation"])
    assert world.mutt("maintenance", "show", "-o", "json").json["state"] == "open"
    with world.unchanged():
        assert "taken back already" in world.mutt("undo", ended["operation"], code=7).err
    world.redis_cli("HGET", "mutt:maintenance", name)
    world.mutt("maintenance", "list", "--where", "colour=red", code=2)


def unexplained(world: World) -> tuple[int, list[str], list[str]]:
    """What the ledger cannot account for, such as letters that another test wrote by hand."""
    told = world.mutt("reconcile", "-o", "json", code=None).json
    return told["remainder"], told["missing"], told["extra"]


@pytest.mark.covers("maintenance drain", "maintenance resume")
def test_a_drained_pipeline_is_empty_with_every_event_sent_and_resumes_in_order(world: World) -> None:
    with world.unchanged():
        world.mutt("maintenance", "drain", "--dry-run", "-o", "json")
        world.mutt("maintenance", "drain", code=2)
        world.mutt("maintenance", "resume", "--dry-run")
        assert "no drain holds anything" in world.mutt("maintenance", "resume").out
    before = unexplained(world)
    sent = [accepted(world) for _ in range(5)]
    done = world.mutt("maintenance", "drain", "--no-wait", "--yes", "--timeout", WAITS, "-o", "json").json
    assert all(one["done"] for one in done["steps"])
    assert set(sent) <= set(received_ids(world.stack))
    assert world.redis_cli("LLEN", "mutt:ingest_queue") == world.redis_cli("LLEN", "mutt:alert_queue") == "0"
    assert world.curl("-o", "/dev/null", "-w", "%{http_code}", f"{world.stack.ingest_url}/health") == "503"
    again = world.mutt("maintenance", "resume", "--timeout", WAITS, "-o", "json").json
    assert [one["step"] for one in again["steps"]] == ["let work again: remediation", "let work again: ingestor"]
    assert world.redis_cli("EXISTS", "mutt:holds") == "0"
    assert accepted(world)
    assert unexplained(world) == before
    world.mutt("maintenance", "resume", "--no-such-flag", code=2)


def test_a_drain_names_the_line_to_run_waits_for_each_daemon_and_can_be_interrupted(world: World) -> None:
    first = world.mutt("maintenance", "drain", "--yes", "--timeout", "5s", code=8)
    assert "systemctl stop mutt-alerter" in first.err
    assert "still alive" in first.err
    assert sorted(world.redis_cli("HKEYS", "mutt:holds").split()) == ["ingestor", "remediation"]
    for name in ("alerter", "forwarder", "remediation", "webui", "ingestor"):
        world.stack.daemons[name].stop()
    world.mutt("maintenance", "drain", "--yes", "--timeout", WAITS)
    late = world.mutt("maintenance", "resume", "--timeout", "5s", code=8)
    assert "systemctl start mutt-moog-forwarder" in late.err
    for name in ("forwarder", "alerter", "remediation", "webui", "ingestor"):
        world.stack.daemons[name].start()
    eventually(lambda: "ingestor:" in world.redis_cli("HKEYS", "mutt:config_readers"), "the ingestor is there")
    world.mutt("maintenance", "resume", "--timeout", WAITS)
    assert world.redis_cli("EXISTS", "mutt:holds") == "0"
    assert accepted(world)


def test_a_drain_for_moogsoft_keeps_the_intake_open_and_loses_nothing(world: World) -> None:
    world.redis_cli("HSET", "mutt:holds", "ingestor/elsewhere", "1")
    world.mutt("maintenance", "drain", "--scope", "moog", "--yes", "--timeout", WAITS)
    kept = accepted(world)
    assert kept
    assert world.redis_cli("LLEN", "mutt:ingest_queue") == "1"
    assert "elsewhere" in world.mutt("maintenance", "resume", "--timeout", WAITS).err
    eventually(lambda: kept in received_ids(world.stack), "it was sent")
    assert world.redis_cli("HKEYS", "mutt:holds") == "ingestor/elsewhere"


@pytest.mark.covers("forecast")
def test_a_forecast_says_how_long_a_queue_takes(world: World) -> None:
    world.redis_cli("HSET", "mutt:holds", "remediation", "1")
    world.redis_cli("LPUSH", "mutt:dlq:old_events", "a", "b", "c", "d")
    try:
        row = world.mutt("forecast", "dlq-old-events", "--rate", "2", "-o", "json").json["items"][0]
        assert (row["depth"], row["seconds_to_empty"], row["trend"]) == (4, 2.0, "draining")
        assert world.redis_cli("LLEN", "mutt:dlq:old_events") == "4"
    finally:
        world.stack.redis.delete("mutt:dlq:old_events")
    told = world.mutt("forecast", "-o", "json").json
    assert any("remediation is paused" in note for note in told["notes"])
    world.mutt("forecast", "nowhere", code=3)
    world.mutt("forecast", "--rate", "fast", code=2)
