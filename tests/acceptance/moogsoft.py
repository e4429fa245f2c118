"""Words for tests of the way out: faults to send, what the simulator took and when, what dead letters tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mutt_cli.core.moment import unix_ms
from mutt_cli.keys import Keys
from tests import plain_http

if TYPE_CHECKING:
    from tests.stack import Stack

KEYS = Keys()
LINK_DOWN = "%LINK-3-UPDOWN: Gi0/1 changed to down"


def send(stack: Stack, first: int, number: int) -> list[str]:
    """Send `number` faults of as many hosts, the first of which is core-sw`first`; their event ids."""
    answer = stack.send(*({"source": f"core-sw{n}", "message": LINK_DOWN} for n in range(first, first + number)))
    return [item["event_id"] for item in answer["items"]] if number > 1 else [answer["event_id"]]


def breaker(stack: Stack) -> str:
    """The state of the shared breaker."""
    value = stack.redis.get(KEYS.breaker("state"))
    return value.decode() if isinstance(value, bytes) else "CLOSED"


def counts(stack: Stack) -> dict[str, int]:
    """The simulator's own counts: posts, refused, duplicates."""
    found: dict[str, int] = plain_http.get(f"http://127.0.0.1:{stack.simulator.port}/counts").json()
    return found


def letters(stack: Stack) -> list[dict[str, Any]]:
    """The stories of the dead letters of the forwarders with their event ids, oldest first."""
    found = [json.loads(element) for element in reversed(stack.redis.lrange(KEYS.dlq_moog, 0, -1))]
    return [letter["_delivery"] | {"event_id": letter["event_id"]} for letter in found]


def received_ms(stack: Stack) -> list[int]:
    """When the simulator took each post, Unix ms, in the order in which it took them."""
    return [unix_ms(post["at"]) or 0 for post in posts(stack)]


def posts(stack: Stack) -> list[dict[str, Any]]:
    """What the simulator has recorded in its file, in order."""
    file = stack.folder / "received.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
