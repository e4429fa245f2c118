"""What is right and wrong about a Redis that holds queues. Thresholds are the guides', where they name one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.checks import Check, above

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORY_WARN, MEMORY_CRIT = 0.80, 0.90
"""Share of maxmemory in use (ux.md 7.3, redis.memory)."""
FRAGMENTATION_HEALTHY, FRAGMENTATION_HIGH = 1.5, 2.0
"""mem_fragmentation_ratio: 1.0 to 1.5 is healthy, above 2.0 is high (TG:1041)."""
FRAGMENTATION_LEAST_BYTES: Final = 64 << 20
"""Below that the ratio says nothing: the server's own pages outweigh the data (runbook action TRB-114)."""
HOST_SHARE: Final = 0.75
"""Of the memory of Redis's host; what is left is for the copies that pages of a fork become while it is written to."""
LATENCY_WARN_S, LATENCY_CRIT_S = 0.010, 0.100
"""A round trip: above 10 ms is high (TG:1026; ux.md 7.3, redis.ping)."""
SLOW_US: Final = 10_000
"""What the slow log should keep: commands of 10 ms and more (TG:1064)."""
CLIENTS_WARN, CLIENTS_CRIT = 0.80, 0.95
"""Share of maxclients, as for connections to PostgreSQL (ux.md 7.3, db.connections)."""
CORE_WARN, CORE_CRIT = 0.80, 0.95
"""Share of one core that the main thread uses: Redis works in one thread (SO:898, high CPU is above 80 %)."""
GIB, MIB = 1 << 30, 1 << 20


@dataclass(frozen=True)
class Memory:
    """What INFO says of memory and persistence; None where this server does not say it, or hides it."""

    used: int
    peak: int
    resident: int
    maxmemory: int
    """0 = no limit."""
    host: int | None
    """Memory of the host that Redis runs on."""
    policy: str
    fragmentation: float
    allocator: str
    append_only: bool
    append_ok: bool
    """Whether the last write and the last rewrite of the append-only file went well."""
    append_fsync: str | None


@dataclass(frozen=True)
class Load:
    """What INFO says of a server's work, and what was measured of its main thread."""

    role: str
    link_up: bool
    """Of a replica to its primary; True for a primary."""
    loading: bool
    core_share: float | None
    """Of one core that the main thread used while it was watched; None if the server does not say."""
    evicted: int
    rejected_connections: int


def judge_memory(memory: Memory) -> tuple[Check, ...]:
    """Memory, policy, persistence and fragmentation, each with the line that mends it."""
    return (_used(memory), _limit(memory), _policy(memory.policy), _persistence(memory), _fragmentation(memory))


def _used(memory: Memory) -> Check:
    if not memory.maxmemory:
        return Check("used", "ok", memory.used, "bytes", note="there is no maxmemory to compare it with")
    share = memory.used / memory.maxmemory
    state = above(share, MEMORY_WARN, MEMORY_CRIT)
    limit = f"warn {MEMORY_WARN:.0%}, crit {MEMORY_CRIT:.0%} of maxmemory"
    note = f"{share:.0%} of maxmemory"
    return Check("used", state, memory.used, "bytes", limit, note, more_memory(memory) if state != "ok" else ())


def _limit(memory: Memory) -> Check:
    limit = f"at most {HOST_SHARE:.0%} of the memory of Redis's host"
    if not memory.maxmemory:  # ux.md 7.3: ok, with a note
        note = "no limit: when memory runs out, the kernel ends Redis instead of Redis refusing writes"
        tries = (f"redis-cli CONFIG SET maxmemory {size_word(_fitting(memory.host))}", _REWRITE) if memory.host else ()
        return Check("maxmemory", "ok", 0, "bytes", limit, note, tries)
    if memory.host is None:
        return Check("maxmemory", "ok", memory.maxmemory, "bytes", note="the memory of its host is not known")
    fits = memory.maxmemory <= memory.host * HOST_SHARE
    note = f"{memory.maxmemory / memory.host:.0%} of the host's memory"
    return Check("maxmemory", "ok" if fits else "warn", memory.maxmemory, "bytes", limit, note)


