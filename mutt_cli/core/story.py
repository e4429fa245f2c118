"""One event's story: every step it took, with times, and where it is now; from what journal and queues say of it.

Pure: the journal's records with the time each was written, the sightings in queues, and the received bytes come in; a
`Story` goes out. The first step is the acceptance. It is not journalled by itself: the alerter's record carries it,
or the element that still waits. What happened between two steps is a wait in a queue, and is a step of its own.
Times are Unix milliseconds; those of steps are Redis time, those of acceptance and start are the worker's clock, so a
wait that clocks would make negative is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from mutt_cli.core import event as events
from mutt_cli.core import pipeline, story_words
from mutt_cli.core.enrich import HAND
from mutt_cli.core.journal import STAGES, Record
from mutt_cli.core.verdict import Looked, Place, Verdict, judge, may_hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.core.sighting import Sighting

ACCEPTED: Final = "accepted"
WAITED: Final = "waited"


@dataclass(frozen=True)
class Recorded:
    """A journal record and the Redis time at which it was written."""

    at_ms: int
    record: Record


@dataclass(frozen=True)
class Evidence:
    """All that was found about one event, and what could not be looked at."""

    event_id: str
    recorded: tuple[Recorded, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    payload: bytes | None = None
    """The event as it was received; None if nobody kept it."""
    looked: Looked = field(default_factory=Looked)
    limited_by: str = ""
    """The delivery limit, by the name of its setting, if it is used up now; else empty."""


@dataclass(frozen=True)
class Subject:
    """What the story is about. Text is empty where nobody knows."""

    event_id: str
    correlation_id: str
    hostname: str
    severity: str
    message: str
    source: str
    """Ingest key or listener; `hand` if it was pushed by hand."""
    sender: str
    ingestor: str
    received_ms: int
    """When it was accepted; 0 if unknown."""


@dataclass(frozen=True)
class Step:
    """One step, or one wait between two."""

    at_ms: int
    offset_ms: int
    """After the first step."""
    stage: str
    """A service, or the queue of a wait."""
    outcome: str
    words: str
    reason: str = ""
    pod: str = ""
    queue: str = ""
    """Where it went from here; empty if its way ended."""
    attempt: int = 0
    """The how-manyth delivery this was; 0 for other steps."""
    response_code: int | None = None
    rule_id: int | None = None
    rule_version: int | None = None
    rule_name: str = ""
    waited_ms: int | None = None
    worked_us: int | None = None
    operation_id: str = ""
    parent_id: str = ""


@dataclass(frozen=True)
class Story:
    """Everything about one event; `places` is empty once its way has ended."""

    subject: Subject
    steps: tuple[Step, ...]
    places: tuple[Place, ...]
    verdict: Verdict
    payload: bytes | None


def tell(evidence: Evidence, now_ms: int) -> Story:
    """The story of one event as of now. There is at least one record or sighting."""
    recorded = in_order(evidence.recorded)
    subject = _subject(evidence, recorded)
    walked = _walked(subject, evidence, recorded)
    steps = _with_waits(walked, [one.record.started_ms for one in recorded])
    places = tuple(_place(one, recorded, now_ms, evidence.limited_by) for one in evidence.sightings)
    last = recorded[-1].record if recorded else None
    attempts = [step.attempt for step in walked if step.attempt]
    verdict = judge(last, places, evidence.looked, tries=max([len(attempts), *attempts]))
    return Story(subject, steps, places, verdict, evidence.payload)


def in_order(recorded: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """Each record once, though stream and database may both hold it, in the order in which things happened."""
    once = {
        (one.at_ms, one.record.event_id, one.record.stage, one.record.outcome, one.record.attempt): one
        for one in recorded
    }
    return tuple(sorted(once.values(), key=_moment))


def is_coherent(evidence: Evidence) -> bool:
    """Whether queues and records tell of one moment; if not, the event moved between two looks: look again."""
    recorded = in_order(evidence.recorded)
    if not recorded or not evidence.looked.redis:
        return True
    queue = recorded[-1].record.queue
    if not queue:
        return not evidence.sightings
    return any(may_hold(queue, one.queue) for one in evidence.sightings)


def _moment(one: Recorded) -> tuple[int, bool, int, int, int]:
    """Within one millisecond: what ends the way comes last, then by start, stage and attempt."""
    record = one.record
    stage = STAGES.index(record.stage) if record.stage in STAGES else len(STAGES)
    ends = not record.queue or record.outcome == "dead"  # a buried message is in a list, and nothing comes after it
    return (one.at_ms, ends, record.started_ms, stage, record.attempt)


def _subject(evidence: Evidence, recorded: Sequence[Recorded]) -> Subject:
    records = [one.record for one in recorded]
    sightings = evidence.sightings
    event = events.parse(evidence.payload) if evidence.payload is not None else events.Event()
    everyone: tuple[Record | Sighting, ...] = (*records, *sightings)
    correlation_id = _first(one.correlation_id for one in everyone if one.correlation_id != evidence.event_id)
    return Subject(
        event_id=evidence.event_id,
        correlation_id=correlation_id or evidence.event_id,
        hostname=_first(one.hostname for one in everyone) or event.hostname,
        severity=_first(one.severity for one in everyone) or event.severity,
        message=event.message or _first(one.message for one in sightings),
        source=_first(one.source for one in everyone) or HAND,
        sender=_first(one.sender for one in everyone),
        ingestor=_first(one.ingestor for one in everyone),
        received_ms=next((one.received_ms for one in everyone if one.received_ms), 0),
    )


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _walked(subject: Subject, evidence: Evidence, recorded: Sequence[Recorded]) -> list[Step]:
    """Acceptance, and one step per record; without the alerter's record the alert itself tells of its rule."""
    starts = [subject.received_ms, *(one.record.started_ms or one.at_ms for one in recorded)]
    start = next((ms for ms in starts if ms), 0)
    steps: list[Step] = []
    if subject.received_ms or subject.source == HAND:
        by_hand = subject.source == HAND
        words = "pushed by hand" if by_hand else story_words.accepted(subject.sender, subject.source)
        stage = HAND if by_hand else "ingestor"
        went = "" if by_hand else pipeline.INGEST
        if start:
            steps.append(Step(start, 0, stage, ACCEPTED, words, pod=subject.ingestor, queue=went))
    alert = next((one for one in evidence.sightings if one.matched_ms), None)
    if alert is not None and not any(one.record.stage == "alerter" for one in recorded):
        steps.append(_decision(alert, start))
    error = _last_error(evidence, recorded)
    for number, one in enumerate(recorded):
        steps.append(_step(one, start, error if number == len(recorded) - 1 else ""))
    return steps


