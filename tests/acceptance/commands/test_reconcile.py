"""`mutt reconcile --repair` and `--accept` beside real daemons, proved by redis-cli, psql and what arrives."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.acceptance.commands.world import World
    from tests.servers import PostgresServer

ALERT = "mutt:alert_queue"
HOSTS = itertools.count(1)
"""Each event is of another host, or it would be a repeat of the first."""


@pytest.fixture(scope="module")
def deployment(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """One of its own, whose ledger these tests unbalance; its forwarder stands still until somebody starts it."""
    with running_stack(postgres, openbao) as made:
        made.start("ingestor", "alerter")
        made.daemon("forwarder")
        yield made


def alerts(world: World, number: int) -> list[str]:
    """So many alerts wait for a forwarder; returns their ids, the oldest first."""
    before = world.stack.redis.llen(ALERT)
    ids = [
        world.stack.send({"message": "LINK is down", "hostname": f"sw{next(HOSTS)}"})["event_id"] for _ in range(number)
    ]
    eventually(lambda: world.stack.redis.llen(ALERT) == before + number, "the alerts wait")
    eventually(lambda: stored(world, ids[-1]), "the history knows them")
    return ids


def stored(world: World, event_id: str) -> bool:
    return bool(world.stack.query(f"SELECT 1 FROM event_payloads WHERE event_id = '{event_id}'"))  # noqa: S608


@pytest.mark.covers("reconcile --repair")
def test_alerts_that_were_lost_alert_again_once_and_a_delivered_copy_does_not(world: World) -> None:
    lost, kept = alerts(world, 2)
    world.redis_cli("RPOP", ALERT)
    assert world.mutt("reconcile", "-o", "json", code=1).json["missing"] == [lost]
    with world.unchanged():
        planned = world.mutt("reconcile", "--repair", "--dry-run", "-o", "json", code=1).json["repair"]
        assert (planned["operation"], planned["planned"]["emitted"]) == (None, [lost])
        assert f"sent round again  {lost}" in world.mutt("reconcile", "--repair", "--dry-run", code=1).err
        world.mutt("reconcile", "--dry-run", code=2)
        world.mutt("reconcile", "--repair", "--accept", code=2)
        world.mutt("reconcile", "--repair", "--watch", code=2)
        world.mutt("reconcile", "--repair", "--by", "minute", code=2)
    told = world.mutt("reconcile", "--repair", "--reason", "INC-7", "-o", "json").json
    operation = told["repair"]["operation"]
    assert (told["balanced"], told["repair"]["done"]["emitted"], told["repair"]["left"]) == (True, 1, [])
    # Its own dedupe mark stands: it alerts again all the same.
    eventually(lambda: world.stack.redis.llen(ALERT) == 2, "it is an alert again")
    assert lost in world.redis_cli("LRANGE", ALERT, "0", "-1")
    row = f"SELECT command, impact, reason, result, counts->>'emitted' FROM operations WHERE id = '{operation}'"  # noqa: S608
    assert world.psql(row) == "reconcile|W|INC-7|done|1"
    audited = f"SELECT count(*) FROM audit_logs WHERE correlation_id = '{operation}' OR record_id = '{operation}'"  # noqa: S608
    assert world.psql(audited) == "1"
    copy = world.stack.redis.lindex(ALERT, 0)
    world.stack.daemons["forwarder"].start()
    world.stack.wait_healthy("forwarder")
    eventually(lambda: {lost, kept} <= set(received_ids(world.stack)), "both arrive")
    eventually(lambda: world.mutt("reconcile", code=None).code == 0, "the ledger knows it")
    assert world.stack.daemons["forwarder"].stop() == 0
    world.stack.redis.lpush(ALERT, copy or b"")
    assert world.mutt("reconcile", "-o", "json", code=1).json["remainder"] == -1
    again = world.mutt("reconcile", "--repair", "-o", "json").json["repair"]
    assert (again["done"]["removed"], world.redis_cli("LLEN", ALERT)) == (1, "0")
    assert Path(again["backup"]).is_file()
    assert sorted(one for one in received_ids(world.stack) if one in {lost, kept}) == sorted([lost, kept])
    assert world.mutt("reconcile", "--repair").err == "nothing that can be repaired\n"
    trace = world.mutt("trace", lost, "-o", "json").json
    assert [step for step in trace["steps"] if "ledger_repair" in json.dumps(step)]


@pytest.mark.covers("reconcile --accept")
def test_what_cannot_be_repaired_is_told_accepted_and_opened_again(world: World) -> None:
    (lost,) = alerts(world, 1)
    world.stack.redis.delete(ALERT)
    world.psql(f"DELETE FROM event_payloads WHERE event_id = '{lost}'")  # noqa: S608
    with world.unchanged():
        told = world.mutt("reconcile", "--repair", "-o", "json", code=1).json["repair"]
        assert [(one["why"], one["ids"]) for one in told["left"]] == [("content_gone", [lost])]
        assert "try: mutt reconcile --accept" in world.mutt("reconcile", "--repair", code=1).out
        world.mutt("reconcile", "--accept", code=2)
    done = world.mutt("reconcile", "--accept", "--reason", "INC-8", "-o", "json").json["correction"]
    row = f"SELECT command, reason, originals->'missing'->>0 FROM operations WHERE id = '{done['operation']}'"  # noqa: S608
    assert world.psql(row) == f"reconcile|INC-8|{lost}"
    assert world.redis_cli("HGET", "mutt:ledger", "accounted") == "1"
    with world.unchanged():
        world.mutt("undo", done["operation"], "--dry-run")
    world.mutt("undo", done["operation"])
    assert world.redis_cli("HGET", "mutt:ledger", "accounted") == "0"
    assert world.mutt("reconcile", "-o", "json", code=1).json["missing"] == [lost]
    assert "taken back already" in world.mutt("undo", done["operation"], code=7).err
    world.mutt("op", "resume", done["operation"], code=7)
    world.mutt("reconcile", "--accept", "--reason", "INC-8 after all")


def test_a_repair_is_taken_back_while_no_alerter_takes_the_event(world: World) -> None:
    (lost,) = alerts(world, 1)
    world.redis_cli("RPOP", ALERT)
    assert world.stack.daemons["alerter"].stop() == 0
    operation = world.mutt("reconcile", "--repair", "-o", "json").json["repair"]["operation"]
    assert world.redis_cli("LLEN", "mutt:ingest_queue") == "1"
    world.mutt("undo", operation)
    assert world.redis_cli("LLEN", "mutt:ingest_queue") == "0"
    assert world.mutt("reconcile", "-o", "json", code=1).json["missing"] == [lost]
    assert world.mutt("reconcile", "--repair", "-o", "json").json["repair"]["done"]["emitted"] == 1
    world.stack.daemons["alerter"].start()
    world.stack.wait_healthy("alerter")


def test_after_redis_was_emptied_every_alert_that_the_history_knows_arrives(world: World) -> None:
    lost = alerts(world, 3)
    world.redis_cli("FLUSHALL")
    eventually(
        lambda: set(lost) <= set(world.mutt("reconcile", "-o", "json", code=None).json["missing"]),
        "the ingestor says again what it has accepted",
        60,
    )
    eventually(
        lambda: "arrives twice, with the same Idempotency-Key"
        in world.mutt("reconcile", "--repair", "--dry-run", code=None).err,
        "the search for ids sees no more than are missing", 60,
    )  # fmt: skip
    done = world.mutt("reconcile", "--repair", "-o", "json").json
    assert set(lost) <= set(done["repair"]["planned"]["emitted"])
    assert (done["balanced"], done["forgotten"]) == (True, 0)
    world.stack.daemons["forwarder"].start()
    world.stack.wait_healthy("forwarder")
    eventually(lambda: set(lost) <= set(received_ids(world.stack)), "they arrive")
    assert sorted(one for one in received_ids(world.stack) if one in lost) == sorted(lost)
    eventually(lambda: world.redis_cli("LLEN", ALERT) == "0", "nothing waits")
    assert world.mutt("reconcile", "-o", "json").json["balanced"] is True
    assert world.stack.daemons["forwarder"].stop() == 0
