"""What an event's story comes to: one word for machines, one sentence and the next step for people.

The sentence says only what was looked at: with a back end away, or a queue too long to be read whole, an event that
was not seen is not called lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core import pipeline
from mutt_cli.core.delivery import is_message_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.dead_letter import Delivery
    from mutt_cli.core.journal import Record

State = Literal[
    "waiting", "in_hand", "retrying", "dead_letter", "set_aside", "dead",
    "delivered", "unhandled", "deduplicated", "suppressed", "purged", "accounted", "missing", "unknown",
]  # fmt: skip
MOVING: Final = frozenset({"waiting", "in_hand", "retrying", "dead_letter", "unknown"})
"""States that MUTT itself will change; a replay by remediation moves dead letters."""

_ENDS: Final[dict[str, State]] = {
    "delivered": "delivered", "unhandled": "unhandled", "deduplicated": "deduplicated", "suppressed": "suppressed",
    "purged": "purged", "accounted": "accounted",
}  # fmt: skip
_IN_ALERTER: Final = pipeline.in_hand("alerter", "").name
_IN_FORWARDER: Final = pipeline.in_hand("moog", "").name
_SHORT: Final = 7
"""Characters of a payload hash that address a message (ux.md 4.1 rule 4)."""


@dataclass(frozen=True)
class Place:
    """Where the event lies now. Times are Unix milliseconds, None if unknown."""

    queue: str
    payload_hash: str
    since_ms: int | None
    age_ms: int | None
    due_ms: int | None
    """Of a retry: when it is due."""
    due_in_ms: int | None
    attempt: int
    delivery: Delivery | None
    held_by: str = ""
    """What keeps it waiting beyond its turn now, by the name of the setting; empty if nothing does."""

    @property
    def short_hash(self) -> str:
        """What people type to address this message."""
        return self.payload_hash[:_SHORT]


@dataclass(frozen=True)
class Verdict:
    """`state` in a word, `sentence` for people, `tries` what to do, safest first."""

    state: State
    sentence: str
    tries: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False, repr=False)
    """Where it lies, if that is what is told: of several, while it is moved, the one to which it went."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in MOVING


def may_hold(sent_to: str, queue: str) -> bool:
    """Whether what a step sent to one queue may lie in `queue` without any further record: taken, or given back."""
    if sent_to == pipeline.INGEST:
        return queue == pipeline.INGEST or queue.startswith(_IN_ALERTER)
    if sent_to in {pipeline.ALERT, pipeline.RETRY}:
        return queue in {pipeline.ALERT, pipeline.RETRY} or queue.startswith(_IN_FORWARDER)
    return bool(sent_to) and queue == sent_to


def movers(queue: str) -> frozenset[str]:
    """What moves messages out of a queue, by the names under which people switch it off (ops/switches.py)."""
    if queue == pipeline.INGEST or queue.startswith(_IN_ALERTER):
        return frozenset({"alerter"})
    if queue in {pipeline.ALERT, pipeline.RETRY} or queue.startswith(_IN_FORWARDER):
        return frozenset({"forwarder", "breaker"})
    return frozenset({"remediation", f"dlq/{queue}"}) if "remediation" in pipeline.drainers(queue) else frozenset()


@dataclass(frozen=True)
class Looked:
    """What could be looked at: an event that was not seen elsewhere is not called lost."""

    redis: bool = True
    """Whether queues and stream answered."""
    history: bool = True
    """Whether PostgreSQL answered."""
    whole_queues: bool = True
    """Whether every queue was looked at from end to end."""


def judge(last: Record | None, places: Sequence[Place], looked: Looked, *, tries: int) -> Verdict:
    """The verdict. `last` is the newest record, `tries` the deliveries made."""
    if last is not None and not last.queue:
        ending = _ending(last, tries)
        if not places:
            return ending
        copies = " and ".join(sorted({place.queue for place in places}))
        return replace(ending, sentence=f"{ending.sentence} Yet a copy of it lies in {copies}.")
    if places:
        expected = [one for one in places if last is not None and may_hold(last.queue, one.queue)]
        meant = (expected or list(places))[0]
        return replace(_lying(meant), place=meant)
    return _unseen(last.queue if last is not None else "a queue", looked)


