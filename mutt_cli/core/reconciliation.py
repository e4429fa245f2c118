"""What the ledger cannot explain, as arithmetic over values: which minutes are off, and which ids that can be.

A message that somebody pushed by hand is in flight before anybody could count it in. Until a worker files it, it
carries neither `_source` nor `_delivery`; it is `waiting` to be counted and explains one message below zero, so that
a push by hand never makes the ledger red, however long the worker takes (D18, decided here).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.core import ids
from mutt_cli.core.dead_letter import message_id, open_letter
from mutt_cli.core.enrich import HAND
from mutt_cli.core.ledger import Balance
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mutt_cli.core.ledger import Entry

ENDED: Final = frozenset({"delivered", "unhandled", "deduplicated", "suppressed", "dead", "purged", "accounted"})
"""Outcomes after which an event is not expected in any queue; every other record says that it goes on."""
GONE: Final = ("delivered", "unhandled", "deduplicated", "suppressed")
"""Outcomes that one event has at most once unless a copy of it was made."""
ACCOUNTED: Final = "accounted"
"""Ledger counter and journal outcome of what an operator has accepted as lost, with a reason."""
FORGOTTEN: Final = "forgotten"
"""Name among ledger entries, never in a ledger, of what a witness knows and the ledger does not."""
UNKNOWN: Final = "unknown"
"""Ledger source of what nobody knows the source of: an accepted correction, a request without a valid key."""

Place = tuple[str, str]
"""(accepted minute, source)."""
_MINUTE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Glimpse:
    """What the ledger needs to know of one element."""

    event_id: str
    place: Place
    counted: bool
    """Whether somebody has counted it in: an ingestor, an alerter or a forwarder."""


class _Head(msgspec.Struct, gc=False, rename={"source": "_source"}):
    event_id: str = ""
    received_at: str = ""
    source: str = ""


_head = msgspec.json.Decoder(_Head).decode


def glimpse(element: bytes) -> Glimpse:
    """Read one element of any queue. Total over bytes."""
    try:
        head = _head(element)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return _careful(element)
    if not (head.source and _MINUTE.match(head.received_at) and _UUID.fullmatch(head.event_id)):
        return _careful(element)
    return Glimpse(head.event_id, (head.received_at[:16], head.source), counted=True)


def _careful(element: bytes) -> Glimpse:
    letter = open_letter(element)
    fields = letter.fields or {}

    def text(name: str) -> str:
        try:
            return msgspec.json.decode(fields[name], type=str) if name in fields else ""
        except (msgspec.DecodeError, msgspec.ValidationError):
            return ""

    minute, source = text("received_at")[:16], text("_source")
    if not _MINUTE.fullmatch(minute):
        failed = letter.delivery.first_failed_ms if letter.delivery else None
        minute = rfc3339(failed)[:16] if failed else ""
    return Glimpse(message_id(element), (minute, source or HAND), counted=bool(source or letter.delivery))


@dataclass(frozen=True)
class Row:
    """The ledger of one accepted minute, of one source, or of both."""

    minute: str
    source: str
    balance: Balance

    @property
    def remainder(self) -> int:
        """As `Balance.remainder`; while messages move, the last minutes are off by what moved during the count."""
        return self.balance.remainder


def rows(
    entries: Iterable[Entry], held: Mapping[Place, int], by: Literal["minute", "source"] | None = None
) -> list[Row]:
    """Counters and what is still held, per minute and source, or summed over one of them, in order."""
    counters: dict[Place, Counter[str]] = {}
    for minute, source, counter, value in entries:
        counters.setdefault(_group((minute, source), by), Counter())[counter] += value
    there: Counter[Place] = Counter()
    for place, number in held.items():
        there[_group(place, by)] += number
    return [
        Row(*place, Balance(found, there[place], found.get(ACCOUNTED, 0), found.get(FORGOTTEN, 0)))
        for place in sorted(counters.keys() | there.keys())
        for found in [counters.get(place, Counter())]
    ]


def _group(place: Place, by: Literal["minute", "source"] | None) -> Place:
    minute, source = place
    return ("" if by == "source" else minute, "" if by == "minute" else source)


def suspicious_minutes(found: Sequence[Row]) -> frozenset[str]:
    """Minutes whose own ledger does not close. An id may be a moment younger than its event: see `within`."""
    return frozenset(row.minute for row in found if row.remainder)


def within(event_id: str, minutes: frozenset[str]) -> bool:
    """Whether an id can belong to one of these accepted minutes; ids that tell no time always can."""
    ms = ids.uuid7_ms(event_id)
    if ms is None:
        return True
    # The ingestor reads the clock for `received_at` just before it makes the id: the id may be in the next minute.
    return rfc3339(ms)[:16] in minutes or rfc3339(ms - 60_000)[:16] in minutes


def lost(candidates: Iterable[str], held: Mapping[str, int], last: Mapping[str, str]) -> set[str]:
    """Ids that are in no queue and whose last record (absent: none was ever written) says that they go on."""
    return {one for one in candidates if one not in held and last.get(one, "") not in ENDED}


def correction(
    missing: Sequence[str], extra: Sequence[str], remainder: int, found: Sequence[Row], minute_now: str
) -> list[Entry]:
    """Ledger entries that close a remainder: each named id under its own minute and source, the rest under now.

    What a witness alone knows is closed under its own minute too, named or not.
    """
    open_rows = {(row.minute, row.source): row.remainder for row in found}
    entries: Counter[Place] = Counter()
    for sign, named in ((1, missing), (-1, extra)):
        for event_id in named:
            place = _place_of(event_id, sign, open_rows, minute_now)
            entries[place] += sign
            open_rows[place] = open_rows.get(place, 0) - sign
    rest = remainder - len(missing) + len(extra)
    for row in found:
        number = max(0, min(rest, row.balance.forgotten, open_rows[row.minute, row.source]))
        entries[row.minute, row.source] += number
        rest -= number
    entries[minute_now, UNKNOWN] += rest
    return [(*place, ACCOUNTED, number) for place, number in sorted(entries.items()) if number]


def relearned(forgotten: Mapping[str, int], gone: Mapping[str, int]) -> list[Entry]:
    """Ledger entries for events that only a witness knows: accepted after all, and those that are not lost ended."""
    accepted = [(minute, UNKNOWN, "accepted", number) for minute, number in sorted(forgotten.items())]
    ended = [(minute, UNKNOWN, ACCOUNTED, number - gone.get(minute, 0)) for minute, number in sorted(forgotten.items())]
    return [*accepted, *(entry for entry in ended if entry[3])]


def _place_of(event_id: str, sign: int, open_rows: Mapping[Place, int], minute_now: str) -> Place:
    ms = ids.uuid7_ms(event_id)
    near = {rfc3339(ms)[:16], rfc3339(ms - 60_000)[:16]} if ms is not None else None
    for place in sorted(open_rows, reverse=True):
        if open_rows[place] * sign > 0 and (near is None or place[0] in near):
            return place
    return (rfc3339(ms)[:16] if ms is not None else minute_now, UNKNOWN)
