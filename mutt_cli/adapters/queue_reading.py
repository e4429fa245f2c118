"""Queues and workers as they are now: depths, oldest elements, heartbeats. One round trip each, nothing is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mutt_cli.adapters.lease import Heartbeat
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.delivery_limit import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.keys import Keys, Role
    from mutt_cli.settings import Moog


@dataclass(frozen=True)
class Worker:
    """One worker name. `heartbeat` is None if nobody holds the lease: it stopped, or it died."""

    role: Role
    pod: str
    heartbeat: Heartbeat | None
    in_hand: int
    lease_left_s: float | None = None
    """Until the lease ends unless it is renewed; None without one."""


def depths(client: Client, keys: Keys, queues: Sequence[Queue]) -> list[int]:
    """The number of messages in each queue."""
    pipeline = client.pipeline(transaction=False)
    for queue in queues:
        _ = pipeline.zcard(queue.key(keys)) if queue.kind == "zset" else pipeline.llen(queue.key(keys))
    with failures_named():
        return [int(length) for length in pipeline.execute()]


def oldest(client: Client, keys: Keys, queues: Sequence[Queue]) -> list[bytes | None]:
    """The element that leaves each queue next (of the retry set the one due first), None if it is empty."""
    pipeline = client.pipeline(transaction=False)
    for queue in queues:
        key = queue.key(keys)
        _ = pipeline.zrange(key, 0, 0) if queue.kind == "zset" else pipeline.lrange(key, -1, -1)
    with failures_named():
        answers = pipeline.execute()
    return [
        (found[0].partition(b"|")[2] if queue.kind == "zset" else found[0]) if found else None
        for queue, found in zip(queues, answers, strict=True)
    ]


def workers(client: Client, keys: Keys, names: Iterable[tuple[Role, str]]) -> list[Worker]:
    """The state of these workers, in order."""
    known = sorted(names)
    pipeline = client.pipeline(transaction=False)
    for role, pod in known:
        pipeline.get(keys.heartbeat(role, pod))
        pipeline.llen(keys.processing(role, pod))
        pipeline.pttl(keys.heartbeat(role, pod))
    with failures_named():
        answers = pipeline.execute()
    return [
        Worker(role, pod, _heartbeat(beat), int(length), left / 1000 if left > 0 else None)
        for (role, pod), beat, length, left in zip(known, answers[::3], answers[1::3], answers[2::3], strict=True)
    ]


def _heartbeat(value: bytes | None) -> Heartbeat | None:
    if value is None:
        return None
    try:
        return msgspec.json.decode(value, type=Heartbeat)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return Heartbeat("", "", "", 0, "", "", status="unreadable")


def delivery_limit(client: Client, keys: Keys, moog: Moog) -> Limit | None:
    """The limit of deliveries now, counted as a claim counts it; None if it is switched off."""
    if not moog.rate_limit_enabled:
        return None
    now = now_ms(client)
    with failures_named():
        used = int(client.zcount(keys.rate_limit_moog, f"({now - moog.rate_limit_window * 1000}", now))
    return Limit(used, moog.rate_limit_max_requests, moog.rate_limit_window)


def remediation_runs(client: Client, keys: Keys) -> bool:
    """Whether a remediation holds its lease."""
    with failures_named():
        return bool(client.exists(keys.remediation_lease))


def now_ms(client: Client) -> int:
    """The clock of the queues: Redis time in Unix milliseconds."""
    with failures_named():
        seconds, micros = client.time()
    return int(seconds) * 1000 + int(micros) // 1000
