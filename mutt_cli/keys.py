"""Every Redis key once: its pattern, type, lifetime and owner. No other module spells a key.

The names of `contract.md` section 2 are exact while `REDIS_KEY_TAG` is empty. With a tag, every key of one lane
(queues, leases, breaker, limiter, ledger) shares a hash slot, so that a cluster can carry many lanes:
`mutt:{tag}:ingest_queue`. Lists: producers push left, consumers take right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["alerter", "moog"]
"""The two kinds of queue worker; `moog` is the forwarder's, as the documented key names have it."""


@dataclass(frozen=True)
class Keys:
    """The key names of one lane. `tag` is REDIS_KEY_TAG, empty for the documented names."""

    tag: str = ""

    def _name(self, rest: str) -> str:
        return f"mutt:{{{self.tag}}}:{rest}" if self.tag else f"mutt:{rest}"

    # Queues and dead-letter queues: lists of JSON objects, no expiry.

    @property
    def ingest_queue(self) -> str:
        """List: events waiting for an alerter. Written by ingestors, read by alerters."""
        return self._name("ingest_queue")

    @property
    def alert_queue(self) -> str:
        """List: alerts waiting for a forwarder. Written by alerters, remediation and operators."""
        return self._name("alert_queue")

    @property
    def retry(self) -> str:
        """Sorted set: alerts waiting for their next attempt; score = due time in ms, member = `settle id|element`."""
        return self._name("retry:moog")

    @property
    def dlq_moog(self) -> str:
        """List: alerts that could not be forwarded. Drained by remediation."""
        return self._name("dlq:moog")

    @property
    def dlq_alerter(self) -> str:
        """List: events shed under load or failed while being decided. Drained by remediation."""
        return self._name("dlq:alerter")

    @property
    def dead(self) -> str:
        """List: poison messages; a person decides."""
        return self._name("dlq:dead")

    @property
    def old_events(self) -> str:
        """List: old events set aside by hand (`RPOPLPUSH`); never replayed automatically."""
        return self._name("dlq:old_events")

    @property
    def quarantine(self) -> str:
        """List, capped: refused batch items with their reason. Listed and drained by `mutt dlq`."""
        return self._name("quarantine:ingest")

    # Leases and work in hand (architecture.md section 3).

    def processing(self, role: Role, pod: str) -> str:
        """List: one element per message in one worker's hands; `LLEN` = in flight."""
        return self._name(f"processing:{role}:{pod}")

    def processing_pattern(self, role: Role) -> str:
        """SCAN pattern for all processing lists of a role (the janitor's, never a script's)."""
        return self._name(f"processing:{role}:*")

    def heartbeat(self, role: Role, pod: str) -> str:
        """String, JSON with the 128-bit token, expires with the lease (30 s). Our lease = it holds our token."""
        return self._name(f"heartbeat:{role}:{pod}")

    def batch(self, role: Role, pod: str) -> str:
        """Hash: owner token, `batch`, `done`, `last`, `left`."""
        return self._name(f"batch:{role}:{pod}")

    @property
    def workers(self) -> str:
        """Hash: `role:pod` to token; who may hold a processing list."""
        return self._name("workers")

    def crash(self, role: Role) -> str:
        """Hash: SHA-1 of an element to its crashes; expires 24 h after the last."""
        return self._name(f"crash:{role}")

    def reap(self, role: Role) -> str:
        """Hash: `tick`, `quiet`: when workers last looked for dead peers, and until when nobody reaps."""
        return self._name(f"reap:{role}")

    def janitor_lock(self, role: Role) -> str:
        """String with expiry: one janitor scans at a time."""
        return self._name(f"janitor:{role}")

    @property
    def operations(self) -> str:
        """Hash: operation id to its last slice (bulk moves); `reconcile` to the uid of the ledger's last correction.

        In the place of a number, the moment (Unix ms) at which somebody else ended the operation.
        """
        return self._name("ops")

    def restoring(self, operation: str) -> str:
        """How the names of the keys begin that a restore fills, until they take the place of what is there."""
        return self._name(f"restoring:{operation}:")

    @property
    def restoring_pattern(self) -> str:
        """SCAN pattern for what restores have filled, also one that was killed."""
        return self._name("restoring:*")

    # Journal and ledger.

    @property
    def journal(self) -> str:
        """Stream: packed records of what happened to events, until the historian has stored them."""
        return self._name("journal")

    @property
    def historian(self) -> str:
        """String with expiry: the token of the one historian that leads."""
        return self._name("historian")

    @property
    def historian_policy(self) -> str:
        """String with expiry, JSON: how long and how much the leading historian keeps; written once an hour."""
        return self._name("historian:policy")

    @property
    def ledger(self) -> str:
        """Hash: signed totals for ever, one field per counter."""
        return self._name("ledger")

    @property
    def ledger_minutes(self) -> str:
        """Hash: signed counters, field `2026-11-23T22:33|source|counter`; closed minutes are folded into PostgreSQL."""
        return self._name("ledger:minutes")

    @property
    def ledger_folding(self) -> str:
        """Hash: fields of `ledger_minutes` on their way to PostgreSQL, with `uid` and `prev` of that fold."""
        return self._name("ledger:folding")

    @property
    def ledger_folded(self) -> str:
        """String: uid of the last fold that ended; tells which folds in PostgreSQL this Redis remembers."""
        return self._name("ledger:folded")

    def witness(self, ingestor: str) -> str:
        """Hash with expiry: accepted minute to absolute total of one ingestor process, and `last`, its last call."""
        return self._name(f"witness:{ingestor}")

    @property
    def witnesses(self) -> str:
        """Hash: ingestor process to the Redis time (ms) at which it last published; whose witnesses there are."""
        return self._name("witnesses")

    def idempotency(self, digest: str) -> str:
        """String with expiry (15 min): the ids given to the request that carried this Idempotency-Key."""
        return self._name(f"idempotency:{digest}")

    @property
    def secrets_asked(self) -> str:
        """Hash: `number` of the last time that somebody asked every daemon to read its secrets again, and `at`, ms."""
        return self._name("secrets:asked")

    def drill(self, token: str) -> str:
        """String with expiry (a day), JSON (core/drill.py): what becomes of the canary that carries this token."""
        return self._name(f"drill:{token}")

    @property
    def last_drill(self) -> str:
        """Hash: what the last `mutt drill` found and when (`at`, ms), and when the last good one ended (`ok_at`)."""
        return self._name("last_drill")

    @property
    def frames(self) -> str:
        """List, expires (4 h): the frames of the last two hours for `mutt top`, packed, the newest left."""
        return self._name("frames")

    @property
    def frames_turn(self) -> str:
        """String with expiry (one interval): somebody has written the frame of this interval."""
        return self._name("frames:turn")

    def web_session(self, digest: str) -> str:
        """Hash, expires (12 h at most): a session of the web UI by its id's digest: whose key, since when, token."""
        return self._name(f"webui:session:{digest}")

    def web_tries(self, who: str) -> str:
        """String with expiry (a minute): failed logins or wrong API keys of one address, or of one key's beginning."""
        return self._name(f"webui:tries:{who}")

    # Decisions shared between workers.

    def dedupe(self, fingerprint: str) -> str:
        """Hash with expiry: `id` and `at` of the alert that passed, `n` followers since."""
        return self._name(f"dedupe:{fingerprint}")

    def unhandled(self, source: str, digest: str) -> str:
        """String, JSON (core/unhandled.py), expires: events that matched no rule, by host and message pattern."""
        return self._name(f"unhandled:{source}:{digest}")

    @property
    def unhandled_pattern(self) -> str:
        """SCAN pattern for all unhandled keys."""
        return self._name("unhandled:*")

    @property
    def unhandled_index(self) -> str:
        """Sorted set: every unhandled key that lives; score = when it ends, in ms. Bounds their number (D12)."""
        return self._name("unhandled_kinds")

    @property
    def rate_limit_moog(self) -> str:
        """Sorted set: permits given in the window of the shared Moogsoft limiter; score = ms; expires with it."""
        return self._name("rate_limit:moog")

    @property
    def rate_limit_ingestor(self) -> str:
        """Sorted set: requests accepted in the window of the shared ingest limiter; score = ms; expires with it."""
        return self._name("rate_limit:ingestor")

    def breaker(self, field: Literal["state", "failures", "open_time", "epoch", "probe", "trip", "last_error"]) -> str:
        """Strings of the shared circuit breaker: CLOSED, OPEN or HALF_OPEN, and what belongs to it.

        `trip`: JSON of who opened it by hand, why and until when; void as soon as `state` is not OPEN.
        `last_error`: JSON of the last failure that counted.
        """
        return self._name(f"circuit_breaker:moogsoft:{field}")

    @property
    def holds(self) -> str:
        """Hash: what a person switched off (`ingestor`, `ingestor/POD`, `alerter`, ...) to JSON: who, why, until."""
        return self._name("holds")

    @property
    def rule_caches(self) -> str:
        """Hash: alerter worker to when it last read the rules, and what it then had; `ms JSON`."""
        return self._name("rule_caches")

    @property
    def remediation_cycle(self) -> str:
        """String, JSON: what the last cycle of remediation did, and when the next one is due."""
        return self._name("remediation:cycle")

    @property
    def remediation_wanted(self) -> str:
        """String with expiry: somebody wants a cycle now; removed by the remediation that runs it."""
        return self._name("remediation:wanted")

    @property
    def maintenance(self) -> str:
        """Hash: maintenance window to JSON: since, until, ended, scope, who, why."""
        return self._name("maintenance")

    @property
    def remediation_lease(self) -> str:
        """String with expiry: the token of the one active remediation."""
        return self._name("remediation:lease")

    @property
    def remediation_paused(self) -> str:
        """Hash: short name of a dead-letter queue to JSON (core/pause.py): who stopped remediation there, how long."""
        return self._name("remediation:paused")

    def config(self, key: str) -> str:
        """String: one dynamic setting."""
        return self._name(f"config:{key}")

    @property
    def config_defaults(self) -> str:
        """Hash: dynamic setting to the value an alerter wrote by itself, so that `GET` answers; no operator's wish."""
        return self._name("config_defaults")

    @property
    def config_returns(self) -> str:
        """Hash: dynamic setting meant for a time to JSON `at` (ms), `text` and `former`, which it goes back to."""
        return self._name("config_returns")

    @property
    def config_readers(self) -> str:
        """Hash: `service:name` to when a daemon process last read the dynamic settings, and what it runs with."""
        return self._name("config_readers")

    @property
    def config_updates(self) -> str:
        """Channel (never a key): the name of a dynamic setting that changed."""
        return self._name("config:updates")

    @property
    def rules_updates(self) -> str:
        """Channel (never a key): the revision of the rules after a change; alerters that hear it read them again."""
        return self._name("rules:updates")

    @property
    def every_pattern(self) -> str:
        """SCAN pattern for every key of this lane."""
        return self._name("*")

    @property
    def config_pattern(self) -> str:
        """SCAN pattern for all dynamic settings."""
        return self._name("config:*")


