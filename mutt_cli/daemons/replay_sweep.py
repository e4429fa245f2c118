"""One sweep over a dead-letter queue: look, decide (core), move in slices, each slice once whatever gets lost.

A sweep meets no more letters than were present when it began, so what comes back meanwhile waits for the next one.
Letters that stay go left only where a letter behind them goes somewhere; a queue in which nothing goes is only read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from mutt_cli.adapters import bulk, replay_state
from mutt_cli.adapters.clock import IdSource, boottime_s, now_ms
from mutt_cli.adapters.logs import EventLog
from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.core import journal, replay
from mutt_cli.core.replay import Bury, Return, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.adapters.replay_state import Reading
    from mutt_cli.core.replay import Lane, Step
    from mutt_cli.daemons.meters import RemediationMeters
    from mutt_cli.daemons.moogsoft_watch import MoogsoftWatch
    from mutt_cli.daemons.runtime import Runtime

Answer = TypeVar("Answer")

MAX_SLICE_BYTES: Final = 4 << 20
REPEAT_S: Final = 0.2


@dataclass
class Swept:
    """What one sweep did; `batch` is what it left of the cycle's batch."""

    batch: int
    returned: int = 0
    buried: int = 0

    @property
    def moved(self) -> int:
        """Letters that left their queue."""
        return self.returned + self.buried


@dataclass
class _Operation:
    """A sweep under way: at most `left` letters are still to be met, `ahead` of them are known to stay."""

    lane: Lane
    key: str
    left: int
    swept: Swept
    operation: str
    number: int = 1
    ahead: int = 0


