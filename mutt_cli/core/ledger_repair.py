"""What of a remainder can be put right without guessing, as a judgement over values; and why the rest cannot.

An event that is lost is sent round again if its content is known, for that is what a failover asks for (ux.md 4.2,
reliability.md 2.3); it keeps its id, so that Moogsoft is given the same `Idempotency-Key`. A copy is taken out where
it would certainly alert twice. Everything else waits for a person, who is told the next command.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.core import ids, journal
from mutt_cli.core.enrich import HAND
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.reconciliation import ACCOUNTED, ENDED, UNKNOWN, glimpse
from mutt_cli.core.transfer import Transfer, sent_again
from mutt_cli.core.witnessed import NO_INGESTOR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mutt_cli.core.ledger import Entry
    from mutt_cli.core.transfer import Hand

_ACCEPT: Final = 'mutt reconcile --accept --reason "..."'
_TRACE: Final = "mutt trace ID"


@dataclass(frozen=True)
class Why:
    """Why something is left as it is, and what a person can do."""

    told: str
    tries: tuple[str, ...]


WHYS: Final[Mapping[str, Why]] = {
    "never_decided": Why(
        "no alerter has seen it, so only its sender knows what it said", ("let the sender send it again", _ACCEPT)
    ),
    "content_gone": Why(
        "what it said is kept no longer (HISTORY_RAW_DAYS, HISTORY_MAX_BYTES, JOURNAL_MAX_BYTES)", (_TRACE, _ACCEPT)
    ),
    "too_many": Why("more than one call sends again", ("mutt reconcile --repair",)),
    "unsure": Why(
        "more ids are named than the ledger misses: the record of an end is lost, and it may have arrived",
        ("mutt db status", _TRACE, _ACCEPT),
    ),
    "unnamed": Why("nobody here knows its id", ("mutt reconcile --repair on the host of each ingestor", _ACCEPT)),
    "in_hand": Why(
        "a worker has this copy in hand: only the worker may take it out", ("mutt reconcile --repair in a minute",)
    ),
    "brought_back": Why("its way had ended, and it is in a queue again: somebody may want it there", (_TRACE, _ACCEPT)),
    "went_twice": Why("its way has ended twice: both copies are gone", (_TRACE, _ACCEPT)),
}
"""By word, as JSON says it."""


@dataclass(frozen=True)
class Left:
    """What stays as it is: why (a word of `WHYS`), how much, and the ids as far as they are known."""

    why: str
    number: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copy:
    """One element of an id that is there too often. `rank` grows along its way; `fixed`: a person may take it out."""

    event_id: str
    queue: str
    rank: int
    fixed: bool
    element: bytes


@dataclass(frozen=True)
class Removal:
    """A copy that goes. `kept` is the queue of the one that stays; empty if it was delivered."""

    copy: Copy
    kept: str = ""


@dataclass(frozen=True)
class Judged:
    """What can be put right, by kind, and what is left."""

    emitted: tuple[str, ...] = ()
    """Lost, and their content is known: they go through the ingest queue again."""
    dead: tuple[str, ...] = ()
    """They lie among the dead letters and nobody counted them there."""
    removals: tuple[Removal, ...] = ()
    ended: Counter[str] = field(default_factory=Counter)
    """Events per minute that the ledger has forgotten and whose end is recorded: they are counted again."""
    left: tuple[Left, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing can be put right."""
        return not (self.emitted or self.dead or self.removals or self.ended)


def judge_lost(
    missing: Iterable[str],
    last: Mapping[str, str],
    contents: Collection[str],
    dead: Collection[str],
    unread: Collection[str],
) -> Judged:
    """Of what is missing. `last` is the last outcome of each that has one; of those `unread` nobody has asked yet."""
    found: dict[str, list[str]] = {}
    for event_id in missing:
        if last.get(event_id, "") in ENDED:
            continue  # its end was recorded while it was looked for
        word = "content_gone" if event_id in last else "never_decided"
        word = "too_many" if event_id in unread else word
        word = "emit" if event_id in contents else word
        found.setdefault("dead" if event_id in dead else word, []).append(event_id)
    left = tuple(Left(word, len(ids_), tuple(ids_)) for word, ids_ in found.items() if word in WHYS)
    return Judged(tuple(found.get("emit", ())), tuple(found.get("dead", ())), left=left)


