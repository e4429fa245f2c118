"""`mutt redis`, proved by redis-cli."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mutt_cli.keys import Keys
from tests.stack import eventually

if TYPE_CHECKING:
    from tests.acceptance.commands.world import Answer, World

KEYS = Keys()
OLD_KIND = {
    "correlation_id": "c", "correlation_ids": ["c"], "count": 3, "first_seen": "2020-01-01T00:00:00.000Z",
    "last_seen": "2020-01-01T00:00:00.000Z", "hostname": "core-sw9", "message": "strange", "triggered": "",
}  # fmt: skip


def info(world: World, field: str) -> str:
    """A field of INFO as redis-cli prints it."""
    lines = dict(line.strip().split(":", 1) for line in world.redis_cli("INFO").splitlines() if ":" in line)
    return lines[field]


def refused_for_lack_of_redis(world: World, *words: str) -> None:
    """The command says that Redis is away, where it is."""
    kept = world.stack.environment
    world.stack.environment = {**kept, "REDIS_SOCKET": str(world.stack.folder / "absent.sock")}
    try:
        world.mutt(*words, code=5)
    finally:
        world.stack.environment = kept


@pytest.mark.covers("redis info", "redis memory")
def test_the_server_is_told_as_redis_cli_tells_it(world: World) -> None:
    told = world.mutt("redis", "info", "-o", "json").json
    assert told["server_version"] == info(world, "valkey_version")
    assert told["mutt_keys"] == told["keys"] >= 10
    memory = world.mutt("redis", "memory", "-o", "json").json
    assert memory["policy"] == world.redis_cli("CONFIG", "GET", "maxmemory-policy").split()[-1]
    assert abs(memory["used_bytes"] - int(info(world, "used_memory"))) < 10_000_000
    refused_for_lack_of_redis(world, "redis", "info")
    refused_for_lack_of_redis(world, "redis", "memory")


@pytest.mark.covers("redis clients", "redis latency")
def test_daemons_are_known_by_their_names(world: World) -> None:
    told = world.mutt("redis", "clients", "-o", "json").json
    named = {one["name"] for one in told["items"] if one["owner"] == "mutt"}
    assert named == {"mutt", "mutt-ingestor", "mutt-alerter", "mutt-forwarder", "mutt-remediation", "mutt-webui"}
    listed = world.redis_cli("CLIENT", "LIST")
    assert all(f"name={name}" in listed for name in named - {"mutt"})
    measured = world.mutt("redis", "latency", "-o", "json").json
    assert measured["samples"] >= 1
    assert "PONG" in world.redis_cli("PING")
    refused_for_lack_of_redis(world, "redis", "clients")
    refused_for_lack_of_redis(world, "redis", "latency")


@pytest.mark.covers("redis slowlog")
def test_slow_commands_are_those_of_the_slow_log(world: World) -> None:
    kept = world.redis_cli("CONFIG", "GET", "slowlog-log-slower-than").split()[-1]

    def logged() -> Answer | None:
        """What is told of a log that has everything for a moment, unless so much else came that this fell out of it."""
        world.redis_cli("CONFIG", "SET", "slowlog-log-slower-than", "0")
        world.redis_cli("ECHO", "payload")
        world.redis_cli("CONFIG", "SET", "slowlog-log-slower-than", kept)
        told = world.mutt("redis", "slowlog", "-o", "json")
        return told if "ECHO" in {one["command"] for one in told.json["items"]} else None

    answer: Answer = eventually(logged, "the command is told")
    assert "payload" not in answer.out
    assert "payload" in world.redis_cli("SLOWLOG", "GET", "50")
    refused_for_lack_of_redis(world, "redis", "slowlog")


@pytest.mark.covers("redis bigkeys", "redis nottl")
def test_large_keys_and_keys_without_an_end_are_found(world: World) -> None:
    stuck = KEYS.dedupe("stuck")
    world.redis_cli("SET", stuck, "x")
    world.redis_cli("SETRANGE", "somebody:large", str(4 << 20), "y")  # more than the frames of a screen may be
    try:
        first = world.mutt("redis", "bigkeys", "-o", "json").json["items"][0]
        assert (first["key"], first["owner"]) == ("somebody:large", "other")
        assert first["size_bytes"] == int(world.redis_cli("MEMORY", "USAGE", "somebody:large"))
        assert [one["key"] for one in world.mutt("redis", "nottl", "-o", "json").json["items"]] == [stuck]
        assert world.redis_cli("TTL", stuck) == "-1"
    finally:
        world.redis_cli("DEL", stuck, "somebody:large")
    world.mutt("redis", "bigkeys", "--budget", "soon", code=2)
    world.mutt("redis", "nottl", "--budget", "soon", code=2)


@pytest.mark.covers("redis clean")
def test_old_counts_are_removed_and_put_back(world: World) -> None:
    key = KEYS.unhandled("core-sw9", "0" * 16)
    world.redis_cli("SET", key, json.dumps(OLD_KIND), "EX", "3600")
    with world.unchanged():
        world.mutt("redis", "clean", "unhandled", "--older-than", "7d", "--dry-run")
        world.mutt("redis", "clean", "unhandled", "--older-than", "7d", code=2)
    done = world.mutt("redis", "clean", "unhandled", "--older-than", "7d", "--yes", "-o", "json")
    assert done.json["removed"] == 1
    assert world.redis_cli("EXISTS", key) == "0"
    world.mutt("undo", world.operation(done))
    assert json.loads(world.redis_cli("GET", key)) == OLD_KIND
    world.redis_cli("DEL", key)
    world.redis_cli("ZREM", KEYS.unhandled_index, key)
