"""A pipeline in one thread: the real queue steps and the real decisions, one step at a time, on real servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import alerter_queue, history, intake_queue, journal_stream
from mutt_cli.adapters.clock import IdSource, now_ms
from mutt_cli.adapters.forwarder_queue import Settlement
from mutt_cli.adapters.witness import Witness
from mutt_cli.core import journal, settlement
from mutt_cli.core.alert import Alert, parse_element
from mutt_cli.core.backoff import Policy
from mutt_cli.core.decision import Context, conclude, examine
from mutt_cli.core.delivery import Verdict
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.event import AcceptedEvent, Arrival, Limits, accept
from mutt_cli.core.matcher import RuleSet, compile_rules
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.rules import Rule
from tests.contract.protocol.workers import KEYS, Worker

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client

RULES = compile_rules(1, [Rule(1, 1, "link", "LINK", 10)])
SENT = Verdict("delivered", "http_200", "success", status=200)
AGAIN = Verdict("retry", "http_503", "failure", status=503)
REFUSED = Verdict("rejected", "http_400", "success", status=400)
_LIMITS = Limits(1_000_000, 32)


class _BrokenRules(RuleSet):
    """A matcher that fails, so that the event's outcome is an error."""

    def match(self, message: str) -> Rule | None:
        raise ValueError(message)


BROKEN = _BrokenRules(1, (), (), ())


@dataclass
class Flow:
    """One ingestor, one alerter `a1`, one forwarder `f1`, one historian."""

    client: Client
    witness: Path
    ids: IdSource = field(default_factory=IdSource)

    def __post_init__(self) -> None:
        self.notes = Witness(self.witness, "ingestor-1", 1 << 20)
        self.alerter = Worker(self.client, pod="a1", ids=self.ids)
        self.forwarder = Worker(self.client, role="moog", pod="f1", ids=self.ids)
        self.alerter.register()
        self.forwarder.register()

    def send(self, *messages: str) -> list[str]:
        """Accept events as the ingestor does; returns their ids."""
        received_at = rfc3339(now_ms())
        good = [self._accepted(message, received_at) for message in messages]
        counted = [(received_at[:16], "api", "accepted", len(good))]
        answer = intake_queue.enqueue(self.client, KEYS, [one.element for one in good], cap=10_000, ledger=counted)
        assert isinstance(answer, intake_queue.Accepted)
        ids = [one.event_id for one in good]
        self.notes.note(received_at, ids)
        return ids

    def _accepted(self, message: str, received_at: str) -> AcceptedEvent:
        arrival = Arrival(self.ids.new(), received_at, "api", "ingestor-1", "127.0.0.1", self.ids.new())
        found = accept(b'{"message":"%s"}' % message.encode(), arrival, _LIMITS)
        assert isinstance(found, AcceptedEvent)
        return found

    def take(self) -> alerter_queue.Batch:
        """The alerter has a batch in hand."""
        return self.alerter.take(500)

    def decide(self, rules: RuleSet = RULES) -> None:
        """The alerter takes what waits and decides it."""
        batch = self.take()
        context = Context("a1", batch.now_ms, 0, 0, Inventory())
        found = conclude(examine(batch.elements, rules), {}, context)
        plan = alerter_queue.Plan(
            {KEYS.alert_queue: found.alerts, KEYS.dlq_alerter: found.failed},
            ledger=[(*key, count) for key, count in found.ledger.items()],
            journal=journal.pack(found.records),
        )
        assert alerter_queue.finish(self.alerter.lease, batch, plan) == "ok"

    def hold(self) -> tuple[bytes, ...]:
        """The forwarder has alerts in hand."""
        return self.forwarder.take_alerts(slots=64).elements

    def forward(self, verdict: Verdict = SENT) -> None:
        """The forwarder takes every alert, and each gets this answer."""
        for element in self.hold():
            alert, at = parse_element(element), now_ms() + 60_000
            if isinstance(alert, Alert):
                end = settlement.sent(element, alert, verdict, Policy(), pod="f1", jitter=1.0, now_ms=at, elapsed_s=0.0)
            else:
                end = settlement.unreadable(element, alert.reason, "f1", at)
            how = Settlement(end.outcome, end.element, end.due_ms, end.ledger, end.journal)
            assert self.forwarder.settle(element, how) == "ok"

    def store(self, conn: Connection) -> None:
        """The historian moves the whole journal to PostgreSQL."""
        while waiting := journal_stream.read(self.client, KEYS):
            history.store(conn, [entry for _, entry in waiting if entry.records])
            journal_stream.forget(self.client, KEYS, [(stream, entry.uid) for stream, entry in waiting])
