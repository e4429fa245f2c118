"""What a Redis says of itself: INFO, CONFIG, its clients, its slow log, and how long it takes to answer.

Redis and Valkey name things alike but for versions; a role may be denied CONFIG, CLIENT or SLOWLOG, which is an
answer here (None) and no failure.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters import clock
from mutt_cli.adapters.redis_client import RedisRefusedError, failures_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.redis_client import Client


@dataclass(frozen=True)
class Connected:
    """One connection as CLIENT LIST has it. `name` is empty if it gave none; ages in seconds."""

    name: str
    address: str
    user: str
    db: int
    age_s: int
    idle_s: int
    blocked: bool
    subscribed: bool


@dataclass(frozen=True)
class Slow:
    """One entry of the slow log. `words` are the command and its arguments, cut by the server."""

    at_s: int
    duration_us: int
    words: tuple[bytes, ...]
    address: str
    name: str


def info(client: Client) -> Mapping[str, Any]:
    """Everything INFO says by default. Raises as `failures_named`."""
    with failures_named():
        return {_text(name): value for name, value in client.info().items()}


def config(client: Client, *names: str) -> dict[str, str] | None:
    """These settings of the server; None if this role may not read them, or a service hides them."""
    try:
        with failures_named():
            found = client.config_get(*names)
    except RedisRefusedError:
        return None
    return {_text(name): _text(value) for name, value in found.items()}


def clients(client: Client) -> list[Connected]:
    """Every connection, ours included. Raises RedisRefusedError if this role may not list them."""
    with failures_named():
        rows = client.client_list()
    return [_connected(row) for row in rows]


def _connected(row: Mapping[str, Any]) -> Connected:
    return Connected(
        name=str(row.get("name", "")),
        address=str(row.get("addr", "")),
        user=str(row.get("user", "")),
        db=int(row.get("db", 0)),
        age_s=int(row.get("age", 0)),
        idle_s=int(row.get("idle", 0)),
        blocked="b" in str(row.get("flags", "")),
        subscribed=int(row.get("sub", 0)) + int(row.get("psub", 0)) > 0,
    )


def slowlog(client: Client, most: int) -> list[Slow]:
    """The newest entries. Raises RedisRefusedError if this role may not read them."""
    with failures_named():
        rows = client.execute_command("SLOWLOG", "GET", most)  # type: ignore[no-untyped-call]
    return [_slow(row) for row in rows]


def _slow(row: Any) -> Slow:
    _, at, duration, words, *who = row
    address, name = [*(_text(one) for one in who), "", ""][:2]
    return Slow(int(at), int(duration), tuple(bytes(word) for word in words), address, name)


def round_trips(client: Client, count: int, seconds: float) -> list[float]:
    """How long so many PINGs took, as `clock.round_trips` tells it. Raises MuttError."""
    with failures_named():
        return clock.round_trips(client.ping, count, seconds)


def core_share(client: Client, seconds: float) -> float | None:
    """The share of one core that the server's main thread uses, watched for so long; None if it does not say."""
    first = _used_cpu(client)
    time.sleep(seconds)
    last = _used_cpu(client)
    if first is None or last is None:
        return None
    return max(0.0, (last[1] - first[1]) / max(last[0] - first[0], 1e-6))


def _used_cpu(client: Client) -> tuple[float, float] | None:
    with failures_named():
        found = client.info("cpu")
    now = time.perf_counter()
    parts = [found.get(f"used_cpu_{kind}_main_thread", found.get(f"used_cpu_{kind}")) for kind in ("sys", "user")]
    return None if None in parts else (now, sum(float(one) for one in parts if one is not None))


def _text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