def owned(keys: Keys, name: bytes) -> bool:
    """Whether a key is of this lane. Without a tag those of the lanes that have one are somebody else's."""
    prefix = keys.every_pattern.removesuffix("*").encode()
    return name.startswith(prefix) and (bool(keys.tag) or not name.startswith(b"mutt:{"))


def expiring_patterns(keys: Keys) -> tuple[str, ...]:
    """Patterns of the keys that live for a time; one of them without an expiry stays for ever, whoever left it so."""
    roles: tuple[Role, ...] = ("alerter", "moog")
    return (
        *(keys.heartbeat(role, "*") for role in roles),
        *(keys.crash(role) for role in roles),
        *(keys.janitor_lock(role) for role in roles),
        keys.historian, keys.historian_policy, keys.witness("*"), keys.idempotency("*"), keys.dedupe("*"),
        keys.unhandled_pattern, keys.rate_limit_moog, keys.rate_limit_ingestor, keys.breaker("probe"),
        keys.remediation_lease, keys.remediation_wanted, keys.drill("*"), keys.frames, keys.frames_turn,
        keys.web_session("*"), keys.web_tries("*"),
    )  # fmt: skip


def passing_patterns(keys: Keys) -> tuple[str, ...]:
    """Patterns of the keys that no backup holds: leases, signs of life, and what ends by itself within minutes.

    Put back later each of them would say something that is no longer so. Everything else of this lane is state.
    """
    roles: tuple[Role, ...] = ("alerter", "moog")
    return (
        *(keys.heartbeat(role, "*") for role in roles),
        *(keys.janitor_lock(role) for role in roles),
        *(keys.reap(role) for role in roles),
        keys.historian, keys.historian_policy, keys.idempotency("*"), keys.dedupe("*"), keys.rate_limit_moog,
        keys.rate_limit_ingestor, keys.breaker("probe"), keys.remediation_lease, keys.remediation_wanted,
        keys.web_session("*"), keys.web_tries("*"),
        keys.remediation_cycle, keys.rule_caches, keys.config_readers, keys.secrets_asked,
        keys.restoring_pattern, keys.drill("*"), keys.last_drill, keys.frames, keys.frames_turn,
    )  # fmt: skip
