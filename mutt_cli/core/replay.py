"""What becomes of a dead letter: back to its queue, buried, or left where it is. Values in, a decision out.

What was set aside for want of room (`circuit_open`, `shed`) comes back as room allows; everything else in batches,
once a cycle. Nothing goes towards Moogsoft unless it is healthy and the breaker closed; half open, one letter is the
probe (D9, D13, architecture.md 3). Only failures that are the message's own fault count as poison (C-40): an outage
never buries anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core import journal
from mutt_cli.core.dead_letter import Delivery, annotate, open_letter, replayed
from mutt_cli.core.delivery import is_message_problem
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.pipeline import ALERT, DEAD, DLQ_ALERTER, DLQ_MOOG, INGEST
from mutt_cli.core.standing import owned, standing_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.dead_letter import Letter
    from mutt_cli.core.ledger import Entry

Breaker = Literal["CLOSED", "OPEN", "HALF_OPEN"]
POISON: Final = "poison"
ALERT_ROOM: Final = 1000
"""What had to wait for the breaker comes back while fewer alerts than this wait in their queue."""


@dataclass(frozen=True)
class Lane:
    """One dead-letter queue, by short names: where its letters come from and go back to."""

    source: str
    target: str
    freely: str
    """The reason whose letters come back as room allows, not bounded by the batch."""
    to_moogsoft: bool = False
    """Whether its letters go to Moogsoft next."""


ALERTER: Final = Lane(DLQ_ALERTER, INGEST, "shed")
MOOG: Final = Lane(DLQ_MOOG, ALERT, "circuit_open", to_moogsoft=True)
LANES: Final = (ALERTER, MOOG)
"""In the order in which a cycle serves them: they share its batch."""


@dataclass(frozen=True)
class State:
    """What a decision depends on beside the letter. `healthy`, `breaker` and `probe` matter to one lane alone."""

    max_poison: int
    """`MAX_POISON_RETRIES`: failed replays, the message's own fault, that are borne."""
    room: int = 0
    """Messages that the target queue may still take."""
    batch: int = 0
    """What is left of `REMEDIATION_BATCH_SIZE` in this cycle."""
    healthy: bool = True
    breaker: Breaker = "CLOSED"
    probe: bool = False
    """The breaker waits for an alert to try, and there is none."""
    paused: bool = False
    """A person has stopped remediation in this queue: nothing leaves it, nothing is buried."""

    def held(self, lane: Lane) -> Literal["paused", "breaker", "health", "room"] | None:
        """What keeps every letter of a queue where it is, or those that come back freely; None if nothing does."""
        if self.paused:
            return "paused"
        if lane.to_moogsoft and self.breaker != "CLOSED":
            return "breaker"
        if lane.to_moogsoft and not self.healthy:
            return "health"
        return None if self.room > 0 else "room"


@dataclass(frozen=True)
class Return:
    """Back to the queue where it came from, and what allowed it."""

    element: bytes
    allowed_by: Literal["batch", "room", "probe"]


@dataclass(frozen=True)
class Bury:
    """To `mutt:dlq:dead`, where a person decides."""

    element: bytes
    error: str


@dataclass(frozen=True)
class Stay:
    """It waits, for this."""

    why: Literal["paused", "breaker", "health", "batch", "room"]


Decision = Return | Bury | Stay


@dataclass(frozen=True)
class Step:
    """A letter, its decision, and what a log line tells of it."""

    element: bytes
    decision: Decision
    record: journal.Record | None = None
    ledger: tuple[Entry, ...] = ()


def decide(element: bytes, lane: Lane, state: State, now_ms: int) -> Decision:
    """What becomes of one letter. Total over bytes: hand-made and unreadable letters are letters like others."""
    if state.paused:
        return Stay("paused")
    letter = open_letter(element)
    delivery = letter.delivery or Delivery()
    failures = _own_failures(delivery)
    if is_message_problem(delivery.reason) and failures > state.max_poison:
        error = f"failed {failures} times ({delivery.reason}): {delivery.error}"
        sealed = annotate(
            element, reason=POISON, error=error, attempt=delivery.attempts, origin=lane.target, at_ms=now_ms
        )
        return Bury(owned(sealed, standing_of(element, letter, now_ms)), error)
    allowed = _allowed(letter, delivery.reason, lane, state)
    if isinstance(allowed, Stay):
        return allowed
    return Return(owned(replayed(element), standing_of(element, letter, now_ms)), allowed)


def _allowed(letter: Letter, reason: str, lane: Lane, state: State) -> Literal["batch", "room", "probe"] | Stay:
    if lane.to_moogsoft and state.breaker != "CLOSED":
        sendable = letter.fields is not None
        return "probe" if state.breaker == "HALF_OPEN" and state.probe and sendable else Stay("breaker")
    held = state.held(lane)
    if held == "health":
        return Stay(held)
    if reason == lane.freely:
        return Stay(held) if held else "room"
    return "batch" if state.batch > 0 else Stay("batch")


def spend(state: State, decision: Decision) -> State:
    """The state in which the next letter is decided."""
    if not isinstance(decision, Return):
        return state
    used = 1 if decision.allowed_by == "batch" else 0
    return replace(state, room=max(0, state.room - 1), batch=state.batch - used, probe=False)


def plan(elements: Sequence[bytes], lane: Lane, state: State, *, pod: str, operation: str, now_ms: int) -> list[Step]:
    """Decide letters, oldest first, each one knowing what those before it used up."""
    steps = []
    for element in elements:
        decision = decide(element, lane, state, now_ms)
        state = spend(state, decision)
        if isinstance(decision, Stay):
            steps.append(Step(element, decision))
        else:
            steps.append(_accounted(element, decision, lane, pod=pod, operation=operation, now_ms=now_ms))
    return steps


def without_rest(steps: Sequence[Step]) -> list[Step]:
    """The steps up to the last letter that goes somewhere; all of them if none does. What follows need not be moved."""
    going = [place for place, step in enumerate(steps, start=1) if not isinstance(step.decision, Stay)]
    return list(steps[: going[-1]] if going else steps)


def _own_failures(delivery: Delivery) -> int:
    return sum(tally.count for tally in delivery.history if is_message_problem(tally.reason))


def _accounted(element: bytes, decision: Return | Bury, lane: Lane, *, pod: str, operation: str, now_ms: int) -> Step:
    letter = open_letter(element)
    delivery, standing = letter.delivery or Delivery(), standing_of(element, letter, now_ms)
    counters = [] if standing.counted else ["injected"]
    outcome, reason, queue, attempt = "replayed", delivery.reason, lane.target, delivery.replays + 1
    if isinstance(decision, Bury):
        counters.append("dead")
        outcome, reason, queue, attempt = "dead", POISON, DEAD, delivery.replays
    record = journal.Record(
        standing.event_id, text_of(letter, "correlation_id") or standing.event_id, "remediation", outcome, reason,
        queue, pod, unix_ms(text_of(letter, "received_at")) or 0, standing.source, now_ms, attempt=attempt,
        hostname=journal.storable(text_of(letter, "hostname")), operation_id=operation,
    )  # fmt: skip
    entries = tuple((standing.minute, standing.source, counter, 1) for counter in counters)
    return Step(element, decision, record, entries)
