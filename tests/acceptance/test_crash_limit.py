"""ALERTER_MAX_RETRIES in a real alerter: at which crash an event is dead, for its own list and for a dead peer's."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from mutt_cli.keys import Keys
from tests.stack import Stack, eventually, running_stack

if TYPE_CHECKING:
    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

KEYS = Keys()


def left_behind(stack: Stack, pod: str, message: str, crashes: int) -> bytes:
    """What a worker that died with one event in hand leaves, when others had died with it before."""
    element = json.dumps({"hostname": pod, "message": message}).encode()
    stack.redis.lpush(KEYS.processing("alerter", pod), element)
    if crashes:
        stack.redis.hset(KEYS.crash("alerter"), hashlib.sha1(element).hexdigest(), crashes)  # noqa: S324 - as Redis does
    return element


def test_an_event_is_dead_at_the_crash_that_the_setting_names_and_not_before(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    settings = {"ALERTER_MAX_RETRIES": "2", "HEARTBEAT_EXPIRY": "2", "HEARTBEAT_INTERVAL": "1", "MOOG_TIMEOUT": "1"}
    with running_stack(postgres, openbao, **settings) as stack:
        dead = {
            left_behind(stack, "pod-1", "its own list, second crash", 1),
            left_behind(stack, "gone", "of a peer, second crash", 1),
        }
        left_behind(stack, "pod-1", "LINK down, first crash", 0)
        stack.start("alerter")
        eventually(lambda: stack.redis.llen(KEYS.dead) == 2, "both second crashes are the last", 30)
        letters = [json.loads(one) for one in stack.redis.lrange(KEYS.dead, 0, -1)]
        assert {letter["raw"].encode() for letter in letters} == dead
        assert {letter["_delivery"]["crashes"] for letter in letters} == {2}
        eventually(lambda: stack.redis.llen(KEYS.alert_queue) == 1, "the first crash is none, the event is decided")