def _decision(alert: Sighting, start: int) -> Step:
    return Step(
        at_ms=alert.matched_ms,
        offset_ms=max(0, alert.matched_ms - start),
        stage="alerter",
        outcome="alerted",
        words=story_words.matched(alert.rule_id, alert.rule_version, alert.rule_name) + ": alert",
        queue=pipeline.ALERT,
        rule_id=alert.rule_id,
        rule_version=alert.rule_version,
        rule_name=alert.rule_name,
    )


def _step(one: Recorded, start: int, error: str) -> Step:
    record = one.record
    return Step(
        at_ms=one.at_ms,
        offset_ms=max(0, one.at_ms - start),
        stage=record.stage,
        outcome=record.outcome,
        words=story_words.of(record, error),
        reason=record.reason,
        pod=record.pod,
        queue=record.queue,
        attempt=record.attempt if record.stage == "forwarder" and record.reason != "circuit_open" else 0,
        response_code=record.response_code,
        rule_id=record.rule_id,
        rule_version=record.rule_version,
        rule_name=record.rule_name,
        worked_us=record.duration_us if record.started_ms else None,
        operation_id=record.operation_id,
        parent_id=record.parent_id,
    )


def _last_error(evidence: Evidence, recorded: Sequence[Recorded]) -> str:
    """What a dead letter says about its last failure, if that is what the last record is about."""
    if not recorded:
        return ""
    last = recorded[-1].record
    letters = (one.delivery for one in evidence.sightings if one.queue == last.queue)
    return next((letter.error for letter in letters if letter and letter.reason == last.reason), "")


def _with_waits(walked: Sequence[Step], started: Sequence[int]) -> tuple[Step, ...]:
    """Between two steps the event lay in a queue: from the first step's time to the second one's start."""
    starts = [*([0] * (len(walked) - len(started))), *started]
    steps: list[Step] = []
    for (before, _), (after, began_ms) in pairwise(zip(walked, starts, strict=True)):
        steps.append(before)
        if before.queue:
            waited = max(0, (began_ms or after.at_ms) - before.at_ms)
            words = story_words.waited(waited)
            steps.append(Step(before.at_ms, before.offset_ms, before.queue, WAITED, words, waited_ms=waited))
    return (*steps, *walked[-1:])


def _place(one: Sighting, recorded: Sequence[Recorded], now_ms: int, limited_by: str) -> Place:
    came = [step.at_ms for step in recorded if may_hold(step.record.queue, one.queue)]
    failed = one.delivery.last_failed_ms if one.delivery else None
    since = came[-1] if came else failed or one.matched_ms or one.received_ms
    return Place(
        queue=one.queue,
        payload_hash=one.payload_hash,
        since_ms=since or None,
        age_ms=max(0, now_ms - since) if since else None,
        due_ms=one.due_ms,
        due_in_ms=None if one.due_ms is None else one.due_ms - now_ms,
        attempt=one.attempt,
        delivery=one.delivery,
        held_by=limited_by if one.queue == pipeline.ALERT or _is_due(one, now_ms) else "",
    )


def _is_due(one: Sighting, now_ms: int) -> bool:
    """Whether a retry only waits for a forwarder that may take it."""
    return one.queue == pipeline.RETRY and one.due_ms is not None and one.due_ms <= now_ms
