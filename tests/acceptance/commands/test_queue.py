"""`mutt queue`, proved by redis-cli, psql and zcat."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.commands.world import World

OLD = "mutt:dlq:old_events"
ALERTER = "mutt:dlq:alerter"


@pytest.fixture(autouse=True)
def messages(world: World) -> Iterator[None]:
    """Twenty old events of two hosts, pushed by hand."""
    for number in range(20):
        text = json.dumps({"message": f"old {number}", "hostname": f"sw{number % 2}"})
        world.stack.redis.lpush(OLD, text)
    yield
    world.stack.redis.delete(OLD, "mutt:dlq:dead", ALERTER)


@pytest.mark.covers("queue show", "queue peek", "queue wait")
def test_looking_takes_nothing(world: World) -> None:
    with world.unchanged():
        shown = world.mutt("queue", "show", "dlq-old-events", "-o", "json").json
        peeked = world.mutt("queue", "peek", OLD, "-n", "3", "-o", "json").json
        newest = world.mutt("queue", "peek", "dlq-old-events", "--newest", "-n", "1", "-o", "json").json["items"]
        fitting = world.mutt("queue", "peek", "dlq-old-events", "--where", "host=sw1", "-n", "0", "-o", "name").out
        waited = world.mutt("queue", "wait", "dlq-old-events", "--below", "21", "-o", "json").json
    assert (str(shown["depth"]), waited["depth"]) == (world.redis_cli("LLEN", OLD), 20)
    assert peeked["items"][0]["message"] == json.loads(world.redis_cli("LINDEX", OLD, "-1"))
    assert newest[0]["message"] == json.loads(world.redis_cli("LINDEX", OLD, "0"))
    assert len(fitting.splitlines()) == 10
    world.mutt("queue", "show", "ingets", code=3)
    world.mutt("queue", "peek", "dlq-old-events", "--oldest", "--newest", code=2)
    assert "still holds 20" in world.mutt("queue", "wait", "dlq-old-events", "--timeout", "0.3", code=8).err


@pytest.mark.covers("queue move")
def test_messages_move_and_come_back(world: World) -> None:
    move = ("queue", "move", "dlq-old-events", "--to", "dlq-alerter")
    with world.unchanged():
        assert world.mutt(*move, "--all", "--dry-run", "-o", "json").json["meant"] == 20
        assert "does not guess" in world.mutt(*move, code=2).err
        assert "add --yes" in world.mutt(*move, "--all", code=2).err
        world.mutt("queue", "move", "dlq-old-events", "--to", "alert", "--all", "--yes", code=7)
    done = world.mutt(*move, "-n", "5", "--yes", "-o", "json")
    assert [world.redis_cli("LLEN", key) for key in (OLD, ALERTER)] == ["15", "5"]
    assert world.redis_cli("LINDEX", ALERTER, "-1") == '{"message": "old 0", "hostname": "sw0"}'
    operation = world.operation(done)
    told = world.psql(f"SELECT counts->>'messages', result FROM operations WHERE id = '{operation}'")  # noqa: S608
    assert told == "5|done"
    world.mutt("undo", operation)
    assert [world.redis_cli("LLEN", key) for key in (OLD, ALERTER)] == ["20", "0"]


@pytest.mark.covers("queue export", "queue import")
def test_an_export_is_read_by_zcat_and_put_back(world: World, tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl.gz"
    with world.unchanged():
        told = world.mutt("queue", "export", "dlq-old-events", "--out", str(path), "-o", "json").json
        world.mutt("queue", "export", "dlq-old-events", "--out", str(path), code=2)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    assert (told["messages"], lines[1].decode()) == (20, world.redis_cli("LINDEX", OLD, "-1"))
    into = ("queue", "import", "dead", str(path))
    with world.unchanged():
        world.mutt(*into, "--dry-run")
        world.mutt(*into, code=2)
    done = world.mutt(*into, "--yes", "-o", "json")
    assert world.redis_cli("LLEN", "mutt:dlq:dead") == "20"
    world.mutt("undo", world.operation(done), "--yes")
    assert world.redis_cli("LLEN", "mutt:dlq:dead") == "0"
    path.write_bytes(path.read_bytes()[:-20])
    with world.unchanged():
        assert "cannot be used" in world.mutt(*into, "--yes", code=1).err


@pytest.mark.covers("queue purge")
def test_a_purge_wants_the_name_keeps_a_backup_and_is_taken_back(world: World) -> None:
    purge = ("queue", "purge", "dlq-old-events")
    with world.unchanged():
        assert world.mutt(*purge, "--dry-run", "-o", "json").json["meant"] == 20
        assert "--confirm dlq-old-events" in world.mutt(*purge, "--reason", "x", code=2).err
        world.mutt(*purge, "--confirm", "dlq-old", code=2)
        typo = world.mutt(*purge, "--where", "hots!=sw1", "--confirm", "dlq-old-events", "--reason", "x", code=2)
        assert "did you mean host?" in typo.err
        world.mutt("queue", "move", "dlq-old-events", "--to", "dlq-alerter", "--where", "age>soon", "--yes", code=2)
    before = world.redis_cli("LRANGE", OLD, "0", "-1")
    done = world.mutt(*purge, "--where", "host=sw1", "--confirm", "dlq-old-events", "--reason", "INC-1", "-o", "json")
    assert world.redis_cli("LLEN", OLD) == "10"
    operation = world.operation(done)
    stored = world.psql(f"SELECT backup_path, backup_sha256 FROM operations WHERE id = '{operation}'")  # noqa: S608
    assert stored == f"{done.json['backup']}|{done.json['sha256']}"
    world.mutt("undo", operation, "--yes")
    assert sorted(world.redis_cli("LRANGE", OLD, "0", "-1").splitlines()) == sorted(before.splitlines())


@pytest.mark.covers("op resume")
def test_killed_work_is_gone_on_with(world: World) -> None:
    """What a SIGKILL between two slices leaves: an open operation, of which Redis knows the last slice."""
    done = world.mutt("queue", "move", "dlq-old-events", "--to", "dlq-alerter", "-n", "8", "--yes", "-o", "json")
    operation = world.operation(done)
    assert "came to its end" in world.mutt("op", "resume", operation, "--yes", code=7).err
    opened = "SET result = NULL, finished_at = NULL, plan = jsonb_set(plan, '{count}', '12')"
    world.psql(f"UPDATE operations {opened} WHERE id = '{operation}'")
    world.redis_cli("HSET", "mutt:ops", operation, "1")
    with world.unchanged():
        world.mutt("op", "resume", operation, "--dry-run")
        world.mutt("op", "resume", operation, code=2)
    assert world.mutt("op", "resume", operation, "--yes", "-o", "json").json["moved"] == 4
    assert [world.redis_cli("LLEN", key) for key in (OLD, ALERTER)] == ["8", "12"]
    assert world.psql(f"SELECT result FROM operations WHERE id = '{operation}'") == "done"  # noqa: S608


@pytest.mark.covers("queue orphan list", "queue orphan recover")
def test_what_a_dead_worker_held_goes_back(world: World) -> None:
    held = "mutt:processing:alerter:gone-1"
    event = json.dumps({"message": "held by nobody", "hostname": "orphan-host"})
    world.redis_cli("HSET", "mutt:reap:alerter", "quiet", str(10**13))  # no worker is quicker than the operator
    world.redis_cli("LPUSH", held, event)
    rows = world.mutt("queue", "orphan", "list", "-o", "json").json["items"]
    assert [(row["pod"], row["messages"]) for row in rows] == [("gone-1", 1)]
    with world.unchanged():
        world.mutt("queue", "orphans", "list", "--sort", "colour", code=2)
        world.mutt("queue", "orphan", "list", "--where", "colour=red", code=2)
        world.mutt("queue", "orphan", "recover", "--dry-run")
        world.mutt("queue", "orphan", "recover", "gone-1", code=2)
        world.mutt("queue", "orphan", "recover", "nobody", "--yes", code=3)
        assert "is alive" in world.mutt("queue", "orphan", "recover", "pod-1", "--yes", code=7).err
    world.redis_cli("HDEL", "mutt:reap:alerter", "quiet")

    def recovered() -> bool:  # unless a worker was quicker, for which there is another one then
        answer = world.mutt("queue", "orphan", "recover", "gone-1", "--yes", "-o", "json", code=None)
        if answer.code == 0:
            assert answer.json["returned"] == 1
        else:
            world.redis_cli("LPUSH", held, event)
        return answer.code == 0

    eventually(recovered, "it is recovered by hand", 60)
    assert world.redis_cli("EXISTS", held) == "0"
    eventually(
        lambda: world.stack.query("SELECT 1 FROM event_history WHERE hostname = 'orphan-host'"), "it was decided"
    )
