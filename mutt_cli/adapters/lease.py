"""The lease of one worker: register, beat, leave, and reaping peers whose lease expired.

A worker owns its processing list exactly as long as its heartbeat key holds its token. The token is new for each
incarnation, so a paused or replaced process is fenced out by every script (architecture.md section 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.adapters import scripts

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Keys, Role

CRASH_LIMIT: Final = 3
"""Crashes after which a message is a dead letter (D16); events may have another limit (ALERTER_MAX_RETRIES)."""

STAGE: Final[dict[str, str]] = {"alerter": "alerter", "moog": "forwarder"}


@dataclass(frozen=True)
class Registered:
    """The lease is ours; what the former owner held went back to its queue, poison to the dead letters."""

    returned: int
    buried: int


@dataclass(frozen=True)
class Held:
    """Another live worker has this name; `heartbeat` is its JSON value."""

    heartbeat: bytes


class Heartbeat(msgspec.Struct, frozen=True, omit_defaults=False):
    """What a worker says of itself with each beat. `token` proves the lease; the rest serves status and take-over."""

    token: str
    host: str
    boot_id: str
    pid: int
    started_at: str
    version: str
    pid_namespace: str = ""
    """Inode of the pid namespace: only within one does `pid` name a process."""
    rules_revision: int = 0
    config_version: str = ""
    status: str = ""
    drills: bool = False
    """Whether it knows a drill's canary when it sees one; what an earlier release beats with says nothing of it."""

    def encode(self) -> bytes:
        """Compact JSON, as the scripts read it."""
        return msgspec.json.encode(self)


@dataclass
class Lease:
    """One worker's hold on its name. Not thread-safe, but for `beat`, which may run beside everything else."""

    client: Client
    keys: Keys
    role: Role
    pod: str
    token: str
    lease_ms: int
    crash_limit: int = CRASH_LIMIT
    queue: str = field(init=False)

    def __post_init__(self) -> None:
        self.queue = self.keys.ingest_queue if self.role == "alerter" else self.keys.alert_queue

    @property
    def heartbeat_key(self) -> str:
        """The key whose value carries the token."""
        return self.keys.heartbeat(self.role, self.pod)

    @property
    def worker(self) -> str:
        """Field of this worker in the hash of workers."""
        return f"{self.role}:{self.pod}"

    def register(
        self, heartbeat: Heartbeat, *, uid: str, stamp: str, expect: str = "", prev: str = ""
    ) -> Registered | Held:
        """Take the name. `expect` is the token of a dead process of this host, `prev` this process's former one.

        `uid` is a new UUIDv7 for a possible journal entry, `stamp` the time now as RFC 3339.
        """
        keys, pod = self.keys, self.pod
        names = [
            self.heartbeat_key, keys.processing(self.role, pod), keys.batch(self.role, pod), self.queue,
            keys.workers, keys.crash(self.role), keys.dead, keys.journal, keys.ledger, keys.ledger_minutes,
        ]  # fmt: skip
        if self.role == "moog":
            names += [keys.breaker("state"), keys.breaker("epoch"), keys.breaker("probe"), keys.breaker("trip")]
        arguments: list[object] = [
            self.token, expect, prev, heartbeat.encode(), self.lease_ms, self.worker, uid, stamp,
            self.crash_limit, STAGE[self.role], pod, self.queue,
        ]  # fmt: skip
        answer = scripts.call(self.client, "register", names, arguments)
        return Held(answer[1]) if answer[0] == b"HELD" else Registered(int(answer[1]), int(answer[2]))

    def beat(self, heartbeat: Heartbeat) -> bool:
        """Renew the lease; False means fenced: drop everything and register again with `prev`."""
        arguments: list[object] = [self.token, heartbeat.encode(), self.lease_ms, self.worker]
        return bool(scripts.call(self.client, "beat", [self.heartbeat_key, self.keys.workers], arguments) == b"OK")

    def leave(self) -> int | None:
        """The clean stop: what is in hand goes back without crashes. Returns how many, None if fenced."""
        names = [
            self.heartbeat_key, self.keys.processing(self.role, self.pod), self.keys.batch(self.role, self.pod),
            self.queue, self.keys.workers,
        ]  # fmt: skip
        answer = scripts.call(self.client, "leave", names, [self.token, self.worker])
        return int(answer[1]) if answer[0] == b"OK" else None


@dataclass(frozen=True)
class Reaped:
    """What one look at one peer found: `quiet` (nobody reaps now), `alive`, or `reaped` with the counts."""

    state: Literal["quiet", "alive", "reaped"]
    returned: int = 0
    buried: int = 0


def reap(
    client: Client,
    keys: Keys,
    role: Role,
    pod: str,
    *,
    lease_ms: int,
    uid: str,
    stamp: str,
    crash_limit: int = CRASH_LIMIT,
) -> Reaped:
    """Return what `pod` held if its lease expired. Any worker may call it, as often as it likes."""
    queue = keys.ingest_queue if role == "alerter" else keys.alert_queue
    names = [
        keys.reap(role), keys.heartbeat(role, pod), keys.processing(role, pod), queue, keys.workers,
        keys.crash(role), keys.dead, keys.journal, keys.ledger, keys.ledger_minutes,
    ]  # fmt: skip
    gap_ms, quiet_ms = max(lease_ms // 6, 500), lease_ms // 2
    arguments: list[object] = [gap_ms, quiet_ms, f"{role}:{pod}", uid, stamp, crash_limit, STAGE[role], pod, queue]
    answer = scripts.call(client, "reap", names, arguments)
    if answer[0] == b"REAPED":
        return Reaped("reaped", int(answer[1]), int(answer[2]))
    return Reaped("quiet" if answer[0] == b"QUIET" else "alive")
