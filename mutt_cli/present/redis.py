"""Redis as a server: facts, judgements, connections and keys, for people and for machines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.checks import worst
from mutt_cli.core.redis_judgement import percentile
from mutt_cli.present import times
from mutt_cli.present.checks import check_lines, check_rows, short_span
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from mutt_cli.ops.redis_keys import BigKeys, Share, Unending
    from mutt_cli.ops.redis_server import Clients, Latency, MemoryUse, ServerInfo, Slowlog

_CLIENTS: Final = (
    Column("name"), Column("owner"), Column("connections", "count"), Column("blocked", "count"),
    Column("subscribed", "count"), Column("longest_idle_seconds", "seconds", "longest idle"), Column("addresses"),
    Column("users", wide=True),
)  # fmt: skip
_SLOW: Final = (
    Column("at", "time"), Column("state", "state"), Column("duration_seconds", "seconds", "took"), Column("command"),
    Column("script"), Column("key"), Column("arguments", "count"), Column("client"), Column("address", wide=True),
)  # fmt: skip
_BIG: Final = (
    Column("key"), Column("owner"), Column("type"), Column("size_bytes", "bytes", "size"), Column("elements", "count"),
    Column("expires_in_seconds", "seconds", "expires in"),
)  # fmt: skip


def info_document(found: ServerInfo) -> Document:
    """`mutt redis info`."""
    facts = found.facts
    engine = "Valkey" if "valkey_version" in facts else "Redis"
    version = str(facts.get("valkey_version") or facts.get("redis_version", ""))
    fields = {
        "state": worst(found.checks),
        "engine": engine.lower(),
        "server_version": version,
        "role": str(facts.get("role", "")),
        "uptime_seconds": int(facts.get("uptime_in_seconds", 0)),
        "connected_clients": int(facts.get("connected_clients", 0)),
        "replicas": int(facts.get("connected_slaves", 0)),
        "operations_per_second": int(facts.get("instantaneous_ops_per_sec", 0)),
        "cpu_of_one_core": found.core_share,
        "used_memory_bytes": int(facts.get("used_memory", 0)),
        "append_only": bool(int(facts.get("aof_enabled", 0))),
        "evicted_keys": int(facts.get("evicted_keys", 0)),
        "expired_keys": int(facts.get("expired_keys", 0)),
        **_share_fields(found.share),
        "checks": check_rows(found.checks),
    }
    text = (
        f"server       {engine} {version}, {fields['role']}, up {times.span(fields['uptime_seconds'])}",
        f"work         {times.count(fields['operations_per_second'])} commands/s",
        f"connected    {times.count(fields['connected_clients'])} clients, {times.count(fields['replicas'])} replicas",
        f"keys         {_share_words(found.share)}",
        "",
        *check_lines(found.checks),
    )
    return Document("mutt.redis.info", fields, text=text, name=version)


def memory_document(found: MemoryUse) -> Document:
    """`mutt redis memory`."""
    memory, share = found.memory, found.share
    fields = {
        "state": worst(found.checks),
        "used_bytes": memory.used,
        "peak_bytes": memory.peak,
        "resident_bytes": memory.resident,
        "maxmemory_bytes": memory.maxmemory,
        "host_bytes": memory.host,
        "policy": memory.policy,
        "fragmentation": memory.fragmentation,
        "allocator": memory.allocator,
        "append_only": memory.append_only,
        "append_fsync": memory.append_fsync,
        **_share_fields(share),
        "largest": [{"key": name, "size_bytes": size} for name, size in found.largest],
        "checks": check_rows(found.checks),
    }
    text = [*check_lines(found.checks), "", f"peak         {times.size(memory.peak)}"]
    text.append(f"MUTT's       {_weight(share.our_bytes)}, others' {_weight(share.other_bytes)}{_how(share)}")
    text += [f"             {times.size(size):>8}  {name}" for name, size in found.largest]
    return Document("mutt.redis.memory", fields, text=text, name=str(memory.used))


def clients_listing(found: Clients) -> Listing:
    """`mutt redis clients`."""
    rows = [
        {
            "name": one.name or "(none)",
            "owner": "mutt" if one.ours else "other",
            "connections": one.connections,
            "blocked": one.blocked,
            "subscribed": one.subscribed,
            "longest_idle_seconds": one.longest_idle_s,
            "addresses": list(one.addresses),
            "users": list(one.users),
        }
        for one in found.groups
    ]
    fields = {
        "state": worst(found.checks),
        "connected": found.connected,
        "maxclients": found.maxclients,
        "checks": check_rows(found.checks),
    }
    return Listing("mutt.redis.clients", _CLIENTS, rows, fields=fields, footer=check_lines(found.checks))


def latency_document(found: Latency) -> Document:
    """`mutt redis latency`."""
    samples = found.samples
    numbers = {
        "minimum_seconds": min(samples),
        "median_seconds": percentile(samples, 0.5),
        "p99_seconds": percentile(samples, 0.99),
        "maximum_seconds": max(samples),
    }
    fields = {"state": found.check.state, "samples": len(samples), **numbers, "checks": check_rows([found.check])}
    words = ", ".join(f"{name.removesuffix('_seconds')} {short_span(one)}" for name, one in numbers.items())
    text = (*check_lines([found.check]), f"      {len(samples)} round trips: {words}")
    return Document("mutt.redis.latency", fields, text=text, name=str(numbers["median_seconds"]))


def slowlog_listing(found: Slowlog) -> Listing:
    """`mutt redis slowlog`."""
    rows = [
        {
            "at": datetime.fromtimestamp(one.at_s, tz=UTC),
            "state": one.state,
            "duration_seconds": one.duration_us / 1_000_000,
            "command": one.command,
            "script": one.script or None,
            "key": one.key or None,
            "arguments": one.arguments,
            "client": one.name or one.address,
            "address": one.address,
        }
        for one in found.commands
    ]
    fields = {
        "state": worst(found.checks),
        "slower_than_microseconds": found.slower_than_us,
        "checks": check_rows(found.checks),
    }
    return Listing("mutt.redis.slowlog", _SLOW, rows, fields=fields, footer=check_lines(found.checks))


def big_keys_listing(found: BigKeys) -> Listing:
    """`mutt redis bigkeys`."""
    rows = [
        {
            "key": one.name,
            "owner": "mutt" if one.ours else "other",
            "type": one.kind,
            "size_bytes": one.size,
            "elements": one.elements,
            "expires_in_seconds": None if one.left_ms is None else one.left_ms / 1000,
        }
        for one in found.keys
    ]
    fields = {"looked_at": found.looked_at, "keys": found.total, "complete": found.complete}
    warnings = () if found.complete else (_partial(found.looked_at, found.total),)
    return Listing("mutt.redis.bigkeys", _BIG, rows, fields=fields, warnings=warnings)


def unending_listing(found: Unending, total: int | None = None) -> Listing:
    """`mutt redis nottl`."""
    rows = [{"key": name} for name in found.names]
    fields = {"looked_at": found.looked_at, "complete": found.complete}
    warnings = []
    if not found.complete:
        warnings.append(_partial(found.looked_at, total))
    if found.count > len(found.names):
        warnings.append(f"{found.count - len(found.names):,} more are not listed")
    return Listing("mutt.redis.nottl", (Column("key"),), rows, fields=fields, total=found.count, warnings=warnings)


def _partial(looked_at: int, total: int | None) -> str:
    of = f" of {total:,}" if total is not None else ""
    return f"the budget ended after about {looked_at:,}{of} keys; look longer: --budget 60s"


def _share_fields(share: Share) -> dict[str, Any]:
    return {
        "keys": share.total,
        "mutt_keys": share.ours,
        "other_keys": share.others,
        **({} if share.our_bytes is None else {"mutt_bytes": share.our_bytes, "other_bytes": share.other_bytes}),
        "keys_looked_at": share.looked_at,
        "keys_exact": share.exact,
    }


def _share_words(share: Share) -> str:
    return f"{times.count(share.ours)} of MUTT, {times.count(share.others)} of others{_how(share)}"


def _how(share: Share) -> str:
    return "" if share.exact else f" (estimated from {share.looked_at:,} keys)"


def _weight(size: int | None) -> str:
    return "-" if size is None else times.size(size)
