"""The alerter: claim a batch of events, decide them (core), finish the batch whole.

One loop owns the lease and the queue; beside it run the heartbeat, the reaper and the rulebook. The historian is a
process of its own: as a thread it took the interpreter from this loop while it worked (ADR 0019). After a lost reply
the same call is repeated with the same arguments; after a fence the worker registers again and the batch, which went
back to the queue, is somebody's next claim.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mutt_cli.adapters import alerter_queue, dedupe_marks, drill_notes
from mutt_cli.adapters.alerter_queue import Batch, Conflict, MoreMark, NewMark, Plan
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.logs import EventLog
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core import dedupe, journal
from mutt_cli.core.batching import batch_size
from mutt_cli.core.decision import Conclusion, Context, conclude, drill_tokens, examine, fingerprints, labelled
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.pressure import Pressure, shrink
from mutt_cli.daemons.congestion import Congestion
from mutt_cli.daemons.journal_watch import JournalWatch
from mutt_cli.daemons.leased import LeasedWorker
from mutt_cli.daemons.reaper import Reaper
from mutt_cli.daemons.rulebook import Rulebook
from mutt_cli.daemons.unhandled_watch import UnhandledWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.core.decision import Examined, MarkChange
    from mutt_cli.daemons.meters import AlerterMeters
    from mutt_cli.daemons.rulebook import Book
    from mutt_cli.daemons.runtime import Runtime

Answer = TypeVar("Answer")

IDLE_MIN_S, IDLE_MAX_S = 0.005, 0.05
"""An idle worker looks again after 5 ms, waiting longer each time up to 50 ms (architecture.md section 3)."""


class Alerter:
    """One alerter process with one worker name."""

    def __init__(self, runtime: Runtime, meters: AlerterMeters) -> None:
        self.runtime = runtime
        self.meters = meters
        self.rulebook = Rulebook(runtime, meters)
        lease_ms = int(runtime.settings.worker.heartbeat_expiry * 1000)
        self.worker = LeasedWorker(runtime, "alerter", runtime.pod, lease_ms, facts=self._facts)
        self.rulebook.swapped = self.worker.tell
        self._client = runtime.redis()
        self._watch = JournalWatch(runtime)
        self._events = EventLog(runtime.log, runtime.settings.log.event_rate)
        self._congestion = Congestion(runtime, meters)
        self._unhandled = UnhandledWatch(runtime, self.rulebook, meters)
        self._sequence = 0
        self._waiting = 0
        """Events that the last claim left in the queue."""

    def _facts(self) -> dict[str, str | int]:
        book = self.rulebook.book
        revision = book.rules.revision if book else 0
        return {"rules_revision": revision, "config_version": self.runtime.config_revision, "drills": True}

    def run(self) -> None:
        """Until SIGTERM; then the current batch is finished and the name given up."""
        runtime = self.runtime
        runtime.spawn("rulebook", self.rulebook.run)
        self.worker.start()
        runtime.spawn("reaper", Reaper(runtime, self.worker, ("alerter", "moog")).run)
        runtime.spawn("journal watch", self._watch.run)
        runtime.spawn("unhandled watch", self._unhandled.run)
        self._wait_for_rules()
        idle = IDLE_MIN_S
        while not runtime.stop.is_set():
            if self._turn():
                idle = IDLE_MIN_S
            else:
                runtime.stop.wait(idle)
                idle = min(idle * 1.5, IDLE_MAX_S)
            self.worker.progress()
        with suppress(*REDIS_TROUBLE):
            self._unhandled.tell()
        self.worker.leave()

    def _wait_for_rules(self) -> None:
        while not self.rulebook.loaded.wait(0.2) and not self.runtime.stop.is_set():
            self.worker.progress()

    def _turn(self) -> bool:
        """Claim, decide, finish once; False if there was nothing to do."""
        if self.worker.fenced.is_set():
            self.runtime.log.warning("lease lost; registering again")
            self.worker.register()
            return True
        if self._watch.level >= Pressure.ALERTERS_STOP or self.runtime.holds.hold is not None:
            return False
        batch_id, lease = self.worker.ids.new(), self.worker.lease
        size = batch_size(self.runtime.settings.alerter.batch_size, self._waiting)
        answer = self._insist(partial(alerter_queue.claim, lease, batch_id, size))
        if answer == "fenced":
            self.worker.fence()
            return True
        if not isinstance(answer, Batch):
            self._waiting = 0
            return answer == "stale"
        self._waiting = answer.waiting
        self._settle(answer)
        return True

    def _settle(self, batch: Batch) -> None:
        """Decide the batch until its decision stands; a conflict means another worker moved a dedupe mark."""
        book = self.rulebook.book
        if book is None:
            return
        started = boottime_s()
        load = self._congestion.judge(batch)
        examined = self._canaries(examine(batch.elements, book.rules, load))
        while True:
            conclusion = self._conclude(batch, examined, book, started)
            plan = self._plan(conclusion, batch.now_ms)
            answer = self._insist(partial(alerter_queue.finish, self.worker.lease, batch, plan))
            if isinstance(answer, Conflict):
                continue
            if answer == "fenced":
                self.worker.fence()
            if answer in {"ok", "already"}:
                self._finished(conclusion, boottime_s() - started)
                self._congestion.after(load, conclusion.records)
            return

    def _canaries(self, examined: Sequence[Examined]) -> Sequence[Examined]:
        """The batch with the canaries of drills told apart, by one look at Redis where an event claims to be one."""
        tokens = drill_tokens(examined)
        if not tokens:
            return examined
        labels = self._insist(partial(drill_notes.labels, self._client, self.runtime.keys, tokens))
        return labelled(examined, labels or {})

    def _conclude(self, batch: Batch, examined: Sequence[Examined], book: Book, started: float) -> Conclusion:
        window_ms = int(self.runtime.settings.alerter.dedupe_window * 1000)
        wanted = fingerprints(examined) if window_ms else []
        marks = self._insist(partial(dedupe_marks.read, self._client, self.runtime.keys, wanted)) if wanted else {}
        share_us = int((boottime_s() - started) * 1_000_000) // max(1, len(examined))
        context = Context(self.runtime.pod, batch.now_ms, window_ms, self._sequence, book.inventory, share_us)
        return conclude(examined, marks or {}, context)

    def _plan(self, conclusion: Conclusion, at: int) -> Plan:
        keys, window_ms = self.runtime.keys, int(self.runtime.settings.alerter.dedupe_window * 1000)

        def mark(change: MarkChange) -> NewMark | MoreMark:
            key = keys.dedupe(change.fingerprint)
            if not change.new:
                return MoreMark(key, change.expected, change.followers)
            ttl = window_ms + dedupe.KEEP_AFTER_WINDOW_MS
            return NewMark(key, change.expected, change.new, at, at + window_ms, ttl, change.followers)

        records, skipped = shrink(conclusion.records, self._watch.level)
        ledger = [(*key, count) for key, count in conclusion.ledger.items()]
        if skipped:  # beside the balance: how much history was left out
            ledger.append((rfc3339(at)[:16], self.runtime.pod, "history_skipped", skipped))
        return Plan(
            pushes={keys.alert_queue: conclusion.alerts, keys.dlq_alerter: conclusion.failed},
            marks=[mark(change) for change in conclusion.marks],
            ledger=ledger,
            journal=journal.pack(records),
        )

    def _finished(self, conclusion: Conclusion, seconds: float) -> None:
        self._sequence += len(conclusion.alerts)
        self._unhandled.saw(conclusion.unhandled)
        self.meters.decided(conclusion.records, seconds)
        took = round(seconds * 1000 / max(1, len(conclusion.records)), 3)
        for record in conclusion.records:
            if not self._events.due():
                continue
            self._events.line(
                f"Processing event with correlation_id={record.correlation_id} took {took} ms: {record.outcome}",
                correlation_id=record.correlation_id, event_id=record.event_id, status=record.outcome,
                rule=record.rule_name,
            )  # fmt: skip

    def _insist(self, call: Callable[[], Answer]) -> Answer | None:
        """Repeat an idempotent call until Redis answers; None only if the daemon stops while Redis is away."""
        wait = 0.05
        while True:
            try:
                return call()
            except REDIS_TROUBLE as error:
                self.worker.trouble(error)
                if self.runtime.stop.wait(wait):
                    return None
                wait = min(wait * 2, 2.0)
                self.worker.progress()
