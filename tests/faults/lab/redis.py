"""Redis that is away, full, forgetful, or changed by hand."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tests.faults.lab.fault import fault
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    for name in stack.daemons:
        if stack.daemons[name].alive and "-" not in name:
            stack.wait_healthy(name)


@fault("redis-evicts", "redis.safety", "critical", how="advise")
def redis_evicts(stack: Stack) -> Iterator[None]:
    yield from _configured(stack, maxmemory_policy="allkeys-lru")


@fault("redis-forgets", "redis.safety", "critical", how="advise")
def redis_keeps_nothing(stack: Stack) -> Iterator[None]:
    yield from _configured(stack, appendonly="no")
    client = stack.redis
    eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"], "the file is written again")


@fault("redis-full", "redis.memory", "critical", how="advise")
def redis_is_nearly_full(stack: Stack) -> Iterator[None]:
    used = int(stack.redis.info("memory")["used_memory"])
    yield from _configured(stack, maxmemory=str(int(used * 1.05)))


@fault("setting-refused:moog_timeout", "config.sync", "warning")
def a_setting_that_nobody_can_use_was_written_by_hand(stack: Stack) -> Iterator[None]:
    stack.redis.set("mutt:config:moog_timeout", "soon")
    stack.redis.publish("mutt:config:updates", "moog_timeout")
    yield
    stack.redis.delete("mutt:config:moog_timeout")
    stack.redis.publish("mutt:config:updates", "moog_timeout")


@fault("ledger-missing", "ledger", "critical")
def an_event_was_taken_out_by_hand(stack: Stack) -> Iterator[None]:
    stack.redis.hincrby("mutt:ledger", "accepted", 1)
    yield
    stack.redis.hincrby("mutt:ledger", "accepted", -1)
