"""How one alert's stay in a forwarder ends, as a value: where it goes, and what ledger and journal get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mutt_cli.core import ids, journal
from mutt_cli.core.dead_letter import annotate, raise_attempt
from mutt_cli.core.delivery import Delivered, Retry, decide
from mutt_cli.core.drill import TITLE
from mutt_cli.core.enrich import HAND
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.reconciliation import glimpse

if TYPE_CHECKING:
    from mutt_cli.core.alert import Alert
    from mutt_cli.core.backoff import Policy
    from mutt_cli.core.delivery import Verdict
    from mutt_cli.core.ledger import Entry

ALERT_QUEUE = "alert"
DLQ = "dlq-moog"


@dataclass(frozen=True)
class Ending:
    """One settle. `original` is the element in hand, `element` what goes on (retry, dead letter)."""

    outcome: Literal["delivered", "retry", "dlq", "suppressed"]
    original: bytes
    element: bytes = b""
    due_ms: int = 0
    reason: str = ""
    attempt: int = 0
    breaker: Literal["success", "failure", "none"] = "none"
    ledger: tuple[Entry, ...] = ()
    journal: bytes = b""
    text: str = ""
    """What was answered to a post that failed."""


def sent(
    element: bytes,
    alert: Alert,
    verdict: Verdict,
    policy: Policy,
    *,
    pod: str,
    jitter: float,
    now_ms: int,
    elapsed_s: float,
) -> Ending:
    """After a post: delivered, to be tried again, or a dead letter."""
    decision = decide(verdict, alert.attempt, policy, jitter, now_ms)
    attempt = alert.attempt + 1

    def record(outcome: str, reason: str, queue: str = "") -> bytes:
        row = journal.Record(
            alert.event_id, alert.correlation_id, "forwarder", outcome, reason, queue, pod, alert.received_ms,
            alert.source or HAND, started_ms=now_ms - round(elapsed_s * 1000), duration_us=round(elapsed_s * 1e6),
            attempt=attempt, response_code=verdict.status, **_told(alert),
        )  # fmt: skip
        return journal.pack([row])

    if isinstance(decision, Delivered):
        entries = (*_injected(alert, now_ms), _entry(alert, now_ms, "forwarded"))
        data = record("delivered", verdict.reason)
        return Ending("delivered", element, b"", 0, verdict.reason, attempt, verdict.breaker, entries, data)
    told = verdict.text or verdict.reason
    if isinstance(decision, Retry):
        # A retry carries its story along: a dead letter knows its first failure, not only its last.
        failed = annotate(element, reason=verdict.reason, error=told, attempt=attempt, origin=ALERT_QUEUE, at_ms=now_ms)
        again = _owned(raise_attempt(failed, attempt), alert, now_ms)
        data = record("retry", verdict.reason, "retry")
        first = _injected(alert, now_ms)
        return Ending(
            "retry", element, again, decision.at_ms, verdict.reason, attempt, verdict.breaker, first, data, told
        )
    letter = annotate(
        _owned(element, alert, now_ms), reason=decision.reason, error=told, attempt=attempt, origin=ALERT_QUEUE,
        at_ms=now_ms,
    )  # fmt: skip
    data = record("dead_lettered", decision.reason, DLQ)
    first = _injected(alert, now_ms)
    return Ending("dlq", element, letter, 0, decision.reason, attempt, verdict.breaker, first, data, told)


def parked(element: bytes, alert: Alert, pod: str, now_ms: int) -> Ending:
    """The breaker is open: to the dead-letter queue unsent, no attempt used (D13)."""
    letter = annotate(
        _owned(element, alert, now_ms), reason="circuit_open", error="Circuit breaker is OPEN, skipping forward",
        attempt=alert.attempt, origin=ALERT_QUEUE, at_ms=now_ms,
    )  # fmt: skip
    row = journal.Record(
        alert.event_id, alert.correlation_id, "forwarder", "dead_lettered", "circuit_open", DLQ, pod,
        alert.received_ms, alert.source or HAND, now_ms, attempt=alert.attempt, **_told(alert),
    )  # fmt: skip
    entries = tuple(_injected(alert, now_ms))
    return Ending("dlq", element, letter, 0, "circuit_open", alert.attempt, "none", entries, journal.pack([row]))


def _told(alert: Alert) -> dict[str, Any]:
    """What a record says of the alert itself, however the step ended."""
    return {
        "hostname": journal.storable(alert.hostname), "severity": journal.storable(alert.severity),
        "rule_id": alert.rule_id, "rule_version": alert.rule_version, "rule_name": journal.storable(alert.rule_name),
    }  # fmt: skip


def drilled(element: bytes, alert: Alert, reason: str, *, pod: str, now_ms: int, elapsed_s: float = 0.0) -> Ending:
    """A drill's canary ends here unsent: recorded as what would be posted, or too late for that."""
    row = journal.Record(
        alert.event_id, alert.correlation_id, "forwarder", "suppressed", reason, "", pod, alert.received_ms,
        alert.source or HAND, now_ms, duration_us=round(elapsed_s * 1e6), hostname=journal.storable(alert.hostname),
        severity=journal.storable(alert.severity), rule_name=TITLE,
    )  # fmt: skip
    entries = (*_injected(alert, now_ms), _entry(alert, now_ms, "suppressed"))
    return Ending("suppressed", element, b"", 0, reason, alert.attempt, "none", entries, journal.pack([row]))


def unreadable(element: bytes, why: str, pod: str, now_ms: int) -> Ending:
    """What is no JSON object cannot be sent: a dead letter that keeps its text, injected when it is first filed."""
    letter = annotate(element, reason="unreadable", error=why, attempt=0, origin=ALERT_QUEUE, at_ms=now_ms)
    seen = glimpse(element)
    source = seen.place[1]
    row = journal.Record(
        seen.event_id, seen.event_id, "forwarder", "dead_lettered", "unreadable", DLQ, pod, 0, source, now_ms
    )
    entries: tuple[Entry, ...] = ()
    if not seen.counted:
        letter = ids.adopt(letter, seen.event_id, rfc3339(now_ms), HAND)
        entries = ((rfc3339(now_ms)[:16], HAND, "injected", 1),)
    return Ending("dlq", element, letter, 0, "unreadable", 0, "none", entries, journal.pack([row]))


def behind(element: bytes, alert: Alert, due_ms: int) -> Ending:
    """An earlier alert of this signature waits for its retry: this one waits behind it, no attempt used."""
    return Ending("retry", element, element, due_ms, "order", alert.attempt)


def _owned(element: bytes, alert: Alert, now_ms: int) -> bytes:
    """An element that a hand pushed carries its id and ledger source from now on, so that it is injected once."""
    if alert.source:
        return element
    return ids.adopt(element, alert.event_id, rfc3339(now_ms), HAND)


def _injected(alert: Alert, now_ms: int) -> tuple[Entry, ...]:
    return () if alert.source else (_entry(alert, now_ms, "injected"),)


def _entry(alert: Alert, now_ms: int, counter: str) -> Entry:
    minute = alert.received_at[:16] if alert.source and alert.received_at else rfc3339(now_ms)[:16]
    return (minute, alert.source or HAND, counter, 1)
