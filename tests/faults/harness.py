"""The fault harness: events in at a steady rate while processes die, then a drain, then the accounts by ids.

The oracle knows only what the sender was answered 200 for and what the simulator recorded. Everything the sender got
a 200 for must be at the simulator, or visibly in a queue; duplicates at the simulator are bounded by the faults made.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from mutt_cli.core.dead_letter import message_id
from mutt_cli.keys import Keys
from tests.stack import API_KEY, Stack, eventually, received_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis import Redis

    from tests.stack import Daemon

KEYS = Keys()
SHORT = {
    "HEARTBEAT_EXPIRY": "2",
    "HEARTBEAT_INTERVAL": "1",
    "MOOG_TIMEOUT": "1",
    "RETRY_INITIAL_DELAY": "0.1",
    "RETRY_MAX_DELAY": "1",
    "RETRY_MAX_ATTEMPTS": "50",
    "CIRCUIT_BREAKER_ENABLED": "false",
    "DEDUPE_WINDOW": "0",  # a dedupe mark would hide a second alert for the same event
}
"""Settings of every fault test: a lease of 2 s, quick retries."""


@dataclass
class Sender:
    """Posts small batches of distinct alerts-to-be until stopped; remembers what was answered 200."""

    stack: Stack
    batch: int = 10
    pause_s: float = 0.05
    accepted: list[str] = field(default_factory=list)
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(30)

    def _run(self) -> None:
        number = 0
        with httpx.Client(timeout=5, headers={"X-API-Key": API_KEY}) as client:
            while not self._stop.wait(self.pause_s):
                events = [
                    {"hostname": f"sw{n % 7}", "message": f"LINK {n} down"} for n in range(number, number + self.batch)
                ]
                number += self.batch
                try:
                    answer = client.post(f"{self.stack.ingest_url}/ingest", json=events)
                except httpx.HTTPError:
                    self.refused += 1
                    continue
                if answer.status_code == 200:
                    self.accepted += [item["event_id"] for item in answer.json()["items"]]
                else:
                    self.refused += 1


@dataclass
class Accounts:
    """Where every accepted id is, by the simulator's file and by what Redis lists hold."""

    delivered: Counter[str]
    held: dict[str, list[str]]
    accepted: frozenset[str]

    @property
    def lost(self) -> set[str]:
        """Accepted, not delivered, and in no list."""
        return set(self.accepted) - set(self.delivered) - {one for ids in self.held.values() for one in ids}

    @property
    def duplicates(self) -> int:
        """Posts beyond the first one of each id."""
        return sum(self.delivered.values()) - len(self.delivered)

    @property
    def stranded(self) -> dict[str, list[str]]:
        """What is in a queue or in a worker's hands after the drain, or was buried without a fault of its own."""
        return {name: ids for name, ids in self.held.items() if ids and name not in {KEYS.dlq_moog, KEYS.dlq_alerter}}

    @property
    def everything_held(self) -> dict[str, list[str]]:
        """What is in any list or set, dead-letter queues included: where remediation runs, nothing may stay."""
        return {name: ids for name, ids in self.held.items() if ids}

    def summary(self) -> dict[str, Any]:
        return {
            "accepted": len(self.accepted), "delivered": len(self.delivered), "duplicates": self.duplicates,
            "lost": len(self.lost), "held": {name: len(ids) for name, ids in self.held.items() if ids},
        }  # fmt: skip


def accounts(stack: Stack, sender: Sender) -> Accounts:
    """Take stock."""
    client = stack.redis
    held: dict[str, list[str]] = {}
    names = [KEYS.ingest_queue, KEYS.alert_queue, KEYS.dlq_moog, KEYS.dlq_alerter, KEYS.dead]
    names += [key.decode() for key in client.scan_iter(match="mutt:processing:*")]
    for name in names:
        held[name] = [_id(element) for element in client.lrange(name, 0, -1)]
    waiting: list[bytes] = [bytes(m) for m in client.zrange(KEYS.retry, 0, -1) if isinstance(m, bytes)]
    held[KEYS.retry] = [_id(member.partition(b"|")[2]) for member in waiting]
    return Accounts(Counter(received_ids(stack)), held, frozenset(sender.accepted))


def _id(element: bytes | str) -> str:
    try:
        return str(json.loads(element)["event_id"])
    except (ValueError, KeyError, TypeError):
        return message_id(element if isinstance(element, bytes) else element.encode())


def drained(stack: Stack) -> bool:
    """Nothing waits and nothing is in hand, all as of one moment: what is given back goes from hand to queue."""
    client = stack.redis
    hands = list(client.scan_iter(match="mutt:processing:*"))
    together = client.pipeline(transaction=True)
    together.zcard(KEYS.retry)
    for key in (KEYS.ingest_queue, KEYS.alert_queue, *hands):
        together.llen(key)
    return not any(together.execute())


def all_drained(stack: Stack) -> bool:
    """Nothing waits, is in hand, or is set aside for remediation."""
    return drained(stack) and not stack.redis.llen(KEYS.dlq_moog) + stack.redis.llen(KEYS.dlq_alerter)


@dataclass
class Chaos:
    """Kills and pauses of random daemons, from a seed; a victim is started again at once."""

    stack: Stack
    victims: Sequence[Daemon]
    seed: int
    kills: int = 0
    pauses: int = 0
    forwarder_faults: int = 0
    """Kills and pauses of forwarders: only these may repeat a post."""

    def run(self, seconds: float, *, every_s: float, pause_s: float, pause_share: float) -> None:
        """Break something about each `every_s` seconds."""
        chance = random.Random(self.seed)  # noqa: S311 - a reproducible fault plan
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(every_s * chance.uniform(0.5, 1.5))
            victim = chance.choice(list(self.victims))
            self.forwarder_faults += victim.name == "forwarder"
            if chance.random() < pause_share:
                self._pause(victim, pause_s)
            else:
                victim.kill()
                victim.start()
                self.kills += 1

    def _pause(self, victim: Daemon, seconds: float) -> None:
        victim.pause()
        time.sleep(seconds)
        victim.wake()
        self.pauses += 1


def holds(client: Redis, processing: str) -> bool:
    """Whether a stopped worker has work in hand, also after all that it had sent.

    The first answer may come before Redis has read what the worker wrote just before it was stopped: a finish on its
    way would empty the list after we looked. By the second, Redis has been around its connections.
    """
    return bool(client.llen(processing)) and bool(client.llen(processing))


def pause_with_work_in_hand(
    stack: Stack, victim: Daemon, processing: str, seconds: float, *, wake: bool = True
) -> bool:
    """Stop `victim` at an instant at which it holds work, for `seconds`; False if there was no such instant."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        victim.pause()
        if holds(stack.redis, processing):
            time.sleep(seconds)
            if wake:
                victim.wake()
            return True
        victim.wake()
        time.sleep(0.002)
    return False


def drain(stack: Stack, seconds: float = 60.0) -> None:
    """Wait until the pipeline is empty."""
    eventually(lambda: drained(stack), "the pipeline is drained", seconds)
