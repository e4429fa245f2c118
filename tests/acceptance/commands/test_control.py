"""What stops, starts and steers the daemons, proved by redis-cli, psql, curl, and what reaches the simulator."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.world import World
from tests.stack import API_KEY, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack

STATE = "mutt:circuit_breaker:moogsoft:state"
TRIP = "mutt:circuit_breaker:moogsoft:trip"
HOSTS = itertools.count(1)


@pytest.fixture(autouse=True)
def as_before(world: World) -> Iterator[None]:
    yield
    world.stack.redis.delete("mutt:holds", TRIP, "mutt:circuit_breaker:moogsoft:probe")
    world.stack.redis.set(STATE, "CLOSED")
    world.stack.redis.incr("mutt:circuit_breaker:moogsoft:epoch")
    for key in ("ingest_max_rate", "ingest_rate_window", "moog_rate_limit", "moog_rate_period", "moog_webhook_url"):
        world.stack.redis.delete(f"mutt:config:{key}")
        world.stack.redis.publish("mutt:config:updates", key)
    world.stack.wait_healthy("ingestor")


def posted(world: World) -> str:
    """One event, sent with curl; the body and, in a last line, the status of the answer."""
    event = json.dumps({"source": f"ctl-sw{next(HOSTS)}", "message": "%LINK-3-UPDOWN: Gi0/1 changed to down"})
    url = f"{world.stack.ingest_url}/ingest"
    return world.curl("-H", f"X-API-Key: {API_KEY}", "-d", event, "-D", "-", "-w", "\n%{http_code}", url)


def event_id(answer: str) -> str:
    return answer.partition('"event_id":"')[2].partition('"')[0]


def status_of(answer: str) -> str:
    return answer.rpartition("\n")[2]


def received(world: World) -> list[str]:
    """What the simulator recorded, a line each."""
    path = world.stack.folder / "received.jsonl"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def balanced(world: World) -> bool:
    return bool(world.mutt("reconcile", "-o", "json").json["balanced"])


def now_ms(world: World) -> str:
    """When a breaker has opened that opens now; it stays so for CIRCUIT_BREAKER_TIMEOUT."""
    return f"{world.redis_cli('TIME').split()[0]}000"


def quiet(world: World) -> bool:
    """Whether every event has come to its end, so that nothing changes by itself; the ledger is read in one moment."""
    told = world.mutt("reconcile", "-o", "json", code=None).json
    moving = [name for name in told["queues"] if not name.startswith(("dlq-alerter", "dlq-old"))]
    return told["in_flight"] == 0 and not any(told["queues"][name] for name in moving)


@pytest.fixture(autouse=True)
def settled(deployment: Stack) -> None:
    """What an earlier test sent has arrived."""
    eventually(lambda: quiet(World(deployment)), "what was sent before has arrived")


@pytest.mark.covers("breaker show", "breaker trip")
def test_a_tripped_breaker_keeps_alerts_from_moogsoft_and_a_reset_lets_all_of_them_out(world: World) -> None:
    with world.unchanged():
        world.mutt("breaker", "trip", "--dry-run", "-o", "json")
    world.mutt("breaker", "trip", "--for", "0s", code=2)
    done = world.mutt("breaker", "trip", "--for", "1h", "--reason", "INC-1182", "-o", "json").json
    assert (done["former"], done["state"], done["tripped"]["reason"]) == ("closed", "open", "INC-1182")
    assert world.redis_cli("GET", STATE) == "OPEN"
    assert world.psql(f"SELECT command FROM operations WHERE id = '{done['operation']}'") == "breaker trip"  # noqa: S608
    kept = event_id(posted(world))
    eventually(lambda: int(world.redis_cli("LLEN", "mutt:dlq:moog")), "it is set aside")
    shown = world.mutt("breaker", "show", "-o", "json").json
    assert (shown["state"], shown["judged"], shown["set_aside"]) == ("open", "crit", 1)
    assert "INC-1182" in world.mutt("status").out
    assert kept not in received_ids(world.stack)
    with world.unchanged():
        world.mutt("breaker", "reset", "--dry-run")
    assert world.mutt("breaker", "reset", "-o", "json").json["moog"] == "healthy"
    assert world.redis_cli("GET", STATE) == "CLOSED"
    eventually(lambda: kept in received_ids(world.stack), "it came back and was sent")
    eventually(lambda: balanced(world), "the ledger balances")
    assert world.mutt("breaker", "reset").out == "breaker: CLOSED already\n"
    world.mutt("breaker", "show", "--output-version", "9", code=2)


@pytest.mark.covers("breaker reset")
def test_a_reset_while_moogsoft_does_not_answer_asks_first(world: World) -> None:
    world.redis_cli("SET", "mutt:config:moog_webhook_url", "http://127.0.0.1:9/webhook")
    world.redis_cli("PUBLISH", "mutt:config:updates", "moog_webhook_url")
    world.redis_cli("SET", STATE, "OPEN")
    world.redis_cli("SET", "mutt:circuit_breaker:moogsoft:open_time", now_ms(world))
    with world.unchanged():
        assert "asks before it acts" in world.mutt("breaker", "reset", code=2).err
    world.mutt("breaker", "reset", "--yes", "-o", "json")
    assert world.redis_cli("GET", STATE) == "CLOSED"


def test_a_trip_is_taken_back_once_and_not_if_somebody_reset_it_since(world: World) -> None:
    first = world.operation(world.mutt("breaker", "trip", "-o", "json"))
    world.mutt("undo", first)
    assert world.redis_cli("GET", STATE) == "CLOSED"
    second = world.operation(world.mutt("breaker", "trip", "-o", "json"))
    world.redis_cli("SET", STATE, "CLOSED")  # what operators do by hand
    trip = "mutt:circuit_breaker:moogsoft:trip"
    eventually(lambda: world.redis_cli("EXISTS", trip) == "0", "a forwarder has seen that the trip is over")
    with world.unchanged():
        assert "the breaker is CLOSED" in world.mutt("undo", second, code=7).err
    assert event_id(posted(world))


def test_a_trip_that_is_taken_back_leaves_the_breaker_as_it_was(world: World) -> None:
    failures, opened = "mutt:circuit_breaker:moogsoft:failures", "mutt:circuit_breaker:moogsoft:open_time"
    now = now_ms(world)
    for key, value in ((STATE, "OPEN"), (failures, "7"), (opened, now)):
        world.redis_cli("SET", key, value)
    first = world.operation(world.mutt("breaker", "trip", "-o", "json"))
    second = world.operation(world.mutt("breaker", "trip", "--reason", "INC-2", "-o", "json"))
    with world.unchanged():
        refused = world.mutt("breaker", "trip", "--for", "1h", code=7)
        world.mutt("undo", first, code=7)
    assert "INC-2" in refused.err
    assert "--force held" in refused.err
    world.mutt("undo", second, "--yes")
    assert first in world.redis_cli("GET", "mutt:circuit_breaker:moogsoft:trip")
    world.mutt("undo", first)
    assert [world.redis_cli("GET", key) for key in (STATE, failures, opened)] == ["OPEN", "7", now]
    assert world.redis_cli("EXISTS", "mutt:circuit_breaker:moogsoft:trip") == "0"
    world.mutt("breaker", "reset")


def test_a_shorter_stop_does_not_replace_a_longer_one_unless_that_is_meant(world: World) -> None:
    world.mutt("ingest", "stop", "--yes", "--reason", "CHG-7", "--no-wait")
    with world.unchanged():
        refused = world.mutt("ingest", "stop", "--for", "4s", "--yes", code=7)
    assert "MUTT-G046" in refused.err
    assert "CHG-7" in refused.err
    words = ("--for", "1h", "--yes", "--force", "held", "--no-wait", "-o", "json")
    shorter = world.operation(world.mutt("ingest", "stop", *words))
    assert "CHG-7" not in world.redis_cli("HGET", "mutt:holds", "ingestor")
    world.mutt("undo", shorter, "--yes")
    assert "CHG-7" in world.redis_cli("HGET", "mutt:holds", "ingestor")
    world.mutt("ingest", "start")


def refused(world: World) -> int:
    """Whole requests that were refused; ingestors tell it once a second."""
    return int(world.redis_cli("HGET", "mutt:ledger", "refused") or 0)


@pytest.mark.covers("ingest stop", "ingest start")
def test_a_stopped_intake_answers_503_everywhere_and_opens_again(world: World) -> None:
    health = f"{world.stack.ingest_url}/health"
    with world.unchanged():
        world.mutt("ingest", "stop", "--dry-run", "-o", "json")
        world.mutt("ingest", "stop", code=2)
        world.mutt("ingest", "stop", "pod-9", "--yes", code=3)
    done = world.mutt("ingest", "stop", "--yes", "--reason", "INC-1182", "-o", "json").json
    assert done["processes"]
    assert all(one["obeys"] for one in done["processes"])
    before, answer = refused(world), posted(world)
    assert status_of(answer) == "503"
    assert "Retry-After: 30" in answer
    assert "INC-1182" in answer
    assert world.curl("-o", "/dev/null", "-w", "%{http_code}", health) == "503"
    assert '"status": "stopped"' in world.curl(health)
    assert "the intake is stopped, by" in world.mutt("status").out
    eventually(lambda: refused(world) > before, "the ledger knows of the event that was refused")
    with world.unchanged():
        world.mutt("ingest", "start", "pod-1", code=7)
        world.mutt("ingest", "start", "--dry-run")
    world.mutt("ingest", "start", "-o", "json")
    assert world.redis_cli("EXISTS", "mutt:holds") == "0"
    assert '"status": "healthy"' in world.curl(health)
    assert status_of(posted(world)) == "200"
    assert "open already" in world.mutt("ingest", "start").out
    eventually(lambda: balanced(world), "the ledger balances")


def test_a_stop_for_a_time_ends_by_itself_and_one_instance_can_be_stopped_and_taken_back(world: World) -> None:
    health = f"{world.stack.ingest_url}/health"
    world.mutt("ingest", "stop", "pod-1", "--for", "2s", "--yes")
    assert "Retry-After" in world.curl("-i", health)
    eventually(lambda: '"status": "healthy"' in world.curl(health), "it opens by itself")
    assert status_of(posted(world)) == "200"
    stopped = world.operation(world.mutt("ingest", "stop", "pod-1", "--yes", "-o", "json"))
    assert world.redis_cli("HKEYS", "mutt:holds") == "ingestor/pod-1"
    world.mutt("undo", stopped)
    assert world.redis_cli("EXISTS", "mutt:holds") == "0"
    again = world.operation(world.mutt("ingest", "stop", "--yes", "-o", "json"))
    world.mutt("ingest", "start")
    with world.unchanged():
        assert "no longer as" in world.mutt("undo", again, code=7).err


@pytest.mark.covers("ingest test")
def test_events_are_judged_and_matched_and_nothing_is_sent(world: World) -> None:
    before = world.redis_cli("HGET", "mutt:ledger", "accepted")
    lines = b'{"source":"a","message":"%LINK-3-UPDOWN: down"}\nno json\n{"source":"b","message":"quiet"}\n'
    with world.unchanged():
        found = world.mutt(
            "ingest", "test", "--file", "-", "--format", "ndjson", "-o", "json", code=6, stdin=lines
        ).json
        one = world.mutt("ingest", "test", "--file", "-", "-o", "json", stdin=b'{"message":"BGP lost"}').json
    assert [row["rule"] for row in found["items"]] == ["link-down", "", ""]
    assert (found["accepted"], found["refused"], found["matched"], one["matched"]) == (2, 1, 1, 1)
    assert world.redis_cli("HGET", "mutt:ledger", "accepted") == before
    world.mutt("ingest", "test", code=2)


@pytest.mark.covers("ratelimit show", "ratelimit set")
def test_a_limit_is_changed_by_name_and_shown(world: World) -> None:
    with world.unchanged():
        world.mutt("ratelimit", "set", "moog", "200/1m", "--dry-run", "-o", "json")
        world.mutt("ratelimit", "set", "moog", "many", code=2)
        world.mutt("ratelimit", "set", "mog", "1/1s", code=3)
    done = world.mutt("ratelimit", "set", "moog", "200/1m", "--for", "1h", "-o", "json").json
    assert {one["key"]: one["new"] for one in done["changes"]} == {"moog_rate_limit": "200", "moog_rate_period": "60"}
    assert world.redis_cli("MGET", "mutt:config:moog_rate_limit", "mutt:config:moog_rate_period").split() == [
        "200",
        "60",
    ]
    rows = {row["limiter"]: row for row in world.mutt("ratelimit", "show", "-o", "json").json["items"]}
    assert (rows["moog"]["limit"], rows["moog"]["window_seconds"]) == (200, 60)
    assert 3500 < rows["moog"]["returns_in_seconds"] <= 3600
    assert rows["ingest"]["hits"] is not None
    world.redis_cli("ZCARD", "mutt:rate_limit:moog")
    world.mutt("ratelimit", "show", "--sort", "colour", code=2)
    world.mutt("undo", done["operation"])
    assert world.redis_cli("EXISTS", "mutt:config:moog_rate_limit") == "0"


@pytest.mark.covers("cache show", "cache reload")
def test_every_alerter_reads_the_rules_again_and_says_which_it_has(world: World) -> None:
    revision = world.psql("SELECT revision FROM rules_revision")
    with world.unchanged():
        world.mutt("cache", "reload", "--dry-run", "-o", "json")
    before = world.mutt("cache", "show", "-o", "json").json["items"][0]["loaded_at"]
    done = world.mutt("cache", "reload", "-o", "json").json
    assert [one["reloaded"] for one in done["alerters"]] == [True]
    shown = world.mutt("cache", "show", "-o", "json").json
    assert str(shown["database_revision"]) == revision
    row = shown["items"][0]
    assert (str(row["revision"]), row["rules"], row["state"]) == (revision, 3, "ok")
    assert row["loaded_at"] > before
    assert world.redis_cli("HEXISTS", "mutt:rule_caches", row["alerter"]) == "1"
    world.mutt("cache", "show", "--where", "colour=red", code=2)
    world.mutt("cache", "reload", "--no-such-flag", code=2)


@pytest.mark.covers("remediation show", "remediation run")
def test_a_cycle_runs_now_and_tells_what_it_did(world: World) -> None:
    eventually(lambda: world.stack.redis.exists("mutt:remediation:cycle"), "it has told of its first cycle")
    with world.unchanged():
        world.mutt("remediation", "run", "--dry-run", "-o", "json")
    done = world.mutt("remediation", "run", "-o", "json").json
    assert done["cycle"]["moog_health"] == "healthy"
    assert done["operation"] in world.redis_cli("GET", "mutt:remediation:cycle")
    shown = world.mutt("remediation", "show", "-o", "json").json
    assert (shown["state"], shown["last"]["at"]) == ("ok", done["cycle"]["at"])
    world.redis_cli("HSET", "mutt:holds", "remediation", "1")
    eventually(lambda: world.mutt("remediation", "show", "-o", "json").json["state"] == "warn", "it is paused")
    with world.unchanged():
        assert "paused" in world.mutt("remediation", "run", code=7).err
    world.redis_cli("HDEL", "mutt:holds", "remediation")
    world.mutt("remediation", "show", "--output-version", "9", code=2)


@pytest.mark.covers("moog status", "moog test")
def test_moogsoft_is_asked_step_by_step_without_side_effect_and_gets_one_alert_only_with_send(world: World) -> None:
    posts = received(world)
    with world.unchanged():
        found = world.mutt("moog", "test", "-o", "json").json
        world.mutt("moog", "test", "--send", "--dry-run", "-o", "json")
        other = world.mutt("moog", "test", "--url", "http://127.0.0.1:9/x", "-o", "json", code=5).json
        world.mutt("moog", "test", "--url", "ftp://x", code=2)
    assert [one["step"] for one in found["steps"]] == ["dns", "connect", "answer"]
    assert (found["health"], found["key"], other["steps"][-1]["state"]) == ("healthy", "MOOG_API_KEY", "crit")
    assert other["key"] is None
    assert received(world) == posts
    sent = world.mutt("moog", "test", "--send", "-o", "json").json
    assert sent["status"] == 200
    got = [line for line in received(world) if line not in posts]
    assert len(got) == 1
    assert sent["event_id"] in got[0]
    assert "TEST" in got[0]
    port = world.stack.simulator.port
    assert world.curl("-o", "/dev/null", "-w", "%{http_code}", "-I", f"http://127.0.0.1:{port}/webhook") == "200"
    status = world.mutt("moog", "status", "-o", "json").json
    assert (status["state"], status["breaker"]) == ("ok", "closed")
    assert world.redis_cli("GET", STATE) in {"CLOSED", ""}
    world.mutt("moog", "status", "--output-version", "9", code=2)
