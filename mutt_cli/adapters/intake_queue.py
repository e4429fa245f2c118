"""The ingestor's side of the queue: a whole request is accepted in one step, or refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from mutt_cli.adapters import scripts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.alerter_queue import LedgerEntry
    from mutt_cli.adapters.scripts import Runs
    from mutt_cli.keys import Keys


@dataclass(frozen=True)
class RateLimit:
    """The shared ingest limiter: `max_requests` per `window_ms`; `member` is unique to the request."""

    max_requests: int
    window_ms: int
    member: str


@dataclass(frozen=True)
class Idempotency:
    """A request that may be repeated: its digest, how long it is remembered, and the answer to repeat."""

    digest: str
    ttl_ms: int
    value: bytes


@dataclass(frozen=True)
class Accepted:
    """Every good item is in the queue, whose depth is `depth` now."""

    depth: int


@dataclass(frozen=True)
class Repeated:
    """The Idempotency-Key was accepted before; `value` is the answer stored then. Nothing was queued."""

    value: bytes


@dataclass(frozen=True)
class Refused:
    """Not now. `depth` for a full queue; `retry_after_ms` for the limiter."""

    reason: Literal["queue_full", "rate_limit"]
    depth: int = 0
    retry_after_ms: int = 0


def enqueue(
    client: Runs,
    keys: Keys,
    elements: Sequence[bytes],
    *,
    cap: int,
    ledger: Sequence[LedgerEntry],
    quarantine: Sequence[bytes] = (),
    quarantine_cap: int = 1,
    rate: RateLimit | None = None,
    idempotency: Idempotency | None = None,
) -> Accepted | Repeated | Refused:
    """Queue `elements` (oldest first) and quarantine refused items, within the cap and the rate limit."""
    plan = {
        "ledger": ledger,
        "quarantined": len(quarantine),
        "quarantine_cap": quarantine_cap,
        "rate": (rate.max_requests, rate.window_ms, rate.member) if rate else False,
        "idempotency_ttl": idempotency.ttl_ms if idempotency else 0,
    }
    names = [
        keys.ingest_queue, keys.ledger, keys.ledger_minutes, keys.quarantine, keys.rate_limit_ingestor,
        keys.idempotency(idempotency.digest) if idempotency else keys.ingest_queue,
    ]  # fmt: skip
    remembered = idempotency.value if idempotency else b""
    arguments = [cap, msgspec.msgpack.encode(plan), remembered, *elements, *quarantine]
    word, value = scripts.call(client, "enqueue", names, arguments)
    if word == b"OK":
        return Accepted(int(value))
    if word == b"REPEAT":
        return Repeated(value)
    if word == b"QUEUE_FULL":
        return Refused("queue_full", depth=int(value))
    return Refused("rate_limit", retry_after_ms=int(value))
