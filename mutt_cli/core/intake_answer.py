"""The ingestor's answers: one place for every body and status of `POST /ingest` (contract.md section 6, D6, D8)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.event import AcceptedEvent, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Reply:
    """Status, JSON body, and seconds for `Retry-After` (0: no such header)."""

    status: int
    body: dict[str, Any]
    retry_after_s: int = 0


def single(item: AcceptedEvent, depth: int) -> Reply:
    """One object was accepted."""
    body = {
        "status": "queued",
        "correlation_id": item.correlation_id,
        "event_id": item.event_id,
        "queue_depth": depth,
    }
    return Reply(200, body)


def single_refused(refusal: Refusal) -> Reply:
    """One object was sent and is no event."""
    return problem(413 if refusal.reason == "too_large" else 400, refusal.reason, refusal.detail)


def batch(items: Sequence[AcceptedEvent | Refusal], depth: int) -> Reply:
    """Several items: each is answered by itself, a batch is never refused for one of them (D8)."""
    rows: list[dict[str, Any]] = []
    accepted = 0
    for index, item in enumerate(items):
        if isinstance(item, AcceptedEvent):
            accepted += 1
            rows.append(
                {"index": index, "status": "queued", "event_id": item.event_id, "correlation_id": item.correlation_id}
            )
        else:
            rows.append({"index": index, "status": "refused", "reason": item.reason, "detail": item.detail})
    refused = len(items) - accepted
    status = "queued" if not refused else "partial" if accepted else "refused"
    body = {"status": status, "accepted": accepted, "refused": refused, "queue_depth": depth, "items": rows}
    return Reply(200, body)


STOPPED_RETRY_S: Final = 30
"""What `Retry-After` asks of a sender while the intake is stopped and nobody knows for how long."""


def stopped_retry_s(left_s: float) -> int:
    """Seconds after which it is worth to ask again; `left_s` until the intake opens by itself, infinite if never."""
    return max(1, math.ceil(min(left_s, STOPPED_RETRY_S)))


def problem(status: int, reason: str, detail: str, retry_after_s: int = 0) -> Reply:
    """Nothing was accepted."""
    return Reply(status, {"status": "error", "reason": reason, "detail": detail}, retry_after_s)
