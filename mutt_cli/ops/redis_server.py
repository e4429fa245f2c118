"""Redis as a server, looked at by an operator: what it does, what it holds, who is connected, what is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import redis_facts, scripts
from mutt_cli.core import redis_judgement
from mutt_cli.core.checks import Check
from mutt_cli.core.redis_judgement import Load, Memory
from mutt_cli.errors import MuttError
from mutt_cli.ops import redis_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.adapters.redis_facts import Connected, Slow
    from mutt_cli.core.checks import State
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.redis_keys import Share

SHARE_BUDGET_S: Final = 1.0
"""How long keys are counted for `info` and `memory`; beyond that the rest is estimated."""
CPU_WATCH_S: Final = 0.5
PINGS: Final = 100
PING_BUDGET_S: Final = 2.0
SLOW_ENTRIES: Final = 50
OURS: Final = "mutt"
"""How names of MUTT's own connections begin."""


@dataclass(frozen=True)
class ServerInfo:
    """`mutt redis info`: facts as INFO has them, MUTT's share, and the judgement."""

    facts: Mapping[str, Any]
    share: Share
    core_share: float | None
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class MemoryUse:
    """`mutt redis memory`."""

    memory: Memory
    share: Share
    largest: tuple[tuple[str, int], ...]
    """MUTT's queues and records, the largest first: name of the key and bytes."""
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class ClientGroup:
    """Connections of one name."""

    name: str
    ours: bool
    connections: int
    blocked: int
    subscribed: int
    longest_idle_s: int
    addresses: tuple[str, ...]
    """Hosts, without ports."""
    users: tuple[str, ...]