def more_memory(memory: Memory) -> tuple[str, ...]:
    """The lines that give Redis more memory without a restart, or why it should not get more (SO:1930, TG:1003)."""
    if memory.policy != "noeviction":
        return ("first: redis-cli CONFIG SET maxmemory-policy noeviction",)
    wanted = memory.maxmemory * 2
    if memory.host is not None and wanted > memory.host * HOST_SHARE:
        wanted = _fitting(memory.host)
    if wanted <= memory.maxmemory:
        return ("mutt queue list", "the host has no memory left to give: make room, or move Redis to a larger one")
    return (
        "mutt queue list", "mutt redis bigkeys", f"redis-cli CONFIG SET maxmemory {size_word(wanted)}", _REWRITE,
        *(() if memory.append_only else ("do not restart Redis: nothing is on disk",)),
    )  # fmt: skip


def _fitting(host: int) -> int:
    return int(host * HOST_SHARE) // MIB * MIB


def size_word(size: int) -> str:
    """Bytes as redis.conf reads them: `8gb`, `512mb`; whole units, rounded down."""
    return f"{size // GIB}gb" if size % GIB == 0 else f"{size // MIB}mb"


def _policy(policy: str) -> Check:
    if policy == "noeviction":
        return Check("policy", "ok", policy, limit="noeviction")
    note = "when memory is full Redis throws away whole queues, leases or marks (C-46)"
    tries = ("redis-cli CONFIG SET maxmemory-policy noeviction", _REWRITE)
    return Check("policy", "crit", policy, limit="noeviction", note=note, tries=tries)


def _persistence(memory: Memory) -> Check:
    tries: tuple[str, ...]
    if not memory.append_only:
        note = "a restart of Redis loses every queue (C-47)"
        tries = ("redis-cli CONFIG SET appendonly yes", _REWRITE, "redis-cli INFO persistence")
        return Check("append_only", "crit", value=False, limit="on", note=note, tries=tries)
    if not memory.append_ok:
        note = "the last write or rewrite of the append-only file failed: look at the disk"
        tries = ("redis-cli INFO persistence", "df -h (on Redis's host)")
        return Check("append_only", "crit", value=True, limit="on, and written", note=note, tries=tries)
    fsync = memory.append_fsync
    if fsync == "no":
        note = "appendfsync no: the system decides when the disk has it, up to half a minute later"
        tries = ("redis-cli CONFIG SET appendfsync everysec", _REWRITE)
        return Check("append_only", "warn", value=True, limit="everysec or always", note=note, tries=tries)
    note = f"appendfsync {fsync}" if fsync else "appendfsync is not visible: this role may not use CONFIG GET"
    return Check("append_only", "ok", value=True, limit="on", note=note)


def _fragmentation(memory: Memory) -> Check:
    ratio = memory.fragmentation
    limit = f"1.0 to {FRAGMENTATION_HEALTHY} healthy, above {FRAGMENTATION_HIGH} high"
    if memory.used < FRAGMENTATION_LEAST_BYTES:
        return Check("fragmentation", "ok", ratio, "count", limit, "too little data for the ratio to say anything")
    if ratio < 1.0:
        note = "less memory is resident than used: part of Redis is swapped out"
        return Check("fragmentation", "warn", ratio, "count", limit, note, ("free -h (on Redis's host)",))
    state = above(ratio, FRAGMENTATION_HEALTHY, FRAGMENTATION_HIGH)
    return Check("fragmentation", state, ratio, "count", limit, "", _defragment(memory) if state != "ok" else ())


def _defragment(memory: Memory) -> tuple[str, ...]:
    """In place of a restart. Only builds with Redis's own jemalloc defragment; others refuse the setting."""
    if not memory.allocator.startswith("jemalloc"):
        return (f"this build uses {memory.allocator}, which cannot be defragmented while it runs",)
    return (
        "redis-cli MEMORY PURGE",
        "redis-cli CONFIG SET activedefrag yes (some builds refuse it, and nothing happens then)", _REWRITE,
    )  # fmt: skip


def judge_load(load: Load) -> tuple[Check, ...]:
    """The server's role, its one core, and what it refused."""
    checks = [_role(load)]
    if load.loading:
        checks.append(Check("loading", "crit", value=True, note="it reads its file and answers nothing else yet"))
    if load.core_share is not None:
        state = above(load.core_share, CORE_WARN, CORE_CRIT)
        note = "more cores do not help: Redis works in one thread" if state != "ok" else ""
        limit = f"warn {CORE_WARN:.0%}, crit {CORE_CRIT:.0%} of one core"
        tries = ("mutt redis slowlog", "mutt redis clients") if state != "ok" else ()
        checks.append(Check("cpu", state, load.core_share, "share", limit, note, tries))
    state, note = ("crit", "keys were thrown away because memory was full") if load.evicted else ("ok", "")
    tries = ("mutt redis memory", "mutt reconcile") if load.evicted else ()
    checks.append(Check("evicted_keys", state, load.evicted, "count", "0", note, tries))
    return tuple(checks)


