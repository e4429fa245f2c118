"""`mutt event`, proved by what redis-cli and psql find."""

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


@pytest.mark.covers("event search", "event show")
def test_an_event_is_found_by_what_is_recorded_of_it_and_shown_with_its_payload(world: World) -> None:
    identifier = accepted(world)
    host, correlation = world.psql(
        f"SELECT DISTINCT hostname, correlation_id FROM event_history WHERE event_id = '{identifier}'"  # noqa: S608
    ).split("|")
    rows = world.mutt("event", "search", "--where", f"host={host}", "-o", "json").json["items"]
    assert [(row["event_id"], row["outcome"], row["stored"]) for row in rows] == [(identifier, "delivered", True)]
    assert rows[0]["message"] == "%LINK-3-UPDOWN: Gi0/1 changed to down"
    words = ("event", "search", "--since", "10m", "--where", "message~UPDOWN", "--where", f"hostname={host}")
    assert world.mutt(*words, "-o", "name").out == f"{identifier}\n"
    assert world.mutt("event", "search", "--since", "9d", "--until", "8d", "-o", "json").json["items"] == []
    world.mutt("event", "search", "--where", "colour=red", code=2)
    shown = world.mutt("event", "show", correlation, "-o", "json").json
    count = world.psql(f"SELECT count(*) FROM event_history WHERE event_id = '{identifier}'")  # noqa: S608
    assert (shown["event_id"], len(shown["steps"])) == (identifier, int(count))
    assert json.loads(shown["payload"])["hostname"] == host
    world.mutt("event", "show", "00000000-0000-7000-8000-000000000000", code=3)


@pytest.mark.covers("event unhandled")
def test_what_no_rule_matched_is_listed_with_its_count_and_the_time_left(world: World) -> None:
    url, event = f"{world.stack.ingest_url}/ingest", '{"source":"odd-1","message":"nobody knows 17"}'
    for _ in range(3):
        world.curl("-H", f"X-API-Key: {API_KEY}", "-H", "Content-Type: application/json", "-d", event, url)

    def counted() -> bool:
        rows = world.mutt("event", "unhandled", "--where", "hostname=odd-1", "-o", "json").json["items"]
        return bool(rows) and rows[0]["count"] == 3

    eventually(counted, "three are counted")
    row = world.mutt("event", "unhandled", "--where", "hostname=odd-1", "-o", "json").json["items"][0]
    key = f"mutt:unhandled:{row['pattern']}"
    assert json.loads(world.redis_cli("GET", key))["count"] == 3
    assert abs(int(world.redis_cli("TTL", key)) - row["left_seconds"]) < 60
    assert world.mutt("event", "unhandled", "--until", "1h", "-o", "json").json["items"] == []
    world.mutt("event", "unhandled", "--since", "whenever", code=2)


@pytest.mark.covers("event tail")
def test_the_live_feed_shows_records_as_they_are_made_and_says_what_it_left_out(world: World) -> None:
    told = world.mutt("event", "tail", "-o", "json").json
    assert {"shown", "records_left_out", "entries_left_out"} <= set(told)
    world.mutt("event", "tail", "-f", "-o", "json", code=2)
    command = [sys.executable, "-m", "mutt_cli", "event", "tail", "-f", "-o", "jsonl"]
    feed = subprocess.Popen(
        command, env=world.stack.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
    )
    sent: list[str] = []
    try:
        assert feed.stdout is not None

        def seen() -> bool:
            sent.append(accepted(world))
            return bool(select_line(feed))

        eventually(seen, "a record is shown")
    finally:
        feed.send_signal(signal.SIGINT)
        out, err = feed.communicate(timeout=20)
    records = [json.loads(line) for line in out.splitlines() if line]
    assert {record["event_id"] for record in records} <= set(sent)
    assert f"{len(records)} records shown; left out: 0 records and " in err
    assert records
    assert feed.returncode == 130
    assert int(world.redis_cli("XLEN", "mutt:journal")) >= 0


def select_line(feed: subprocess.Popen[str]) -> bool:
    """Whether the feed has printed something."""
    assert feed.stdout is not None
    return bool(select.select([feed.stdout], [], [], 0)[0])
