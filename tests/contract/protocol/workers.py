"""Workers for protocol tests: a lease on a real server, with short words for the steps of architecture.md section 3."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import alerter_queue, forwarder_queue
from mutt_cli.adapters.clock import IdSource, new_token
from mutt_cli.adapters.forwarder_queue import Permits, Settlement
from mutt_cli.adapters.lease import Heartbeat, Lease
from mutt_cli.keys import Keys

if TYPE_CHECKING:
    from mutt_cli.adapters.lease import Held, Registered
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.keys import Role

KEYS = Keys()
STAMP = "2026-11-23T22:33:00.000Z"
LEASE_MS = 30_000
OPEN_PERMITS = Permits(0, 60_000, "dlq", 300_000, 10, 25_000)


@dataclass
class Worker:
    """One incarnation of a worker; a restart is a new Worker with the same pod name."""

    client: Client
    role: Role = "alerter"
    pod: str = "w1"
    lease_ms: int = LEASE_MS
    ids: IdSource = field(default_factory=IdSource)
    lease: Lease = field(init=False)

    def __post_init__(self) -> None:
        self.lease = Lease(self.client, KEYS, self.role, self.pod, new_token(), self.lease_ms)

    def heartbeat(self) -> Heartbeat:
        return Heartbeat(self.lease.token, "host", "boot", 1, STAMP, "2.5")

    def register(self, expect: str = "", prev: str = "") -> Registered | Held:
        return self.lease.register(self.heartbeat(), uid=self.ids.new(), stamp=STAMP, expect=expect, prev=prev)

    def claim(self, n: int = 10) -> alerter_queue.Batch | alerter_queue.ClaimRefusal:
        return alerter_queue.claim(self.lease, self.ids.new(), n)

    def take(self, n: int = 10) -> alerter_queue.Batch:
        """A claim that must succeed."""
        batch = self.claim(n)
        assert isinstance(batch, alerter_queue.Batch), batch
        return batch

    def claim_alerts(
        self, slots: int = 8, held: int = 0, permits: Permits = OPEN_PERMITS
    ) -> forwarder_queue.Claimed | forwarder_queue.Resync | None:
        return forwarder_queue.claim(self.lease, self.ids.new(), slots=slots, held=held, permits=permits)

    def take_alerts(self, slots: int = 8, held: int = 0, permits: Permits = OPEN_PERMITS) -> forwarder_queue.Claimed:
        """A claim of alerts that must succeed."""
        claimed = self.claim_alerts(slots, held, permits)
        assert isinstance(claimed, forwarder_queue.Claimed), claimed
        return claimed

    def settle(self, element: bytes, how: Settlement, settle_id: str = "") -> forwarder_queue.SettleAnswer:
        return forwarder_queue.settle(
            self.lease, settle_id or self.ids.new(), element, how, breaker_threshold=OPEN_PERMITS.breaker_threshold
        )


def fill(client: Client, key: str, *elements: str) -> None:
    """Put elements into a list as a producer does: pushed left in the order given."""
    client.lpush(key, *elements)


def oldest_first(client: Client, key: str) -> list[str]:
    """A list as its consumer will see it."""
    elements: list[bytes] = client.execute_command("LRANGE", key, 0, -1)  # type: ignore[no-untyped-call]
    return [element.decode() for element in reversed(elements)]


def expire(client: Client, worker: Worker) -> None:
    """Let a lease run out, as 30 s without a beat do."""
    client.delete(worker.lease.heartbeat_key)
