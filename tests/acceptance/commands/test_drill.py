"""A drill on a live deployment: what comes through, what is left of it, and what it says where nothing does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.keys import Keys
from tests import warm_start
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.commands.world import World

KEYS = Keys()
LISTS = (KEYS.ingest_queue, KEYS.alert_queue, KEYS.dlq_moog, KEYS.dlq_alerter, KEYS.dead)


@pytest.fixture(autouse=True)
def no_trace_of_canaries(world: World) -> Iterator[None]:
    """After each test: no label, no canary in any queue, no mark of one, and a ledger that balances."""
    yield
    client = world.stack.redis
    assert client.keys(KEYS.drill("*")) == []
    lying = [*client.zrange(KEYS.retry, 0, -1), *(one for key in LISTS for one in client.lrange(key, 0, -1))]
    assert [one for one in lying if b"mutt-drill" in one] == []
    assert [key for key in client.keys(KEYS.dedupe("*")) if client.hget(key, "id") in canaries(world)] == []
    assert json.loads(world.stack.mutt("reconcile", "-o", "json").stdout)["balanced"] is True


def canaries(world: World) -> set[bytes]:
    found = [one.json for one in world.answers if one.words[0] == "drill" and "json" in one.words and one.out]
    return {one["event_id"].encode() for one in found if one["event_id"]}


def posts(world: World) -> list[dict[str, Any]]:
    """What Moogsoft was sent with TEST for its type."""
    path = world.stack.folder / "received.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [one for one in (json.loads(line)["payload"] for line in lines) if one.get("type") == "TEST"]


def counted(world: World, counter: str) -> int:
    return int(world.redis_cli("HGET", KEYS.ledger, counter) or "0")


@pytest.mark.covers("drill")
def test_a_canary_comes_through_timed_per_stage_and_only_with_send_it_reaches_moogsoft(world: World) -> None:
    with world.unchanged():
        planned = world.mutt("drill", "--dry-run", "-o", "json").json
        world.mutt("drill", "--watch", code=2)
    assert (planned["dry_run"], planned["result"], planned["operation"]) == (True, None, None)
    suppressed, forwarded, before = counted(world, "suppressed"), counted(world, "forwarded"), posts(world)
    found = world.mutt("drill", "-o", "json").json
    assert (found["result"], found["stage"], found["mode"]) == ("ok", "forwarder", "record")
    assert [one["stage"] for one in found["stages"]] == ["ingestor", "alerter", "forwarder"]
    assert all(one["worked_seconds"] is not None for one in found["stages"])
    assert found["would_post"]["description"].startswith("TEST: drill of MUTT by ")
    assert counted(world, "suppressed") == suppressed + 1
    assert posts(world) == before

    sent = world.mutt("drill", "--send", "-o", "json").json
    assert (sent["result"], sent["mode"], sent["would_post"]) == ("ok", "send", None)
    [post] = [one for one in posts(world) if one not in before]
    assert (post["custom_info"]["event_id"], post["signature"]) == (sent["event_id"], "mutt-drill")
    assert counted(world, "forwarded") == forwarded + 1
    assert sent["previous_ok_at"] is not None
    noted = world.redis_cli("HMGET", KEYS.last_drill, "result", "mode", "operation").split()
    assert noted == ["ok", "send", sent["operation"]]
    steps = f"SELECT stage || '/' || outcome FROM event_history WHERE event_id = '{found['event_id']}' ORDER BY stage"  # noqa: S608
    eventually(lambda: len(world.stack.query(steps)) == 2, "the history has the canary's story")
    assert world.psql(steps).split() == ["alerter/alerted", "forwarder/suppressed"]


def test_for_cron_a_good_drill_says_nothing_and_the_journal_has_it_and_nobody_takes_it_back(world: World) -> None:
    told = world.mutt("drill", "-q", "--reason", "every five minutes")
    assert (told.out, told.err) == ("", "")
    [one] = world.mutt("op", "list", "-n", "1", "-o", "json").json["items"]
    assert (one["command"], one["state"], one["reason"]) == ("drill", "done", "every five minutes")
    assert "MUTT-G005" in world.mutt("undo", one["operation"], "--yes", code=7).err


def test_where_the_breaker_is_open_a_canary_is_set_aside_and_taken_out_of_the_dead_letters(world: World) -> None:
    world.mutt("drill")
    world.mutt("breaker", "trip", "--for", "5m")
    try:
        answer = world.mutt("drill", "--send", "-o", "json", code=1)
        assert (answer.json["result"], answer.json["stage"]) == ("set_aside", "forwarder")
        assert "MUTT-D140" in answer.err
        assert "the breaker is open" in answer.err
        assert "mutt breaker show" in answer.err
        assert answer.json["event_id"] not in world.redis_cli("LRANGE", KEYS.dlq_moog, "0", "-1")
        told = world.mutt("drill", "-q", code=1)
        assert (told.out != "", "MUTT-D140" in told.err) == (True, True)
        result, good = world.redis_cli("HMGET", KEYS.last_drill, "result", "ok_at").split()
        assert result == "set_aside"
        assert int(good) < int(world.redis_cli("HGET", KEYS.last_drill, "at"))
        story = world.mutt("trace", answer.json["event_id"], "-o", "json").json
        assert story["state"] == "purged"
        [one] = world.mutt("op", "list", "-n", "1", "-o", "json").json["items"]
        assert one["state"] == "failed"
    finally:
        world.mutt("breaker", "reset")


def test_what_stops_a_stage_is_named_and_the_canary_does_not_go_on_when_that_ends(world: World) -> None:
    hold = json.dumps({"actor": "mk@bastion", "reason": "INC-7 \x1b[31m", "since": 1, "until": 0})
    told = world.stack.log("alerter").count("switched off")
    world.redis_cli("HSET", KEYS.holds, "alerter", hold)
    try:
        eventually(lambda: world.stack.log("alerter").count("switched off") > told, "the alerter obeys")
        answer = world.mutt("drill", "--timeout", "2s", "-o", "json", code=1)
        read = world.mutt("drill", "--timeout", "1s", code=1)
    finally:
        world.redis_cli("HDEL", KEYS.holds, "alerter")
    assert (answer.json["result"], answer.json["stage"]) == ("late", "alerter")
    assert "alerter is held by mk@bastion" in answer.json["obstacles"][0]
    assert "INC-7" in answer.err
    assert answer.json["tries"][0] == "mutt maintenance resume"
    assert "\x1b" not in answer.out + answer.err + read.out + read.err
    assert world.mutt("trace", answer.json["event_id"], "-o", "json").json["state"] == "purged"


def test_a_stopped_intake_takes_no_canary(world: World) -> None:
    world.mutt("ingest", "stop", "--for", "5m", "--yes")
    try:
        answer = world.mutt("drill", "-o", "json", code=1)
    finally:
        world.mutt("ingest", "start")
    assert (answer.json["result"], answer.json["stage"], answer.json["event_id"]) == ("not_taken", "ingestor", None)
    assert "the intake is stopped" in answer.err
    assert "mutt ingest start" in answer.err


def test_a_rate_limit_takes_no_canary(world: World) -> None:
    world.mutt("ratelimit", "set", "ingest", "1/60s")
    try:
        world.mutt("drill", code=None)
        answer = world.mutt("drill", "-o", "json", code=1)
        assert (answer.json["result"], "INGEST_MAX_RATE" in answer.err) == ("not_taken", True)
    finally:
        world.mutt("ratelimit", "set", "ingest", "1000000/60s")


def test_an_event_from_outside_with_a_label_is_an_event_like_any_other(world: World) -> None:
    before = posts(world)
    labelled = {"hostname": "forger-1", "message": "LINK forged, down", "mutt_drill": "0" * 32, "_drill": "0" * 32}
    event_id = world.stack.send(labelled)["event_id"]
    stored = f"SELECT rule_name FROM event_history WHERE event_id = '{event_id}' AND outcome = 'alerted'"  # noqa: S608
    eventually(lambda: world.stack.query(stored) == [("link-down",)], "the rule of operators made its alert")
    delivered = f"SELECT 1 FROM event_history WHERE event_id = '{event_id}' AND outcome = 'delivered'"  # noqa: S608
    eventually(lambda: world.stack.query(delivered), "it was delivered")
    unmatched = world.stack.send({"hostname": "forger-2", "message": "nothing matches this", "mutt_drill": "1" * 32})
    ended = f"SELECT outcome FROM event_history WHERE event_id = '{unmatched['event_id']}'"  # noqa: S608
    eventually(lambda: world.stack.query(ended) == [("unhandled",)], "the other has no alert")
    assert posts(world) == before


def test_an_alert_that_a_hand_labels_without_a_key_is_posted_like_any_other(world: World) -> None:
    pushed = {"hostname": "hand-1", "description": "pushed by hand", "severity": "major", "_drill": "2" * 32}
    world.redis_cli("LPUSH", KEYS.alert_queue, json.dumps(pushed))
    path = world.stack.folder / "received.jsonl"
    eventually(lambda: path.exists() and "pushed by hand" in path.read_text(encoding="utf-8"), "it was posted")
    eventually(lambda: world.stack.redis.exists(KEYS.processing("moog", "pod-1")) == 0, "it is settled")


def test_who_cannot_read_the_ingest_key_is_told_so_and_nothing_is_sent(world: World) -> None:
    accepted = counted(world, "accepted")
    done = warm_start.run(("drill",), world.stack.environment | {"VAULT_TOKEN": "hvs.none"}, b"")
    err = done.stderr.decode()
    assert done.returncode == 4, err
    assert "INGEST_API_KEY" in err
    assert "try" in err
    assert counted(world, "accepted") == accepted


def test_a_forwarder_that_knows_no_drills_is_not_given_what_it_would_post(world: World) -> None:
    client = world.stack.redis
    client.hset(KEYS.workers, "moog:older", "t")
    beat = {"token": "t", "host": "h", "boot_id": "b", "pid": 1, "started_at": "", "version": "0.1"}
    client.set(KEYS.heartbeat("moog", "older"), json.dumps(beat), ex=60)
    try:
        with world.unchanged():
            told = world.mutt("drill", code=7)
    finally:
        client.delete(KEYS.heartbeat("moog", "older"))
        client.hdel(KEYS.workers, "moog:older")
    assert "MUTT-G055" in told.err
    assert "older" in told.err


def test_with_vv_each_call_of_the_command_to_redis_is_told_and_no_value(world: World) -> None:
    told = world.mutt("drill", "-vv")
    assert "ms  SET mutt:drill:" in told.err
    assert "/ingest" in told.err
    assert '"mode"' not in told.err