@dataclass
class Sweeper:
    """Carries out sweeps. `lead` keeps the lease and says whether it is still ours."""

    runtime: Runtime
    client: Client
    watch: MoogsoftWatch
    lead: Callable[[], bool]
    meters: RemediationMeters
    ids: IdSource = field(default_factory=IdSource)

    def __post_init__(self) -> None:
        self._lines = EventLog(self.runtime.log, self.runtime.settings.log.event_rate)

    def sweep(self, lane: Lane, batch: int) -> Swept:
        """Go through the letters of one queue that are there now. Raises RedisUnavailableError between slices."""
        began, keys = boottime_s(), self.runtime.keys
        key = keys.dlq_moog if lane.to_moogsoft else keys.dlq_alerter
        reading = replay_state.read(self.client, keys)
        there = reading.dlq_moog if lane.to_moogsoft else reading.dlq_alerter
        run = _Operation(lane, key, there, Swept(batch), self.ids.new())
        while run.left > 0 and self._may_go_on() and self._slice(run):
            pass
        if run.number > 1:
            bulk.forget(self.client, keys, run.operation)
        self.meters.scanned(boottime_s() - began)
        return run.swept

    def state(self, lane: Lane, reading: Reading, batch: int) -> State:
        """What the next letter of a queue is decided by."""
        settings = self.runtime.settings
        most = settings.remediation.max_poison_retries
        if lane.source in reading.paused:
            return State(most, paused=True)
        if not lane.to_moogsoft:
            return State(most, max(0, settings.alerter.queue_warn_threshold - reading.ingest), batch)
        room, healthy = max(0, replay.ALERT_ROOM - reading.alert), self.watch.healthy
        if not settings.moog.breaker_enabled and not reading.tripped:
            return State(most, room, batch, healthy)
        return State(most, room, batch, healthy, reading.breaker, reading.nothing_to_try)

    def _may_go_on(self) -> bool:
        return not self.runtime.stop.is_set() and self.runtime.holds.hold is None and self.lead()

    def _slice(self, run: _Operation) -> bool:
        """Find and move one slice; False if nothing more is to be done in this sweep."""
        state = self.state(run.lane, replay_state.read(self.client, self.runtime.keys), run.swept.batch)
        if not run.ahead:
            found = self._letters_before_one_that_goes(run, state)
            if found is None:
                return False
            run.ahead = found
        elements = _bounded(bulk.oldest(self.client, run.key, min(bulk.SLICE, run.left)))
        steps = replay.without_rest(self._plan(run, state, elements))
        if self._must_ask(run.lane, steps):
            self.watch.ask()
            run.ahead = 0
            return True
        return bool(steps) and self._move(run, steps)

    def _plan(self, run: _Operation, state: State, elements: Sequence[bytes]) -> list[Step]:
        pod = self.runtime.pod
        return replay.plan(elements, run.lane, state, pod=pod, operation=run.operation, now_ms=now_ms())

    def _letters_before_one_that_goes(self, run: _Operation, state: State) -> int | None:
        """How many of the oldest letters stay for certain, in whole slices; None if all do."""
        for skip in range(0, run.left, bulk.SLICE):
            if skip and not self._may_go_on():
                return None
            elements = bulk.oldest(self.client, run.key, min(bulk.SLICE, run.left - skip), skip)
            now = now_ms()
            if any(not isinstance(replay.decide(one, run.lane, state, now), replay.Stay) for one in elements):
                return skip
        return None

    def _must_ask(self, lane: Lane, steps: Sequence[Step]) -> bool:
        """Whether something is about to go to Moogsoft whose health nobody has asked about. A probe asks by itself."""
        decisions = [step.decision for step in steps]
        going = any(isinstance(one, Return) and one.allowed_by != "probe" for one in decisions)
        return lane.to_moogsoft and going and not self.watch.known

    def _move(self, run: _Operation, steps: Sequence[Step]) -> bool:
        """Move one slice in one atomic step. False if the sweep ends with it."""
        run.left -= len(steps)
        run.ahead = max(0, run.ahead - len(steps))
        call = partial(
            bulk.move, self.client, self.runtime.keys, [self._item(run.lane, step) for step in steps],
            operation=run.operation, number=run.number, source=run.key, uid=self.ids.new(),
            ledger=[entry for step in steps for entry in step.ledger],
            journal=_packed(steps),
        )  # fmt: skip
        answer = self._insist(call)
        if answer is None:
            return False
        if answer == "changed":  # somebody took from this end: what was read is not what is there
            run.ahead = 0
            return True
        run.number += 1
        for step in steps:
            self._done(run, step)
        return not any(isinstance(one.decision, Return) and one.decision.allowed_by == "probe" for one in steps)

    def _item(self, lane: Lane, step: Step) -> bulk.Item:
        keys, decision = self.runtime.keys, step.decision
        if isinstance(decision, Return):
            return bulk.Item(
                step.element, keys.alert_queue if lane.to_moogsoft else keys.ingest_queue, decision.element
            )
        if isinstance(decision, Bury):
            return bulk.Item(step.element, keys.dead, decision.element)
        return bulk.Item(step.element)

    def _insist(self, call: Callable[[], Answer]) -> Answer | None:
        """Repeat an idempotent call until Redis answers; None only if the daemon stops while Redis is away."""
        wait = REPEAT_S
        while True:
            try:
                return call()
            except RedisUnavailableError as error:
                self.runtime.log.warning("Redis is away, repeating the same slice: %s", error)
                if self.runtime.stop.wait(wait):
                    return None
                wait = min(wait * 2, 5.0)

    def _done(self, run: _Operation, step: Step) -> None:
        """Count one letter, and write its line."""
        record, decision = step.record, step.decision
        if record is None:
            return
        fields = {"correlation_id": record.correlation_id, "event_id": record.event_id, "reason": record.reason}
        if isinstance(decision, Bury):
            run.swept.buried += 1
            self.meters.buried(record.attempt)
            self.runtime.log.error(
                "poison message from %s moved to %s: %s",
                run.lane.source,
                self.runtime.keys.dead,
                decision.error,
                extra=fields,
            )
        elif isinstance(decision, Return):
            run.swept.returned += 1
            self.meters.replayed(record.attempt)
            run.swept.batch -= decision.allowed_by == "batch"
            if self._lines.due():
                self._lines.line(
                    f"Replaying message from {run.lane.source} to {run.lane.target},"
                    f" reason {record.reason or 'none'}, replay {record.attempt}",
                    **fields,
                )


def _packed(steps: Sequence[Step]) -> bytes:
    records = [step.record for step in steps if step.record is not None]
    return journal.pack(records) if records else b""


def _bounded(elements: Sequence[bytes]) -> list[bytes]:
    """The oldest elements that fit into one call, at least one."""
    size, kept = 0, list[bytes]()
    for element in elements:
        size += len(element)
        if kept and size > MAX_SLICE_BYTES:
            break
        kept.append(element)
    return kept