def judge_extra(extra: Iterable[str], last: Mapping[str, str], copies: Sequence[Copy]) -> Judged:
    """Of what is there too often. One that was delivered would alert twice, and so would all but one of several."""
    seen: dict[str, list[Copy]] = {}
    for one in copies:
        seen.setdefault(one.event_id, []).append(one)
    removals: list[Removal] = []
    left: dict[str, list[str]] = {}
    for event_id in extra:
        there = sorted(seen.get(event_id, ()), key=lambda one: (not one.fixed, one.rank))
        ended = last.get(event_id, "")
        if not there:
            left.setdefault("went_twice", []).append(event_id)
        elif ended in ENDED and ended != "delivered":
            left.setdefault("brought_back", []).append(event_id)
        else:
            surplus, kept = (there, "") if ended == "delivered" else (there[:-1], there[-1].queue)
            removals += [Removal(one, kept) for one in surplus if one.fixed]
            left.setdefault("in_hand", []).extend(event_id for one in surplus if not one.fixed)
            if not surplus:  # it went on while it was looked for
                left.setdefault("went_twice", []).append(event_id)
    kinds = tuple(Left(word, len(ids_), tuple(ids_)) for word, ids_ in left.items() if ids_)
    return Judged(removals=tuple(removals), left=kinds)


def together(parts: Iterable[Judged]) -> Judged:
    """One judgement of several."""
    known = list(parts)
    return Judged(
        tuple(one for part in known for one in part.emitted), tuple(one for part in known for one in part.dead),
        tuple(one for part in known for one in part.removals), sum((part.ended for part in known), Counter()),
        tuple(one for part in known for one in part.left),
    )  # fmt: skip


@dataclass(frozen=True)
class Emission:
    """An event on its way again, and what the ledger and its story say of it."""

    element: bytes
    record: journal.Record
    ledger: tuple[Entry, ...]


def emission(event_id: str, content: tuple[bytes, int], hand: Hand, forgotten: Counter[str]) -> Emission:
    """Send an event round again. `content` is what an alerter took, and when (Unix ms).

    `forgotten` are events per minute that the ledger does not know: one of them is counted in again, and struck off.
    """
    element, at_ms = content
    seen = glimpse(element)
    if not seen.counted or seen.event_id != event_id:  # pushed by hand: the alerter counted it in when it took it
        element = ids.adopt(element, event_id, rfc3339(at_ms), HAND)
        seen = glimpse(element)
    minute, source = seen.place
    ledger: tuple[Entry, ...] = ()
    if forgotten[minute] > 0 and source not in NO_INGESTOR:
        forgotten[minute] -= 1
        ledger = ((minute, source, "accepted", 1),)
    record = _told(event_id, "replayed", "ledger_repair", "ingest", hand)
    return Emission(sent_again(element, hand.now_ms), record, ledger)


def counted_dead(event_id: str, element: bytes, hand: Hand) -> tuple[journal.Record, Entry]:
    """A dead letter that nobody has counted as one: its record, and what the ledger adds."""
    minute, source = glimpse(element).place
    return _told(event_id, "dead", "found_dead", "dead", hand), (minute, source, "dead", 1)


def taken_back(element: bytes, hand: Hand, forgotten: Counter[str]) -> Transfer:
    """An event that a repair sent again leaves the ingest queue: it is missing again, as it was before.

    `forgotten` are events per minute that the repair counted in; one of them is counted out, and struck off.
    """
    seen = glimpse(element)
    minute, source = seen.place
    ledger: tuple[Entry, ...] = ()
    if forgotten[minute] > 0 and source not in NO_INGESTOR:
        forgotten[minute] -= 1
        ledger = ((minute, source, "accepted", -1),)
    return Transfer(element, "", b"", _told(seen.event_id, "returned", "repair_undone", "", hand), ledger)


def known_again(ended: Mapping[str, int]) -> list[Entry]:
    """Ledger entries for events that it had forgotten and whose end is recorded: they came, and are accounted for."""
    counters = ("accepted", ACCOUNTED)
    return [(minute, UNKNOWN, name, number) for minute, number in sorted(ended.items()) for name in counters]


def removed(removal: Removal, element: bytes, hand: Hand, *, ended: bool) -> Transfer:
    """Take a copy out. It was never counted in, so it is not counted out. `ended`: its event's way is over."""
    outcome, queue = ("purged", "") if ended else ("moved", removal.kept)
    record = _told(removal.copy.event_id, outcome, "second_copy_removed", queue, hand)
    return Transfer(element, "", b"", record, ())


def _told(event_id: str, outcome: str, reason: str, queue: str, hand: Hand) -> journal.Record:
    return journal.Record(
        event_id, "", "operator", outcome, reason, queue, hand.actor[:64], started_ms=hand.now_ms,
        operation_id=hand.operation,
    )  # fmt: skip
