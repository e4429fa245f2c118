"""What a forwarder says of alerts and of the breaker: one line for each alert that ends or waits, with its ids.

The words are those that runbooks search for: `Forwarded alert`, `error`, `HTTP 401`, `retry`, `DLQ`, `circuit`
(contract.md 8.2, 8.3). The clerk alone calls these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters.logs import EventLog

if TYPE_CHECKING:
    from mutt_cli.adapters.forwarder_queue import Claimed
    from mutt_cli.core.alert import Alert
    from mutt_cli.core.delivery import Answer
    from mutt_cli.core.settlement import Ending
    from mutt_cli.daemons.runtime import Runtime


class DeliveryLog:
    """The lines of one forwarder."""

    def __init__(self, runtime: Runtime) -> None:
        self._log = runtime.log
        self._events = EventLog(runtime.log, runtime.settings.log.event_rate)
        self._mode = "send"

    def claimed(self, answer: Claimed) -> None:
        """Say so if the breaker makes this forwarder behave otherwise than before."""
        if answer.mode != self._mode:
            self._log.warning("circuit breaker: forwarder changes from %s to %s", self._mode, answer.mode)
            self._mode = answer.mode

    def parked(self, alert: Alert) -> None:
        """The breaker is open: set aside unsent."""
        if self._events.due():
            named = f"correlation_id={alert.correlation_id}"
            text = f"Circuit breaker is OPEN, skipping forward with {named}; moved to DLQ (circuit_open)"
            self._events.line(text, status="dlq", **_ids(alert))

    def drilled(self, alert: Alert, reason: str) -> None:
        """A drill's canary has ended here, unsent."""
        text = f"Drill with correlation_id={alert.correlation_id}: recorded, not sent ({reason})"
        self._events.line(text, status="suppressed", **_ids(alert))

    def unreadable(self, event_id: str, why: str) -> None:
        """What is no JSON object is set aside unsent; its id, made from its bytes, is all that names it."""
        said = {"correlation_id": event_id, "event_id": event_id, "status": "dlq"}
        self._log.error(
            "Forward error with correlation_id=%s: %s; failed, moved to DLQ (unreadable)", event_id, why, extra=said
        )

    def sent(self, alert: Alert, ending: Ending, answer: Answer) -> None:
        """A post has ended, one way or another."""
        ids = _ids(alert) | {"attempt": ending.attempt}
        if ending.outcome == "delivered":
            if self._events.due():
                text = f"Forwarded alert with correlation_id={alert.correlation_id}"
                self._events.line(text, status="success", **ids)
            return
        shown = answer.text or f"HTTP {answer.status}"
        word = "retry with backoff" if ending.outcome == "retry" else "failed, moved to DLQ"
        text = f"Forward error with correlation_id={alert.correlation_id}: {shown}; {word} ({ending.reason})"
        said = {"status": ending.outcome, "reason": ending.reason, "http_status": answer.status or None}
        self._log.error("%s", text, extra=ids | {name: value for name, value in said.items() if value is not None})


def _ids(alert: Alert) -> dict[str, str | int]:
    return {"correlation_id": alert.correlation_id, "event_id": alert.event_id}
