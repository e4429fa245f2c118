"""Causes in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core import redis_judgement
from mutt_cli.core.diagnosis.cause import ILL, Case, Cause, Proof, graded, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.diagnosis.evidence import Evidence

_IN_REDIS: Final = (
    "svc.*", "queue.*", "dlq.*", "ledger", "journal", "breaker.moog", "cache.rules", "config.sync", "redis.*", "drill",
)  # fmt: skip


def _redis_away(evidence: Evidence) -> Iterator[Proof]:
    trouble = evidence.snapshot.redis.trouble
    if trouble is not None and trouble.kind == "away":
        yield Proof((trouble.text,), {"where": evidence.snapshot.addresses.get("redis", "")})


def _redis_login(evidence: Evidence) -> Iterator[Proof]:
    trouble = evidence.snapshot.redis.trouble
    if trouble is not None and trouble.code == "MUTT-R102":
        yield Proof((trouble.text,), {"where": evidence.snapshot.addresses.get("redis", "")})


def _redis_replica(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.redis.value
    if server is not None and not server.takes_writes:
        yield Proof((f"INFO replication: role {server.role}",), {"where": evidence.snapshot.addresses.get("redis", "")})


def _redis_cluster(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.redis.value
    if server is not None and server.cluster:
        yield Proof(("INFO cluster: cluster_enabled 1",))


def _redis_full(evidence: Evidence) -> Iterator[Proof]:
    check, server = evidence.bad("redis.memory"), evidence.snapshot.redis.value
    if check is not None and server is not None:
        more = redis_judgement.more_memory(server.memory)
        yield Proof(
            (check.message,), {"more": next((one for one in more if one.startswith("redis-cli")), "")}, graded(check)
        )


def _redis_evicts(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.redis.value
    if server is not None and server.memory.policy != "noeviction":
        yield Proof((f"maxmemory-policy is {server.memory.policy}",))


def _redis_forgets(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.redis.value
    if server is not None and not server.memory.append_only:
        yield Proof(("appendonly is no",))


def _redis_disk(evidence: Evidence) -> Iterator[Proof]:
    server = evidence.snapshot.redis.value
    if server is not None and server.memory.append_only and not server.memory.append_ok:
        yield Proof(("INFO persistence: the last write or rewrite of the append-only file failed",))


def _redis_slow(evidence: Evidence) -> Iterator[Proof]:
    check = evidence.bad("redis.ping")
    if check is not None and check.value is not None:
        yield Proof((check.message,))


CASES: Final = (
    Case(
        Cause(
            "redis-away",
            "redis",
            "Redis at {where} does not answer",
            "Nothing is accepted, nothing moves; senders get 503 and repeat. What is queued is on Redis's disk.",
            steps(
                "redis-cli PING   # on its host",
                "systemctl status redis   # or redis-server, valkey: on its host",
                "systemctl start redis   # MUTT reconnects by itself, its services need no restart",
                "mutt reconcile",
            ),
            "critical",
            "infrastructure",
            _IN_REDIS,
            ("*-ill", "setting-refused", "moogsoft-*"),
            "SO:1757-1777, TG:184-230",
        ),
        _redis_away,
    ),
    Case(
        Cause(
            "redis-login",
            "redis",
            "Redis at {where} refuses MUTT's login",
            "This command cannot look; daemons that are connected may still work, and cannot reconnect.",
            steps("mutt vault status", "mutt context check", "mutt vault set REDIS_PASS"),
            "critical",
            "security",
            _IN_REDIS,
            source="TG:1555-1572",
        ),
        _redis_login,
    ),
    Case(
        Cause(
            "redis-replica",
            "redis",
            "Redis at {where} is a replica and takes no writes",
            "Nothing is accepted, nothing moves.",
            steps("mutt redis info", "set REDIS_HOST to the primary, or REDIS_SENTINELS, in mutt.env"),
            "critical",
            "infrastructure",
            _IN_REDIS,
            ILL,
        ),
        _redis_replica,
    ),
    Case(
        Cause(
            "redis-cluster",
            "redis",
            "Redis runs in cluster mode, which MUTT does not support",
            "Scripts that touch several keys fail.",
            steps("mutt redis info", "use one Redis with replicas and Sentinel: mutt generate sentinel"),
            "critical",
            "infrastructure",
            ("svc.*",),
            source="SO:1235-1238",
        ),
        _redis_cluster,
    ),
    Case(
        Cause(
            "redis-evicts",
            "redis",
            "Redis throws away keys when its memory is full",
            "A key here is a whole queue: what was accepted can vanish at once.",
            steps("redis-cli CONFIG SET maxmemory-policy noeviction", "redis-cli CONFIG REWRITE", "mutt reconcile"),
            "critical",
            "infrastructure",
            ("redis.safety",),
            source="TG:337-343 advises it; contradictions.md C-46",
        ),
        _redis_evicts,
    ),
    Case(
        Cause(
            "redis-forgets",
            "redis",
            "Redis keeps nothing on disk",
            "A restart of Redis loses every queue.",
            steps("redis-cli CONFIG SET appendonly yes", "redis-cli CONFIG REWRITE", "redis-cli INFO persistence"),
            "critical",
            "infrastructure",
            ("redis.safety",),
            source="SO:1226-1229",
        ),
        _redis_forgets,
    ),
    Case(
        Cause(
            "redis-disk",
            "redis",
            "Redis cannot write its append-only file",
            "A restart of Redis loses what came since; a full disk stops all writes.",
            steps(
                "df -h   # on Redis's host",
                "redis-cli INFO persistence",
                "redis-cli BGREWRITEAOF   # once there is room",
            ),
            "critical",
            "infrastructure",
            ("redis.safety",),
        ),
        _redis_disk,
    ),
    Case(
        Cause(
            "redis-full",
            "redis",
            "Redis has nearly used the memory that it may use",
            "When it is full, senders get 503; what is queued stays and still moves out.",
            steps("mutt redis memory", "mutt redis bigkeys", "mutt queue list", "{more}", "redis-cli CONFIG REWRITE"),
            "critical",
            "infrastructure",
            ("redis.memory",),
            source="SO:1902-1945",
        ),
        _redis_full,
    ),
    Case(
        Cause(
            "redis-slow",
            "redis",
            "Redis answers slowly",
            "Every step of every event waits for it.",
            steps("mutt redis latency", "mutt redis slowlog", "mutt redis memory"),
            "warning",
            "infrastructure",
            ("redis.ping",),
            source="TG:1021-1064",
        ),
        _redis_slow,
    ),
)