def _unseen(went: str, looked: Looked) -> Verdict:
    """Its way has not ended, and it is in no queue that was looked at."""
    if not looked.redis:
        return Verdict("unknown", f"it went to {went}; where it is now only Redis knows.", ("mutt status",))
    if not looked.history:
        told = f"it went to {went} and has left; what became of it, PostgreSQL may know."
        return Verdict("unknown", told, ("mutt db status",))
    if not looked.whole_queues:
        return Verdict("unknown", f"it went to {went}; not all of the queues was looked at.", ("mutt queue list",))
    told = f"it went to {went} and is in no queue: removed by hand, or lost by Redis."
    return Verdict("missing", told, ("mutt reconcile",))


def _ending(last: Record, tries: int) -> Verdict:
    state = _ENDS.get(last.outcome, "unknown")
    sentences = {
        "delivered": f"delivered at try {tries}." if tries > 1 else "delivered.",
        "unhandled": "no alert was made: no rule matched it.",
        "deduplicated": f"no alert of its own: it repeats {last.parent_id}, whose alert stands for both.",
        "suppressed": f"no alert was made: suppressed ({last.reason}).",
        "purged": "removed for good by an operator.",
        "accounted": "lost, and accepted as lost by an operator.",
    }
    told = {
        "unhandled": ("mutt rule list", "mutt ingest test --file PATH"),
        "deduplicated": (f"mutt trace {last.parent_id}",),
    }
    return Verdict(state, sentences.get(state, f"its last step was {last.outcome}."), told.get(state, ()))


def _lying(place: Place) -> Verdict:
    queue, made = place.queue, place.attempt
    if queue.startswith(_IN_ALERTER):
        return Verdict("in_hand", "an alerter is deciding it.")
    if queue.startswith(_IN_FORWARDER):
        return Verdict("in_hand", f"a forwarder has it in hand for try {made + 1}.")
    again = f"mutt dlq fix {place.short_hash}" if _refused(place) else f"mutt dlq replay {queue} {place.short_hash}"
    letter = (f"mutt dlq show {place.short_hash}", again)
    told: dict[str, Verdict] = {
        pipeline.INGEST: Verdict("waiting", "waits for an alerter.", ("mutt status alerter",)),
        pipeline.ALERT: Verdict("waiting", f"waits for {_turn(place)}.", ("mutt status forwarder",)),
        pipeline.RETRY: Verdict("retrying", _retrying(place, made)),
        pipeline.DEAD: Verdict("dead", f"not delivered, and nothing will try again by itself{_why(place)}.", letter),
        pipeline.OLD_EVENTS: Verdict("set_aside", "set aside by hand; nothing brings it back by itself.", letter),
    }
    return told.get(queue) or Verdict("dead_letter", _dead_letter(place), letter)


def _turn(place: Place) -> str:
    return f"the delivery limit: {place.held_by} is used up" if place.held_by else "a forwarder"


def _retrying(place: Place, made: int) -> str:
    due = place.due_in_ms
    when = "is due now" if due is None or due <= 0 else f"comes in {due / 1000:.1f} s"
    if place.held_by:
        when = f"waits for {_turn(place)}"
    if not made:
        return f"not delivered yet: it waits behind an earlier alert of its signature; its turn {when}."
    return f"not delivered yet: {made} {'try' if made == 1 else 'tries'} made, the next {when}."


def _refused(place: Place) -> bool:
    """Whether Moogsoft refused what it says, so that sending it unchanged is no help."""
    reason = place.delivery.reason if place.delivery else ""
    return is_message_problem(reason) and reason.startswith("http_")


def _dead_letter(place: Place) -> str:
    reason = place.delivery.reason if place.delivery else ""
    if _refused(place):
        return "not delivered. The body was refused; sending it again unchanged will fail again."
    told = {
        "circuit_open": "not delivered: the breaker was open. Remediation returns it once the breaker is closed.",
        "shed": "not decided: set aside under load. Remediation returns it when the queue is short again.",
        "error": f"not decided: an alerter failed on it{_why(place)}. Remediation will let another try.",
        "unreadable": "not delivered: it is no JSON object. Sending it again unchanged will fail again.",
    }
    other = f"not delivered{_why(place)}. Remediation sends it again while Moogsoft is healthy."
    return told.get(reason, other)


def _why(place: Place) -> str:
    said = place.delivery.error or place.delivery.reason if place.delivery else ""
    return f" ({said})" if said else ""
