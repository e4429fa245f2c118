"""Whether the daemons of a deployment are stopped, and whether anything has happened since a moment."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import backup_redis, dynamic_store, keyspace, ledger, queue_reading, restore_tables
from mutt_cli.core.pipeline import WORKER_STAGES
from mutt_cli.errors import RefusedError
from mutt_cli.keys import expiring_patterns
from mutt_cli.ops import inventory

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mutt_cli.ops.backends import Backends


_SMALL: Final = 1000
"""Fields of a hash, or bytes of a string, that are compared one by one."""


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
            tries=("systemctl stop 'mutt-*'", "mutt down && mutt up --detach --servers", "mutt status --services"),
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


def require_still(backends: Backends, parts: Collection[str], then: Mapping[str, Any]) -> None:
    """Raises RefusedError MUTT-G006 if something has happened since these marks were taken."""
    now = marks(backends, parts)
    if any(now[part] != then.get(part) for part in parts):
        raise RefusedError(
            "something has happened since what is there was kept", code="MUTT-G006",
            why="it would be lost: nothing was replaced", tries=("mutt op list --since 1h", "call it again"),
        )  # fmt: skip


def marks(backends: Backends, parts: Collection[str]) -> dict[str, Any]:
    """What is different as soon as an event was accepted, moved or decided, or a setting or rule changed."""
    found: dict[str, Any] = {}
    if "redis" in parts:
        found["redis"] = _redis(backends)
    if "db" in parts:
        found["db"] = inventory.asked(backends, restore_tables.marks)
    return found


def _redis(backends: Backends) -> str:
    """Of every key that is state: its name, its type, how long it is, and what stands in it if it is small.

    What ends by itself is left out, and who works: neither is something that happened.
    """
    client, keys = backends.redis(), backends.keys
    passing = expiring_patterns(keys)
    names = [
        name
        for name in sorted(backup_redis.lasting(client, keys, frozenset((keys.workers.encode(),))))
        if not any(fnmatchcase(name.decode("utf-8", "backslashreplace"), one) for one in passing)
    ]
    kinds = keyspace.types_of(client, names) if names else []
    lengths = keyspace.lengths_of(client, names, kinds) if names else []
    found = list(zip(names, kinds, lengths, strict=True))
    small = [name for name, kind, length in found if kind in {"hash", "string"} and (length or 0) <= _SMALL]
    digest = hashlib.sha256(repr(found).encode())
    for name, _, elements in backup_redis.at_once(client, small):
        digest.update(repr((name, sorted(map(repr, elements)))).encode())
    return digest.hexdigest()