def _role(load: Load) -> Check:
    if load.role == "master":
        return Check("role", "ok", "primary")
    broken = "" if load.link_up else ", and its link to the primary is down"
    note = f"this is a replica, which takes no writes{broken}"
    tries = ("check REDIS_HOST, or set REDIS_SENTINELS",)
    return Check("role", "crit", "replica", limit="primary", note=note, tries=tries)


def judge_clients(connected: int, most: int | None, rejected: int, blocked_of_mutt: int) -> tuple[Check, ...]:
    """Connections against maxclients, and MUTT's that wait: no worker of this release blocks."""
    checks = []
    if most:
        share = connected / most
        state = above(share, CLIENTS_WARN, CLIENTS_CRIT)
        limit = f"warn {CLIENTS_WARN:.0%}, crit {CLIENTS_CRIT:.0%} of maxclients {most}"
        checks.append(Check("connected", state, connected, "count", limit, f"{share:.0%} of maxclients"))
    else:
        note = "maxclients is not visible: this role may not use CONFIG GET"
        checks.append(Check("connected", "unkn", connected, "count", note=note, tries=(allow("config|get"),)))
    note = "since the server started; maxclients was reached" if rejected else "since the server started"
    checks.append(Check("rejected", "warn" if rejected else "ok", rejected, "count", "0", note))
    note = "MUTT's workers look instead of waiting: these are of an older release" if blocked_of_mutt else ""
    checks.append(Check("blocked_of_mutt", "warn" if blocked_of_mutt else "ok", blocked_of_mutt, "count", "0", note))
    return tuple(checks)


def judge_latency(samples: Sequence[float]) -> Check:
    """The median of round trips, in seconds; needs at least one."""
    middle = percentile(samples, 0.5)
    state = above(middle, LATENCY_WARN_S, LATENCY_CRIT_S)
    limit = f"warn {LATENCY_WARN_S * 1000:g} ms, crit {LATENCY_CRIT_S * 1000:g} ms"
    tries = ("mutt redis slowlog", "mutt redis info", "mutt redis memory") if state != "ok" else ()
    return Check("round_trip", state, middle, "seconds", limit, "the median, measured from this host", tries)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that is not below `share` of all."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def judge_slowlog(slower_than_us: int | None, kept: Sequence[int], keys_used_by: Sequence[str]) -> tuple[Check, ...]:
    """What the log keeps (`kept`, µs each) and whether anybody walks the whole keyspace."""
    return (_slowlog_threshold(slower_than_us), _slow_commands(kept), _keys_command(keys_used_by))


def _slowlog_threshold(slower_than_us: int | None) -> Check:
    if slower_than_us is None:
        note = "slowlog-log-slower-than is not visible: this role may not use CONFIG GET"
        return Check("threshold", "unkn", note=note, tries=(allow("config|get"),))
    limit = f"{SLOW_US} µs or less"
    if 0 <= slower_than_us <= SLOW_US:
        return Check("threshold", "ok", slower_than_us, "count", limit, "µs")
    note = "nothing is kept: the log is off" if slower_than_us < 0 else "µs; commands of 10 ms are not kept"
    tries = (f"redis-cli CONFIG SET slowlog-log-slower-than {SLOW_US}", _REWRITE)
    return Check("threshold", "warn", slower_than_us, "count", limit, note, tries)


def _slow_commands(kept: Sequence[int]) -> Check:
    slow = sum(one >= SLOW_US for one in kept)
    return Check("slow_commands", "warn" if slow else "ok", slow, "count", "none of 10 ms or more")


def _keys_command(used_by: Sequence[str]) -> Check:
    if not used_by:
        return Check("keys_command", "ok", 0, "count", "0")
    note = f"KEYS holds up everybody while it walks all keys; used by {', '.join(sorted(set(used_by)))}"
    return Check("keys_command", "warn", len(used_by), "count", "0", note, ("use SCAN, or mutt redis bigkeys",))


def allow(command: str) -> str:
    """The line that lets the connected user use a command."""
    return f"redis-cli ACL SETUSER USER +{command}"


_REWRITE: Final = "redis-cli CONFIG REWRITE"
