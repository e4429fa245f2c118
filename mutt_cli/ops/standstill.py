"""Whether the daemons of a deployment are stopped, and whether anything has happened since a moment."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from mutt_cli.adapters import dynamic_store, ledger, queue_reading, restore_tables
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import pipeline
from mutt_cli.core.pipeline import WORKER_STAGES
from mutt_cli.errors import RefusedError
from mutt_cli.ops import inventory

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mutt_cli.ops.backends import Backends


def require(backends: Backends) -> None:
    """Raises RefusedError MUTT-G051 while a daemon is alive, by its signs of life in Redis or by its session."""
    refuse(living(backends))


def refuse(alive: Sequence[str]) -> None:
    """Raises RefusedError MUTT-G051 if these are any."""
    if alive:
        raise RefusedError(
            f"daemons are alive: {', '.join(alive)}", code="MUTT-G051",
            why="they hold messages and counts that would go into what is put back; one that was killed looks alive"
            " for up to 30 s",
            tries=("systemctl stop 'mutt-*'", "mutt down, then mutt up --servers", "mutt status --services"),
        )  # fmt: skip


def living(backends: Backends) -> list[str]:
    """Daemons that are alive, each once: `alerter on db1`, `mutt-historian in the data base`."""
    client, keys = backends.redis(), backends.keys
    readers = [f"{one.service} on {one.host}" for one in dynamic_store.readers(client, keys)]
    workers = queue_reading.workers(client, keys, ledger.workers(client, keys))
    beating = [
        f"{WORKER_STAGES[one.role].name} on {one.heartbeat.host or one.pod}"
        for one in workers
        if one.heartbeat is not None
    ]
    known = sorted({*readers, *beating})
    services = {one.partition(" ")[0] for one in known}
    sessions = inventory.asked(backends, restore_tables.daemons)
    return known + [f"{one} in the data base" for one in sessions if one.removeprefix("mutt-") not in services]


def marks(backends: Backends, parts: Collection[str]) -> dict[str, Any]:
    """What is different as soon as an event was accepted, moved or decided, or a setting or rule changed."""
    found: dict[str, Any] = {}
    if "redis" in parts:
        found["redis"] = _redis(backends)
    if "db" in parts:
        found["db"] = inventory.asked(backends, restore_tables.marks)
    return found


def _redis(backends: Backends) -> str:
    client, keys = backends.redis(), backends.keys
    by_name = {queue.name: queue for queue in pipeline.QUEUES}
    flow = pipeline.in_flow_order(sorted(ledger.workers(client, keys)))
    queues = (*flow, by_name[pipeline.DEAD], by_name[pipeline.QUARANTINE])
    depths = queue_reading.depths(client, keys, queues)
    with failures_named():
        counted = sorted(client.hgetall(keys.ledger).items())
        told = int(client.xlen(keys.journal))
    chosen = sorted(dynamic_store.read(client, keys).chosen.items())
    seen = [list(zip((one.name for one in queues), depths, strict=True)), counted, told, chosen]
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()