@dataclass(frozen=True)
class Clients:
    """`mutt redis clients`. `groups` is empty if this role may not list clients; the checks say so."""

    connected: int
    maxclients: int | None
    groups: tuple[ClientGroup, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Latency:
    """`mutt redis latency`: round trips from here, in seconds."""

    samples: tuple[float, ...]
    check: Check


@dataclass(frozen=True)
class SlowCommand:
    """One slow command, without anything that may be payload: its words, the key, how many arguments."""

    at_s: int
    duration_us: int
    command: str
    script: str
    """Name of MUTT's script, if it is one."""
    key: str
    arguments: int
    address: str
    name: str
    state: State


@dataclass(frozen=True)
class Slowlog:
    """`mutt redis slowlog`: the newest first."""

    slower_than_us: int | None
    commands: tuple[SlowCommand, ...]
    checks: tuple[Check, ...]


def info(backends: Backends) -> ServerInfo:
    """What the server says of itself, its main thread's CPU, and how many of the keys are MUTT's."""
    client = backends.redis()
    core_share = redis_facts.core_share(client, CPU_WATCH_S)
    facts = redis_facts.info(client)
    share = redis_keys.share(client, backends.keys, SHARE_BUDGET_S, weigh=False)
    load = Load(
        role=str(facts.get("role", "master")),
        link_up=facts.get("master_link_status", "up") == "up",
        loading=bool(int(facts.get("loading", 0))),
        core_share=core_share,
        evicted=int(facts.get("evicted_keys", 0)),
        rejected_connections=int(facts.get("rejected_connections", 0)),
    )
    return ServerInfo(facts, share, core_share, redis_judgement.judge_load(load))


def memory(backends: Backends) -> MemoryUse:
    """Memory and persistence, judged; MUTT's share weighed key by key, or estimated if there are too many."""
    client, keys = backends.redis(), backends.keys
    found = memory_of(client)
    share = redis_keys.share(client, keys, SHARE_BUDGET_S, weigh=True)
    largest = redis_keys.own(client, keys)
    return MemoryUse(found, share, tuple(largest), redis_judgement.judge_memory(found))


def memory_of(client: Client) -> Memory:
    """The figures that `judge_memory` wants."""
    facts, fsync = redis_facts.info(client), redis_facts.config(client, "appendfsync")
    append_ok = {facts.get(name, "ok") for name in ("aof_last_write_status", "aof_last_bgrewrite_status")} == {"ok"}
    host = int(facts.get("total_system_memory", 0))
    return Memory(
        used=int(facts["used_memory"]),
        peak=int(facts.get("used_memory_peak", 0)),
        resident=int(facts.get("used_memory_rss", 0)),
        maxmemory=int(facts.get("maxmemory", 0)),
        host=host or None,
        policy=str(facts.get("maxmemory_policy", "noeviction")),
        fragmentation=float(facts.get("mem_fragmentation_ratio", 0.0)),
        allocator=str(facts.get("mem_allocator", "")),
        append_only=bool(int(facts.get("aof_enabled", 0))),
        append_ok=append_ok,
        append_fsync=fsync.get("appendfsync") if fsync else None,
    )


def clients(backends: Backends) -> Clients:
    """Connections by name, MUTT's apart from others."""
    client = backends.redis()
    facts = redis_facts.info(client)
    limit = redis_facts.config(client, "maxclients")
    most = int(facts.get("maxclients", 0)) or (int(limit["maxclients"]) if limit else None)
    hidden: tuple[Check, ...] = ()
    try:
        groups = _grouped(redis_facts.clients(client))
    except MuttError as error:
        if error.code != "MUTT-R103":
            raise
        groups, hidden = (), (_hidden("clients", error, "client|list"),)
    connected = int(facts.get("connected_clients", 0))
    blocked = sum(group.blocked for group in groups if group.ours)
    rejected = int(facts.get("rejected_connections", 0))
    return Clients(
        connected, most, groups, (*redis_judgement.judge_clients(connected, most, rejected, blocked), *hidden)
    )


def _grouped(connected: Iterable[Connected]) -> tuple[ClientGroup, ...]:
    by_name: dict[str, list[Connected]] = {}
    for one in connected:
        by_name.setdefault(one.name, []).append(one)
    groups = [
        ClientGroup(
            name=name,
            ours=is_ours(name),
            connections=len(those),
            blocked=sum(one.blocked for one in those),
            subscribed=sum(one.subscribed for one in those),
            longest_idle_s=max(one.idle_s for one in those),
            addresses=tuple(sorted({_host(one.address) for one in those})),
            users=tuple(sorted({one.user for one in those})),
        )
        for name, those in by_name.items()
    ]
    return tuple(sorted(groups, key=lambda one: (not one.ours, -one.connections, one.name)))


def _host(address: str) -> str:
    """The address without its port; of a unix socket its path."""
    host = address.rpartition(":")[0].removeprefix("[").removesuffix("]")
    return host.rpartition(":")[0] if host.startswith("/") and ":" in host else host


def is_ours(name: str) -> bool:
    """Whether a connection's name is one of MUTT's: `mutt`, `mutt-alerter` ..."""
    return name == OURS or name.startswith(f"{OURS}-")


def latency(backends: Backends) -> Latency:
    """A hundred round trips, or as many as two seconds hold."""
    samples = redis_facts.round_trips(backends.redis(), PINGS, PING_BUDGET_S)
    return Latency(tuple(samples), redis_judgement.judge_latency(samples))


def slowlog(backends: Backends) -> Slowlog:
    """The newest slow commands with who sent them; arguments are counted, never shown: they may be payload."""
    client = backends.redis()
    limit = redis_facts.config(client, "slowlog-log-slower-than")
    threshold = int(limit["slowlog-log-slower-than"]) if limit else None
    try:
        kept = redis_facts.slowlog(client, SLOW_ENTRIES)
    except MuttError as error:
        if error.code != "MUTT-R103":
            raise
        return Slowlog(threshold, (), (_hidden("slow_commands", error, "slowlog|get"),))
    names = _script_names()
    commands = tuple(_slow_command(one, backends.keys.every_pattern.removesuffix("*"), names) for one in kept)
    walking = [one.name or one.address for one in commands if one.command == "KEYS"]
    durations = [one.duration_us for one in commands]
    return Slowlog(threshold, commands, redis_judgement.judge_slowlog(threshold, durations, walking))


def _slow_command(one: Slow, prefix: str, scripts_by_digest: Mapping[str, str]) -> SlowCommand:
    words = [word.decode("utf-8", "backslashreplace") for word in one.words]
    command = words[0].upper() if words else ""
    rest = words[1:]
    if command in _CONTAINERS and rest:
        command, rest = f"{command} {rest[0].upper()}", rest[1:]
    slow = one.duration_us >= redis_judgement.SLOW_US or command == "KEYS"
    return SlowCommand(
        at_s=one.at_s,
        duration_us=one.duration_us,
        command=command,
        script=scripts_by_digest.get(rest[0].lower(), "") if command in {"EVALSHA", "EVALSHA_RO"} and rest else "",
        key=next((word for word in rest if word.startswith(prefix)), ""),
        arguments=len(rest),
        address=_host(one.address),
        name=one.name,
        state="warn" if slow else "ok",
    )


_CONTAINERS: Final = frozenset((
    "CONFIG", "CLIENT", "MEMORY", "SLOWLOG", "XINFO", "XGROUP", "OBJECT", "DEBUG", "SCRIPT", "FUNCTION", "LATENCY",
    "ACL", "CLUSTER", "COMMAND", "PUBSUB", "MODULE",
))  # fmt: skip


def _script_names() -> dict[str, str]:
    return {scripts.digest(name): name for name in scripts.names()}


def _hidden(name: str, error: MuttError, command: str) -> Check:
    return Check(name, "unkn", note=f"not visible: {error.message}", tries=(redis_judgement.allow(command),))
