"""`mutt trace` with and without an id, proved by what curl sent and what redis-cli and psql find."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.commands.test_look import accepted
from tests.stack import API_KEY, eventually

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World

NOW = ("--around", "0s")


def sent(world: World, body: str) -> str:
    """What the ingestor answered to this body."""
    url = f"{world.stack.ingest_url}/ingest"
    return world.curl("-H", f"X-API-Key: {API_KEY}", "-H", "Content-Type: application/json", "-d", body, url)


def identifier(answer: str) -> str:
    return str(json.loads(answer)["event_id"])


def decided(world: World, event_id: str) -> None:
    found = f"SELECT 1 FROM event_history WHERE event_id = '{event_id}'"  # noqa: S608
    eventually(lambda: world.stack.query(found), "the history knows of it")


@pytest.mark.covers("trace")
def test_a_story_names_the_rule_with_those_that_lost_and_where_its_values_came_from(world: World) -> None:
    world.psql("INSERT INTO alert_rules (rule_name, pattern, priority) VALUES ('near-miss', 'UPDOWN', 1)")
    try:
        world.mutt("cache", "reload")
        event_id = accepted(world)
    finally:
        world.psql("DELETE FROM alert_rules WHERE rule_name = 'near-miss'")
    told = world.mutt("trace", event_id, "-o", "json").json["decision"]
    rule, version = world.psql(
        f"SELECT rule_id, rule_version FROM event_history WHERE event_id = '{event_id}' AND stage = 'alerter'"  # noqa: S608
    ).split("|")
    pattern = world.psql(
        f"SELECT definition ->> 'pattern' FROM rule_versions WHERE rule_id = {rule} AND version = {version}"  # noqa: S608
    )
    assert (told["as_of"], str(told["rule"]["rule_id"]), told["rule"]["pattern"]) == ("then", rule, pattern)
    assert ("near-miss", "lower_priority") in [(one["name"], one["why"]) for one in told["lost"]]
    assert (told["team"]["from"], told["environment"]["value"]) == ("default", "prod")
    assert "rule near-miss" not in world.mutt("rule", "list").out, "it is told though it is gone"
    world.mutt("trace", "00000000-0000-7000-8000-000000000000", code=3)


@pytest.mark.covers("trace")
def test_an_event_without_an_id_is_found_and_told_why_no_alert_was_sent(world: World) -> None:
    world.psql("INSERT INTO alert_rules (rule_name, pattern, enabled) VALUES ('asleep', 'tray 7', false)")
    event_id = identifier(sent(world, '{"hostname":"lost-sw7.example.net","message":"fan tray 7 removed"}'))
    try:
        decided(world, event_id)
        told = world.mutt("trace", "--why-not", "lost-sw7", "TRAY 7", *NOW, "-o", "json").json
        shown = world.mutt("trace", "--why-not", "lost-sw7", "tray 7", *NOW).out
    finally:
        world.psql("DELETE FROM alert_rules WHERE rule_name = 'asleep'")
    assert [(one["event_id"], one["state"]) for one in told["found"]] == [(event_id, "unhandled")]
    assert [(one["name"], one["why"]) for one in told["found"][0]["decision"]["nearest"]] == [
        ("asleep", "switched_off")
    ]
    assert f"  try:     mutt trace {event_id}" in shown
    assert "near:    rule" in shown
    world.mutt("trace", "--why-not", "lost-sw7", "tray 7", code=2)
    world.mutt("trace", event_id, "--why-not", "lost-sw7", "tray 7", *NOW, code=2)
    world.mutt("trace", "--around", "10m", code=2)


@pytest.mark.covers("trace")
def test_a_refused_item_and_one_that_never_came_are_told_apart(world: World) -> None:
    answer = json.loads(sent(world, '[{"hostname":"odd-sw8","message":"good"}, "odd-sw8 is no object"]'))
    decided(world, answer["items"][0]["event_id"])
    told = world.mutt("trace", "--why-not", "odd-sw8", "no object", *NOW, "-o", "json").json
    assert [one["reason"] for one in told["quarantined"]] == ["not_an_object"]
    newest = world.redis_cli("LINDEX", "mutt:quarantine:ingest", "0")
    assert "odd-sw8 is no object" in newest
    letter = told["quarantined"][0]["tries"][0].split()[1:]
    assert world.mutt(*letter).code == 0, "what it advises works"
    never = world.mutt("trace", "--why-not", "odd-sw8", "nobody sent this", *NOW, "-o", "json").json
    assert (never["found"], never["quarantined"], never["other_events"]) == ([], [], 1)
    assert never["why"]
    for one in never["tries"]:
        said = world.mutt(*one.split()[1:], code=None)
        assert said.code == 0 or "MUTT-D411" in said.err, "no service of this deployment writes a log file"
    world.mutt("trace", "--why-not", "", "text", *NOW, code=2)


@pytest.mark.covers("trace")
def test_a_repeat_names_its_parent_and_what_became_of_that(world: World) -> None:
    body = '{"hostname":"twin-sw9","message":"%LINK-3-UPDOWN: Gi0/9 changed to down"}'
    parent, repeat = identifier(sent(world, body)), identifier(sent(world, body))
    decided(world, repeat)
    delivered = f"SELECT 1 FROM event_history WHERE event_id = '{parent}' AND outcome = 'delivered'"  # noqa: S608
    eventually(lambda: world.stack.query(delivered), "the first one is delivered")
    found = world.mutt("trace", "--why-not", "twin-sw9", "Gi0/9", *NOW, "-o", "json").json["found"]
    by_id = {one["event_id"]: one for one in found}
    assert (by_id[repeat]["state"], by_id[repeat]["parent"]["event_id"]) == ("deduplicated", parent)
    assert by_id[repeat]["parent"]["outcome"] == "delivered"
    assert by_id[parent]["verdict"].startswith("an alert was sent after all: HTTP 200, delivered at ")
    assert world.psql(f"SELECT parent_id FROM event_history WHERE event_id = '{repeat}'") == parent  # noqa: S608
    world.mutt("trace", "short", code=2)


def test_following_prints_a_record_per_change_and_ends_with_ctrl_c_or_the_event(world: World) -> None:
    forwarder = world.stack.daemons["forwarder"]
    forwarder.stop()
    event_id = identifier(sent(world, '{"hostname":"live-sw1","message":"%LINK-3-UPDOWN: Gi0/2 changed to down"}'))
    command = [sys.executable, "-m", "mutt_cli", "trace", event_id, "-f", "-o", "jsonl"]
    try:
        decided(world, event_id)
        followers = [
            subprocess.Popen(command, env=world.stack.environment, stdout=subprocess.PIPE, text=True, cwd="/")
            for _ in range(2)
        ]
        for one in followers:
            assert one.stdout is not None
            assert select.select([one.stdout], [], [], 20)[0]
        followers[0].send_signal(signal.SIGINT)
        out, _ = followers[0].communicate(timeout=20)
        assert followers[0].returncode == 130
        assert [json.loads(line)["state"] for line in out.splitlines()] == ["waiting"]
    finally:
        forwarder.start()
    out, _ = followers[1].communicate(timeout=40)
    states = [json.loads(line)["state"] for line in out.splitlines()]
    assert (followers[1].returncode, states[0], states[-1]) == (0, "waiting", "delivered")
    world.stack.wait_healthy("forwarder")
