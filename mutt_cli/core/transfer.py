"""What moving, replaying or removing one message by hand means for its form, its story and the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from mutt_cli.core import journal, pipeline
from mutt_cli.core.dead_letter import open_letter, replayed, reworded
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.standing import owned, standing_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.ledger import Entry
    from mutt_cli.core.pipeline import Queue

Verb = Literal["moved", "replayed", "purged", "injected"]
"""The outcome in the journal of events."""

EVENTS: Final = frozenset({pipeline.INGEST, pipeline.DLQ_ALERTER, pipeline.OLD_EVENTS})
ALERTS: Final = frozenset({pipeline.ALERT, pipeline.RETRY, pipeline.DLQ_MOOG})
TARGETS: Final = (
    pipeline.INGEST, pipeline.ALERT, pipeline.DLQ_ALERTER, pipeline.DLQ_MOOG, pipeline.OLD_EVENTS,
)  # fmt: skip
"""Queues that messages may be put into by hand. The retry set belongs to forwarders, a list in hand to its worker."""


def home_of(name: str) -> Queue | None:
    """Where a message goes back to that came from the queue of this name; None for what came from a file.

    Retry belongs to the forwarders, who keep the moment of the next try in it: what was in it goes to `alert`, and is
    tried at once.
    """
    home = pipeline.ALERT if name == pipeline.RETRY else name
    return next((queue for queue in pipeline.QUEUES if queue.name == home), None)


FEW: Final = 10
"""Up to so many messages a replay or its undo is class W (D31)."""


@dataclass(frozen=True)
class Way:
    """From where to where; without a target messages are removed."""

    source: Queue
    target: Queue | None
    verb: Verb


@dataclass(frozen=True)
class Hand:
    """Whose hand it is: the operation and the person, as the event's story will tell."""

    operation: str
    actor: str
    now_ms: int


@dataclass(frozen=True)
class Transfer:
    """One message on its way: to a queue (`target`, its short name) in its new form, or removed (no target)."""

    element: bytes
    target: str
    replacement: bytes
    record: journal.Record
    ledger: tuple[Entry, ...]

    @property
    def landed(self) -> bytes:
        """The form in which it is from now on."""
        return self.replacement or self.element


def transfer(element: bytes, way: Way, hand: Hand, replacement: bytes = b"") -> Transfer:
    """Move an element, or remove it. `replacement` is its new form, if it changes.

    A message that was counted as dead and becomes alive is no longer dead; one that is removed is purged. What nobody
    has counted in yet (pushed by hand) is not counted out either. What lies in quarantine was never accepted.
    """
    source, target, verb = way.source, way.target, way.verb
    letter = open_letter(replacement or element)
    # What leaves quarantine is an event of its own from now on; everything else is known by what it was.
    known_by = replacement if replacement and source.name == pipeline.QUARANTINE else element
    standing = standing_of(known_by, open_letter(known_by), hand.now_ms)
    counters: list[tuple[str, int]] = []
    if source.name == pipeline.QUARANTINE:
        counters += [("injected", 1)] if target is not None else []
    elif standing.counted:
        alive = target is not None and target.in_flight
        counters += [("dead", -1)] if source.name == pipeline.DEAD and (alive or target is None) else []
        counters += [("purged", 1)] if target is None else []
        counters += [("dead", 1)] if target is not None and target.name == pipeline.DEAD != source.name else []
    delivery = letter.delivery
    record = journal.Record(
        standing.event_id, text_of(letter, "correlation_id") or standing.event_id, "operator", verb,
        delivery.reason if delivery else "", target.name if target else "", hand.actor[:64],
        unix_ms(text_of(letter, "received_at")) or 0, standing.source, hand.now_ms,
        attempt=delivery.replays if delivery else 0, hostname=journal.storable(text_of(letter, "hostname")),
        operation_id=hand.operation,
    )  # fmt: skip
    ledger = tuple((standing.minute, standing.source, counter, amount) for counter, amount in counters)
    return Transfer(element, target.name if target else "", replacement, record, ledger)


def sent_again(element: bytes, now_ms: int, fields: Mapping[str, Any] | None = None) -> bytes:
    """A dead letter on its way back: one replay more, its attempts anew, and its place in the ledger named.

    `fields` are what it says from now on, if it was repaired; it keeps its id, whatever its words were.
    """
    standing = standing_of(element, open_letter(element), now_ms)
    return owned(replayed(reworded(element, fields) if fields is not None else element), standing)


def way_back(element: bytes, source: Queue, names: dict[str, str]) -> str:
    """The short name of the queue that a dead letter goes back to: where it came from, else what its queue implies.

    `names` are short names by key and by short name, as `_delivery.origin` may have either. Empty if nobody knows.
    """
    delivery = open_letter(element).delivery
    origin = names.get(delivery.origin, "") if delivery else ""
    if origin == pipeline.RETRY:
        return pipeline.ALERT
    if origin in {pipeline.INGEST, pipeline.ALERT}:
        return origin
    if source.name in EVENTS:
        return pipeline.INGEST
    return pipeline.ALERT if source.name in ALERTS else ""


def kind_of(name: str) -> Literal["event", "alert", ""]:
    """What a queue holds; empty where it may be either."""
    return "event" if name in EVENTS else "alert" if name in ALERTS else ""


@dataclass(frozen=True)
class Arrival:
    """A message that is put into a queue from a file."""

    element: bytes
    record: journal.Record
    ledger: tuple[Entry, ...]


def arrival(element: bytes, target: Queue, hand: Hand, *, purged_before: bool = False) -> Arrival:
    """Put an element into a queue. `purged_before`: it is one that an operation removed and counted as purged."""
    letter = open_letter(element)
    standing = standing_of(element, letter, hand.now_ms)
    counters: list[tuple[str, int]] = []
    if standing.counted and target.name != pipeline.QUARANTINE:
        counters += [("purged", -1)] if purged_before else [("injected", 1)]
        counters += [("dead", 1)] if target.name == pipeline.DEAD else []
    record = journal.Record(
        standing.event_id, text_of(letter, "correlation_id") or standing.event_id, "operator",
        "moved" if purged_before else "injected", "", target.name, hand.actor[:64],
        unix_ms(text_of(letter, "received_at")) or 0, standing.source, hand.now_ms,
        hostname=journal.storable(text_of(letter, "hostname")), operation_id=hand.operation,
    )  # fmt: skip
    return Arrival(
        element, record, tuple((standing.minute, standing.source, counter, amount) for counter, amount in counters)
    )
