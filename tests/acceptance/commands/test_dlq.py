"""`mutt dlq`, proved by redis-cli, psql and what arrives at Moogsoft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.daemons.behaviour import Behaviour
from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.commands.world import World
    from tests.servers import PostgresServer

MOOG = "mutt:dlq:moog"
ALERTER = "mutt:dlq:alerter"


def letter(number: int, reason: str = "http_400", error: str = "HTTP 400: severity: required", **more: Any) -> str:
    """A refused alert that carries its id and its place in the ledger, as a forwarder files it."""
    return json.dumps(
        {
            "event_id": f"01a22000-0000-7000-8000-{number:012d}", "correlation_id": f"corr-{number:08d}",
            "received_at": "2026-11-28T01:00:00.000Z", "_source": "api", "hostname": f"sw{number % 2}",
            "message": f"alert {number}", **more,
            "_delivery": {"reason": reason, "error": error, "attempts": 1, "origin": "mutt:alert_queue",
                          "last_failed_at": "2026-11-28T01:00:00.000Z"},
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def deployment(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """One of its own: what is pushed and deleted by hand here stays in its ledger."""
    with running_stack(postgres, openbao, REMEDIATION_INTERVAL="3600") as made:
        made.start("ingestor", "alerter", "forwarder", "remediation", "webui")
        yield made


@pytest.fixture(autouse=True)
def letters(world: World) -> Iterator[None]:
    """Six refused alerts; remediation is stopped meanwhile, so that it does not send them first."""
    world.stack.redis.hset("mutt:remediation:paused", mapping={"dlq-moog": "x", "dlq-alerter": "x"})
    for number in range(6):
        world.stack.redis.lpush(MOOG, letter(number))
    yield
    world.stack.redis.delete(MOOG, ALERTER, "mutt:remediation:paused", "mutt:dlq:dead", "mutt:quarantine:ingest")


def identifier(world: World, place: int) -> str:
    """The payload hash of the letter at this place from the end where letters leave."""
    return payload_hash(world.redis_cli("LINDEX", MOOG, str(-1 - place)).encode())


@pytest.mark.covers("dlq list", "dlq show", "dlq fix")
def test_looking_at_dead_letters_changes_nothing(world: World) -> None:
    first = identifier(world, 0)
    with world.unchanged():
        rows = world.mutt("dlq", "list", "dlq-moog", "-o", "json").json["items"]
        hosts = world.mutt("dlq", "list", "--by", "host", "--where", "reason=http_400", "-o", "json").json["items"]
        shown = world.mutt("dlq", "show", first[:9], "-o", "json").json
        fixed = world.mutt("dlq", "fix", first, "corr-00000001", "--set", "team=NOC", "-o", "json").json
        assert "http_400" in world.mutt("dlq", "inspect").out
        assert "severity" in world.mutt("dlq", "inspect", first[:8]).out
        assert world.mutt("dlq", "list", "dlq-old-events", "-o", "json").json["items"] == []
        world.mutt("dlq", "list", "ingest", code=2)
        world.mutt("dlq", "show", "0000000", code=3)
        world.mutt("dlq", "fix", first, "--set", "event_id=1", code=2)
    assert {row["payload_hash"] for row in rows} >= {first}
    assert len(rows) == int(world.redis_cli("LLEN", MOOG))
    assert sorted((row["host"], row["messages"]) for row in hosts) == [("sw0", 3), ("sw1", 3)]
    assert shown["faults"][0]["kind"] == "refused_field"
    assert '+  "severity": "warning"' in [line.rstrip(",") for line in shown["diff"]]
    assert (fixed["count"], fixed["dry_run"]) == (2, True)
    assert any("NOC" in line for line in fixed["letters"][0]["diff"])


@pytest.mark.covers("dlq replay")
def test_a_repaired_letter_arrives_and_one_that_waits_is_taken_back(world: World) -> None:
    first = identifier(world, 0)
    with world.unchanged():
        world.mutt("dlq", "replay", first, "--fix", "--dry-run")
        assert "does not guess" in world.mutt("dlq", "replay", code=2).err
        world.mutt("dlq", "replay", "0000000", code=3)
        world.mutt("dlq", "replay", first, "--fix", code=2)
    done = world.mutt("dlq", "replay", first[:10], "--fix", "--yes", "-o", "json")
    assert done.json["moved"] == 1
    eventually(lambda: "01a22000-0000-7000-8000-000000000000" in received_ids(world.stack), "the alert arrives")
    payload = next(
        json.loads(line)["payload"]
        for line in Path(world.stack.folder / "received.jsonl").read_text().splitlines()
        if "8000-000000000000" in line
    )
    assert payload["custom_info"]["severity"] == "warning"
    assert world.redis_cli("LLEN", MOOG) == "5"
    told = world.psql(f"SELECT command, counts->>'messages' FROM operations WHERE id = '{world.operation(done)}'")  # noqa: S608
    assert told == "dlq replay|1"
    world.mutt("undo", world.operation(done), code=7)


def test_a_batch_whose_canary_fails_stops_and_is_taken_back(world: World) -> None:
    world.stack.simulator.behave(Behaviour(status=400))
    try:
        words = ("dlq", "replay", "dlq-moog", "--all", "--canary", "1", "--yes", "-o", "json")
        done = world.mutt(*words, code=6)
    finally:
        world.stack.simulator.behave(Behaviour())
    assert "the canary failed: 1 of 1" in done.json["stopped"]
    assert done.json["moved"] == 1
    assert world.redis_cli("LLEN", MOOG) == "6"


@pytest.mark.covers("dlq pause", "dlq resume")
def test_remediation_stops_in_a_queue_and_goes_on(world: World) -> None:
    world.redis_cli("DEL", "mutt:remediation:paused")
    with world.unchanged():
        world.mutt("dlq", "pause", "--dry-run")
        world.mutt("dlq", "pause", "dead", code=2)
        world.mutt("dlq", "resume", "dead", code=2)
    done = world.mutt("dlq", "pause", "dlq-moog", "--for", "1h", "--reason", "INC-1", "-o", "json")
    assert '"reason":"INC-1"' in world.redis_cli("HGET", "mutt:remediation:paused", "dlq-moog")
    assert done.json["queues"][0]["paused"] is True
    world.mutt("dlq", "resume", "-o", "json")
    assert world.redis_cli("EXISTS", "mutt:remediation:paused") == "0"
    again = world.mutt("dlq", "pause", "dlq-alerter", "-o", "json")
    world.mutt("undo", world.operation(again))
    assert world.redis_cli("HEXISTS", "mutt:remediation:paused", "dlq-alerter") == "0"


def test_a_pause_that_somebody_ended_or_replaced_is_not_taken_back(world: World) -> None:
    world.redis_cli("DEL", "mutt:remediation:paused")
    first = world.operation(world.mutt("dlq", "pause", "dlq-moog", "--for", "1h", "--reason", "INC-1", "-o", "json"))
    second = world.operation(world.mutt("dlq", "pause", "dlq-moog", "--reason", "INC-2", "-o", "json"))
    with world.unchanged():
        world.mutt("undo", first, code=7)
        world.mutt("dlq", "pause", "dlq-moog", "--for", "1m", code=7)
    world.mutt("undo", second, "--yes")
    assert '"reason":"INC-1"' in world.redis_cli("HGET", "mutt:remediation:paused", "dlq-moog")
    world.mutt("dlq", "resume", "dlq-moog")
    with world.unchanged():
        world.mutt("undo", first, code=7)


@pytest.mark.covers("dlq export", "dlq import", "dlq purge")
def test_letters_go_to_a_file_are_removed_and_come_back(world: World, tmp_path: Path) -> None:
    path = tmp_path / "moog.jsonl.gz"
    world.mutt("dlq", "export", "dlq-moog", "--out", str(path), "-o", "json")
    with world.unchanged():
        world.mutt("dlq", "export", "dlq-moog", "--out", str(path), code=2)
        world.mutt("dlq", "purge", "dlq-moog", "--dry-run")
        world.mutt("dlq", "purge", "dlq-moog", code=2)
        world.mutt("dlq", "import", "dlq-moog", str(tmp_path / "none"), code=1)
    world.mutt("dlq", "purge", "dlq-moog", "--confirm", "dlq-moog", "-o", "json")
    assert world.redis_cli("LLEN", MOOG) == "0"
    world.mutt("dlq", "import", "dlq-moog", str(path), "--yes", "-o", "json")
    assert world.redis_cli("LLEN", MOOG) == "6"
    assert "severity: required" in world.redis_cli("LINDEX", MOOG, "0")


def test_what_was_refused_at_the_door_is_accepted_once_it_is_repaired(world: World) -> None:

    def remainder() -> int:
        """Letters made by hand are in no ledger: what matters is that this changes nothing."""
        return int(world.mutt("reconcile", "-o", "json", code=None).json["remainder"])

    before = remainder()
    refused = {
        "raw": '{"message":"LINK down","hostname":"q1",}', "received_at": "2026-11-28T01:00:00.000Z", "_source": "api",
        "_delivery": {"reason": "json", "error": "trailing comma", "origin": "ingest", "wrapped": True},
    }  # fmt: skip
    world.stack.redis.lpush("mutt:quarantine:ingest", json.dumps(refused))
    world.mutt("dlq", "replay", "quarantine", "--all", "--yes", "-o", "json", code=1)
    done = world.mutt("dlq", "replay", "quarantine", "--fix", "--yes", "-o", "json")
    assert done.json["by_target"] == {"ingest": 1}
    eventually(lambda: world.stack.query("SELECT 1 FROM event_history WHERE hostname = 'q1'"), "it was decided")
    assert remainder() == before
