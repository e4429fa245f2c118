"""The list: every field that a bundle may hold, by part, and of which kind it is. What is not here does not leave.

Left out on purpose: payloads, texts and devices of messages, names and patterns of rules, values before and after a
change, plans and before-images of operations, Vault's accessor, and whatever a log line has beside its message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.allowlist import NAME, NUMBER, SYSTEM, TIME, VALUE, WORDS, Each, Many
from mutt_cli.core.ledger import IN, OUT

if TYPE_CHECKING:
    from mutt_cli.core.allowlist import Spec

_CHECKS: Final = Many(
    {"check": NAME, "state": NAME, "value": VALUE, "limit": VALUE, "note": WORDS, "tries": Many(WORDS)}
)
_COUNTERS: Final[dict[str, Spec]] = dict.fromkeys((*IN, *OUT), NUMBER)
_LEDGER: Final[dict[str, Spec]] = {
    **_COUNTERS, "in_flight": NUMBER, "accounted": NUMBER, "remainder": NUMBER, "balanced": NUMBER,
}  # fmt: skip
_HELD: Final[dict[str, Spec]] = {"actor": NAME, "reason": WORDS, "since": TIME, "until": TIME, "operation": NAME}
_STATEMENT: Final[dict[str, Spec]] = {
    "statement": WORDS, "application": NAME, "longest_seconds": NUMBER, "mean_seconds": NUMBER, "calls": NUMBER,
}  # fmt: skip

FIELDS: Final[dict[str, Spec]] = {
    "versions": {"mutt": NAME, "python": NAME, "system": SYSTEM, "kernel": SYSTEM, "deployment": NAME},
    "status": {
        "state": NAME,
        "findings": Many({"state": NAME, "text": WORDS}),
        "backends": Many({"name": NAME, "state": NAME, "address": NAME, "detail": WORDS, "milliseconds": NUMBER}),
        "services": Many(
            {
                "service": NAME, "instance": NAME, "state": NAME, "in_hand": NUMBER, "address": NAME, "since": TIME,
                "pid": NUMBER, "version": NAME, "detail": WORDS,
            }
        ),
        "queues": Many(
            {
                "queue": NAME, "key": NAME, "depth": NUMBER, "oldest_age_seconds": NUMBER, "oldest_at": TIME,
                "consumers": NUMBER, "drained_by": Many(NAME), "in_flight": NUMBER, "held_by": WORDS,
            }
        ),
        "ledger": _LEDGER,
        "breaker": {"state": NAME, "failures": NUMBER, "opened_at": TIME},
        "switched_off": Many({"what": NAME, **_HELD}),
        "maintenance": Many(
            {
                "window": NAME, "state": NAME, "scope": NAME, "since": TIME, "until": TIME, "ended_at": TIME,
                "actor": NAME, "reason": WORDS, "left_seconds": NUMBER,
            }
        ),
    },
    "configuration": Many(
        {
            "key": NAME, "value": VALUE, "source": NAME, "in_effect": NAME, "default": VALUE, "unit": WORDS,
            "dynamic": NAME,
        }
    ),
    "flow": Many(
        {"at": TIME, "counters": Each(NUMBER), "depths": Each(NUMBER), "breaker": NAME, "working": Each(NUMBER)}
    ),
    "metrics": Many(
        {
            "name": NAME, "labels": WORDS, "service": NAME, "instance": NAME, "type": NAME, "value": NUMBER,
            "count": NUMBER, "p50_seconds": NUMBER, "p95_seconds": NUMBER, "p99_seconds": NUMBER,
            "mean_seconds": NUMBER,
        }
    ),
    "dead-letters": {
        "depths": Each(NUMBER),
        "drained_by": Each(Many(NAME)),
        "groups": Many(
            {
                "queue": NAME, "reason": WORDS, "messages": NUMBER, "exact": NUMBER, "oldest_at": TIME,
                "newest_at": TIME, "sample": NAME,
            }
        ),
        "newest": Many(
            {
                "queue": NAME, "payload_hash": NAME, "event_id": WORDS, "correlation_id": WORDS, "accepted_at": TIME,
                "size_bytes": NUMBER, "reason": WORDS, "error": WORDS, "attempts": NUMBER, "crashes": NUMBER,
                "replays": NUMBER, "first_failed_at": TIME, "last_failed_at": TIME,
            }
        ),
    },
    "ledger": {
        **_LEDGER, "waiting": NUMBER, "refused": NUMBER, "quarantined": NUMBER, "missing": Many(WORDS),
        "missing_count": NUMBER, "extra": Many(WORDS), "extra_count": NUMBER, "forgotten": NUMBER,
        "forgotten_lost": NUMBER, "queues": Each(NUMBER),
    },
    "operations": Many(
        {
            "operation": NAME, "command": WORDS, "impact": NAME, "state": NAME, "started_at": TIME,
            "finished_at": TIME, "took_seconds": NUMBER, "actor": NAME, "host": NAME, "in_context": NAME,
            "argv": Many(WORDS), "reason": WORDS, "counts": Each(NUMBER), "undone_by": NAME,
        }
    ),
    "audit": Many(
        {"id": NUMBER, "at": TIME, "actor": NAME, "verb": NAME, "object": WORDS, "table": NAME, "reason": WORDS,
         "operation": WORDS}
    ),
    "logs": Many({"time": TIME, "service": WORDS, "level": NAME, "message": WORDS, "correlation_id": WORDS,
                  "host": WORDS, "pod_name": WORDS}),
    "redis": {
        "state": NAME, "engine": NAME, "server_version": NAME, "role": NAME, "uptime_seconds": NUMBER,
        "connected_clients": NUMBER, "replicas": NUMBER, "operations_per_second": NUMBER, "cpu_of_one_core": NUMBER,
        "used_memory_bytes": NUMBER, "append_only": NUMBER, "evicted_keys": NUMBER, "expired_keys": NUMBER,
        "checks": _CHECKS,
        "memory": {"used": NUMBER, "peak": NUMBER, "resident": NUMBER, "maxmemory": NUMBER, "host": NUMBER,
                   "policy": NAME, "fragmentation": NUMBER, "append_only": NUMBER, "append_ok": NUMBER,
                   "append_fsync": NAME},
    },
    "database": {
        "state": NAME, "server_version": VALUE, "size_bytes": NUMBER, "connections": NUMBER,
        "max_connections": NUMBER, "schema_version": NUMBER, "schema_applied_at": TIME, "code_version": NUMBER,
        "pending": Many(WORDS), "history_bytes": NUMBER, "partitions": NUMBER, "missing_partitions": Many(NAME),
        "rejected_records": NUMBER, "rules_revision": NUMBER, "replicas": NUMBER, "checks": _CHECKS,
        "advice": _CHECKS, "slow_statements": Many(_STATEMENT), "running_statements": Many(_STATEMENT),
    },
    "vault": {
        "state": NAME, "address": NAME, "initialised": NUMBER, "sealed": NUMBER,
        "unseal": {"needed": NUMBER, "shares": NUMBER, "given": NUMBER}, "server_version": NAME, "standby": NUMBER,
        "path": NAME, "engine": NUMBER, "revision": NUMBER, "keys": Many(NAME),
        "missing": Many({"key": NAME, "services": Many(NAME)}), "rotations": Many({"secret": NAME, "step": NAME}),
    },
    "token": {
        "state": NAME, "credential": NAME, "policies": Many(NAME), "ttl_seconds": NUMBER,
        "creation_ttl_seconds": NUMBER, "renewable": NUMBER, "orphan": NUMBER, "path": NAME,
        "capabilities": Many(NAME), "reads": NUMBER,
    },
    "crashes": Many({"name": NAME, "size_bytes": NUMBER, "at": TIME}),
}  # fmt: skip
