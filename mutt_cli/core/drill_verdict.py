"""What a drill found: how far the canary came, and what that means; from its story alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core import pipeline
from mutt_cli.core.drill import DONE, LATE
from mutt_cli.core.story import ACCEPTED, WAITED

if TYPE_CHECKING:
    from mutt_cli.core.drill import Mode
    from mutt_cli.core.story import Step, Story

Result = Literal["ok", "late", "lost", "set_aside", "not_taken", "unexpected"]
RESULTS: Final = ("ok", "late", "lost", "set_aside", "not_taken", "unexpected")

_STATUS: Final = {
    "ingestor": ("mutt status ingestor", "mutt logs ingestor --since 10m"),
    "alerter": ("mutt status alerter", "mutt logs alerter --since 10m"),
    "forwarder": ("mutt status forwarder", "mutt moog status"),
}


@dataclass(frozen=True)
class Finding:
    """`stage` is the service that had it last, or that does not take it; `sentence` says what is the matter."""

    result: Result
    stage: str
    sentence: str
    tries: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the canary came through in time."""
        return self.result == "ok"


@dataclass(frozen=True)
class Stage:
    """One service's part: seconds it waited before it and was worked on there, None where nobody measured it."""

    name: str
    waited_s: float | None
    worked_s: float | None
    words: str
    pod: str


def ended(story: Story, mode: Mode) -> Finding | None:
    """What it came to; None while it is on its way. One that is not seen anywhere may only be moving."""
    state = story.verdict.state
    if state in {"dead_letter", "dead", "set_aside"}:
        return _set_aside(story)
    if not story.verdict.ended or state == "missing":
        return None
    last = _last(story)
    end = (state, last.reason if last and state == "suppressed" else "")
    if end == ("suppressed", LATE):
        stage = last.stage if last else ""
        return Finding("late", stage, f"late: it came to the {stage} after its time, and ended there.", _STATUS[stage])
    known = _ENDS.get((*end, mode))
    if known is not None:
        return known
    told = f"it ended otherwise than a drill does: {story.verdict.sentence}"
    return Finding("unexpected", last.stage if last else "", told, (f"mutt trace {story.subject.event_id}",))


_OLDER: Final = Finding(
    "unexpected", "alerter", "an alerter did not know it for a drill: it is of an older version, or its label is gone.",
    ("mutt status --services",),
)  # fmt: skip
_ENDS: Final = {
    ("suppressed", DONE, "record"): Finding("ok", "forwarder", "came through; the forwarder recorded its post."),
    ("delivered", "", "send"): Finding("ok", "forwarder", "came through; one alert titled TEST is in Moogsoft."),
    ("delivered", "", "record"): Finding(
        "unexpected", "forwarder", "it was posted and not recorded: a forwarder that knows no drills sent it.",
        ("mutt status --services",),
    ),
    ("unhandled", "", "record"): _OLDER,
    ("unhandled", "", "send"): _OLDER,
}  # fmt: skip
"""What an end means, by its state, the reason of a suppressed one, and the mode."""


def out_of_time(story: Story) -> Finding:
    """What is to be said when the time is over and it is still on its way."""
    verdict = story.verdict
    if verdict.state == "missing":
        return Finding("lost", _stage_of(story), f"lost: {verdict.sentence}", verdict.tries)
    stage = _stage_of(story)
    return Finding("late", stage, f"late: {verdict.sentence}", tuple(dict.fromkeys((*verdict.tries, *_STATUS[stage]))))


def not_taken(reason: str, wait_s: float | None) -> Finding:
    """The ingestor did not accept it."""
    asked = f"; it asks senders to wait {wait_s:.0f} s" if wait_s is not None else ""
    told = f"the ingestor did not take it: {_NOT_TAKEN.get(reason, reason)}{asked}."
    return Finding("not_taken", "ingestor", told, (*_MENDS.get(reason, ()), *_STATUS["ingestor"]))


_NOT_TAKEN: Final = {
    "rate_limit": "more requests come than INGEST_MAX_RATE allows (rate_limit)",
    "queue_full": "the ingest queue is at its cap (queue_full)",
    "stopped": "the intake is stopped (stopped)",
    "redis": "it cannot reach Redis, or Redis refuses (redis)",
}
_MENDS: Final = {
    "rate_limit": ("mutt ratelimit show",),
    "queue_full": ("mutt queue show ingest", "mutt forecast"),
    "stopped": ("mutt ingest start",),
    "redis": ("mutt redis info",),
}


def stages(story: Story, posted_s: float) -> list[Stage]:
    """The story by service: the wait before a step belongs to the service that took it out of the queue.

    `posted_s` is how long the ingestor took to answer, which only its sender knows.
    """
    made: list[Stage] = []
    waited: float | None = None
    for step in story.steps:
        if step.outcome == WAITED:
            waited = None if step.waited_ms is None else step.waited_ms / 1000
            continue
        worked = None if step.worked_us is None else step.worked_us / 1_000_000
        worked = posted_s if step.outcome == ACCEPTED else worked
        made.append(Stage(step.stage, waited, worked, step.words, step.pod))
        waited = None
    return made


def _set_aside(story: Story) -> Finding:
    place = story.verdict.place or story.places[0]
    reason = place.delivery.reason if place.delivery else ""
    stage = "alerter" if place.queue == pipeline.DLQ_ALERTER else _stage_of(story)
    if reason == "circuit_open":
        told = "set aside: the breaker is open, so no alert is sent."
        return Finding("set_aside", stage, told, ("mutt breaker show", "mutt moog status", "mutt moog test"))
    if reason == "shed":
        told = "set aside: alerters shed what is oldest, because too much waits."
        return Finding("set_aside", "alerter", told, ("mutt queue show ingest", "mutt forecast"))
    error = place.delivery.error if place.delivery else ""
    told = f"set aside in {place.queue}: {error or reason or 'nobody noted why'}."
    return Finding("set_aside", stage, told, ("mutt moog test", *_STATUS[stage]))


def _last(story: Story) -> Step | None:
    return next((step for step in reversed(story.steps) if step.outcome != WAITED), None)


def _stage_of(story: Story) -> str:
    """The service whose turn it is: that which takes from the queue where it lies, or went last."""
    last = _last(story)
    place = story.verdict.place or next(iter(story.places), None)
    queue = place.queue if place else last.queue if last else ""
    if not queue or queue == pipeline.INGEST or queue.startswith(_IN_ALERTER):
        return "alerter"
    if queue == pipeline.DEAD and last is not None and last.stage == "alerter":
        return "alerter"
    return "forwarder"


_IN_ALERTER: Final = pipeline.in_hand("alerter", "").name
