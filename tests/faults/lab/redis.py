"""Redis that is away, full, forgetful, or changed by hand."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

from tests import servers
from tests.faults.lab.fault import await_daemons, fault, purged, well
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis

    from tests.stack import Stack

EVERYTHING = (
    "svc.*",
    "queue.*",
    "dlq.*",
    "ledger",
    "journal",
    "breaker.moog",
    "cache.rules",
    "config.sync",
    "redis.*",
    "drill",
)


def _configured(stack: Stack, **values: str) -> Iterator[None]:
    client = stack.redis
    names = {name.replace("_", "-"): value for name, value in values.items()}
    before = {name: str(client.config_get(name)[name]) for name in names}
    for name, value in names.items():
        client.config_set(name, value)
    yield
    for name, value in before.items():
        client.config_set(name, value)


@fault("redis-away", "redis.ping", "critical", *EVERYTHING, "clock.skew", how="advise")
def redis_stands_still(stack: Stack) -> Iterator[None]:
    pid = int(stack.redis.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)
    await_daemons(stack)


@fault("redis-evicts", "redis.safety", "critical", how="advise")
def redis_evicts(stack: Stack) -> Iterator[None]:
    yield from _configured(stack, maxmemory_policy="allkeys-lru")


@fault("redis-forgets", "redis.safety", "critical", how="advise")
def redis_keeps_nothing(stack: Stack) -> Iterator[None]:
    yield from _configured(stack, appendonly="no")
    client = stack.redis
    eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"], "the file is written again")


@fault("redis-disk", "redis.safety", "critical", how="advise")
def redis_may_not_write_its_file_anew(stack: Stack) -> Iterator[None]:
    client = stack.redis
    folder = Path(str(client.config_get("dir")["dir"])) / str(client.config_get("appenddirname")["appenddirname"])
    before = folder.stat().st_mode
    folder.chmod(0o500)
    _write_anew(client, "err")
    yield
    folder.chmod(before)
    _write_anew(client, "ok")


def _write_anew(client: Redis, ends: str) -> None:
    with suppress(ResponseError):  # it may be seen at once that it cannot be
        client.bgrewriteaof()

    def ended() -> bool:
        told = client.info("persistence")
        return not told["aof_rewrite_in_progress"] and told["aof_last_bgrewrite_status"] == ends

    eventually(ended, f"the file is written anew, which ends {ends}")


@fault("redis-replica", "redis.ping", "critical", *EVERYTHING, how="advise")
def redis_follows_another_one(stack: Stack) -> Iterator[None]:
    client = stack.redis
    client.replicaof("127.0.0.1", str(servers.free_port()))
    yield
    client.replicaof("NO", "ONE")
    await_daemons(stack)


@fault("redis-full", "redis.memory", "critical", how="advise")
def redis_is_nearly_full(stack: Stack) -> Iterator[None]:
    used = int(stack.redis.info("memory")["used_memory"])
    yield from _configured(stack, maxmemory=str(int(used * 1.05)))


@fault("redis-full", "redis.memory", "critical")
def redis_is_full_of_what_was_refused(stack: Stack) -> Iterator[None]:
    """Too few to be a pile of letters: mended by taking them out, into a file."""
    client = stack.redis
    client.rpush("mutt:quarantine:ingest", *(json.dumps({"message": "x" * (1 << 20)}) for _ in range(64)))
    most = int(int(client.info("memory")["used_memory"]) / 0.95)
    steps = _configured(stack, maxmemory=str(most))
    next(steps)
    yield
    purged(stack, "quarantine")
    eventually(lambda: int(client.info("memory")["used_memory"]) < most * 0.7, "there is room")
    well(stack, "redis.memory")
    yield from steps


@fault("setting-refused:moog_timeout", "config.sync", "warning")
def a_setting_that_nobody_can_use_was_written_by_hand(stack: Stack) -> Iterator[None]:
    stack.redis.set("mutt:config:moog_timeout", "soon")
    stack.redis.publish("mutt:config:updates", "moog_timeout")
    yield
    _unset(stack, "moog_timeout")


def _unset(stack: Stack, name: str) -> None:
    done = stack.mutt("config", "unset", name, "--reason", "lab")
    assert done.returncode == 0, done.stderr


@fault("ledger-missing", "ledger", "critical")
def an_event_was_taken_out_by_hand(stack: Stack) -> Iterator[None]:
    stack.redis.hincrby("mutt:ledger", "accepted", 1)
    yield
    _accepted(stack)


@fault("ledger-extra", "ledger", "warning")
def an_event_is_there_that_nobody_counted_in(stack: Stack) -> Iterator[None]:
    stack.redis.hincrby("mutt:ledger", "accepted", -1)
    yield
    _accepted(stack)


def _accepted(stack: Stack) -> None:
    done = stack.mutt("reconcile", "--accept", "--reason", "lab")
    assert done.returncode == 0, done.stderr
