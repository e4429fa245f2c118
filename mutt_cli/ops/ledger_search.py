"""Giving a remainder its names: which ids should be in a queue and are not, and which are there once too often.

Candidates are the ids that an ingestor of this host accepted (its witness) and those whose last journal record says
that they went on, in the stream or in PostgreSQL. Minutes in which a witness saw more than the ledger knows are judged
by what is known of each event accepted then. Messages move while this looks, so an id is named only if several
looks through all lists agree; lists are read in slices, the journal after them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import history_ends, journal_stream, ledger, witness
from mutt_cli.core import witnessed
from mutt_cli.core.moment import rfc3339, unix_ms
from mutt_cli.core.pipeline import in_flow_order
from mutt_cli.core.reconciliation import (
    ENDED,
    FORGOTTEN,
    GONE,
    UNKNOWN,
    Place,
    Row,
    glimpse,
    lost,
    rows,
    suspicious_minutes,
    within,
)
from mutt_cli.ops import ledger_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from mutt_cli.core.ledger import Entry
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.ledger_rows import Testimony
    from mutt_cli.ops.questions import Questions

LOOKS: Final = 5
"""Most looks through all lists; two that agree are enough."""
_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000


@dataclass
class Look:
    """What one pass over everything in flight saw."""

    ids: Counter[str] = field(default_factory=Counter)
    places: Counter[Place] = field(default_factory=Counter)
    """Counted messages by accepted minute and source."""
    waiting: int = 0
    """Messages that nobody has counted in yet."""
    watched: dict[str, set[str]] = field(default_factory=dict)
    """Ids that an ingestor accepted in a minute that was asked for."""


@dataclass(frozen=True)
class Found:
    """The names. `entries` and `held` are the ledger's rows and what is in flight of each, as last seen."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    waiting: int
    entries: tuple[Entry, ...]
    held: Counter[Place]
    gone: Counter[str] = field(default_factory=Counter)
    """Of what the ledger has forgotten, what is lost, per accepted minute."""


def look(backends: Backends, minutes: Collection[str] = ()) -> Look:
    """Read every message in flight, in slices."""
    client, keys = backends.redis(), backends.keys
    seen = Look(watched={minute: set() for minute in minutes})
    for queue in in_flow_order(sorted(ledger.workers(client, keys))):
        for element in ledger.elements(client, keys, queue):
            one = glimpse(element)
            seen.ids[one.event_id] += 1
            if one.counted:
                seen.places[one.place] += 1
                if one.place[0] in seen.watched and one.place[1] not in witnessed.NO_INGESTOR:
                    seen.watched[one.place[0]].add(one.event_id)
            else:
                seen.waiting += 1
    return seen


class Search:
    """One search. Without PostgreSQL only ids that the stream knows are named, and the answer says so."""

    def __init__(
        self, backends: Backends, questions: Questions, folder: Path, *, now_ms: int, since_ms: int | None,
        testimony: Testimony, whole: bool = False,
    ) -> None:  # fmt: skip
        """`whole`: the rows of every minute are wanted, not only of those that may be off."""
        self._backends, self._questions = backends, questions
        self._folder = folder
        self._since_ms = now_ms - _DAY_MS if since_ms is None else since_ms
        self._may_widen = since_ms is None
        self._testimony, self._whole = testimony, whole
        self._noted: dict[str, set[str]] | None = None
        self._streamed: dict[str, list[str]] = {}
        self._stream_minutes: dict[str, set[str]] = {}

    def run(self, remainder: int) -> Found:
        """Names for a remainder that was read a moment ago, and for what the ledger has forgotten."""
        seen = self._look()
        gone = self._gone(seen)
        entries = self._entries(seen)
        if remainder + gone.total() + seen.waiting == 0:
            return Found((), (), seen.waiting, self._with(entries, gone), seen.places, gone)
        candidates = self._candidates(rows(self._with(entries, gone), seen.places))
        missing = self._lost(candidates, seen)
        extra = self._extra(seen, remainder + gone.total(), len(missing))
        for _ in range(LOOKS - 1):
            seen = self._look()
            before = (missing, extra, gone)
            gone = gone & self._gone(seen)
            missing = self._lost(missing, seen)
            extra = extra & self._extra(seen, remainder + gone.total(), len(missing))
            if before == (missing, extra, gone):
                break
        named = tuple(sorted(missing)), tuple(sorted(extra))
        return Found(*named, seen.waiting, self._with(entries, gone), seen.places, gone)

    def _entries(self, seen: Look) -> tuple[Entry, ...]:
        wanted = {minute for minute, _ in seen.places} | set(self._testimony.forgotten)
        return ledger_rows.entries(self._backends, self._questions, open_and=None if self._whole else wanted)

    @staticmethod
    def _with(entries: tuple[Entry, ...], gone: Counter[str]) -> tuple[Entry, ...]:
        return (*entries, *((minute, UNKNOWN, FORGOTTEN, number) for minute, number in sorted(gone.items())))

    def _look(self) -> Look:
        """Look through all lists, and at the stream after that: what left the lists meanwhile has its record."""
        seen = look(self._backends, self._testimony.forgotten)
        self._streamed = self._stream()
        return seen

    def _gone(self, seen: Look) -> Counter[str]:
        """What is lost of each minute of which the ledger has forgotten something."""
        minutes = self._testimony.forgotten
        if not minutes:
            return Counter()
        accepted: dict[str, set[str]] = {minute: set(self._own(minute)) for minute in minutes}
        for minute, ids in self._stream_minutes.items():
            accepted[minute] |= ids
        since_ms = (unix_ms(f"{min(minutes)}:00Z") or _HOUR_MS) - _HOUR_MS  # the clocks of ingestors and Redis differ
        stored: list[tuple[str, str]] = []
        stored = self._questions.ask(lambda conn: history_ends.accepted_in(conn, minutes, since_ms), stored)
        for event_id, minute in stored:
            accepted[minute].add(event_id)
        last = self._last({one for ids in accepted.values() for one in ids})
        known = {
            minute: {one for one in ids if last.get(one) in ENDED} | seen.watched[minute]
            for minute, ids in accepted.items()
        }
        return witnessed.gone(minutes, self._testimony.witnessed, known)

    def _own(self, minute: str) -> set[str]:
        """Ids that ingestors of this host accepted in a minute of which something was forgotten."""
        if self._noted is None:
            self._noted = {one: set() for one in self._testimony.forgotten}
            try:
                for its_minute, event_id in witness.of_minutes(self._folder, self._noted.keys()):
                    self._noted[its_minute].add(event_id)
            except OSError as error:
                self._unreadable(error)
        return self._noted[minute]

    def _candidates(self, found: list[Row]) -> set[str]:
        """Ids that can belong to the minutes that are off; of any minute, if the rows do not tell which."""
        minutes = suspicious_minutes(found)
        moments = [ms for minute in minutes if (ms := unix_ms(f"{minute}:00Z")) is not None]
        if self._may_widen:
            self._since_ms = min([self._since_ms, *moments])
        ids = {one for one in self._witnessed() if not minutes or within(one, minutes)}
        ids.update(one for one, outcomes in self._streamed.items() if outcomes[-1] not in ENDED)
        unfinished: list[str] = []
        ids.update(self._questions.ask(lambda conn: history_ends.open_ids(conn, self._since_ms), unfinished))
        return ids

    def _witnessed(self) -> Iterator[str]:
        try:
            yield from witness.read(self._folder, rfc3339(self._since_ms)[:13])
        except OSError as error:
            self._unreadable(error)

    def _unreadable(self, error: OSError) -> None:
        self._questions.warn(f"the record of accepted ids in {self._folder} cannot be read: {error.strerror}")

    def _lost(self, candidates: Iterable[str], seen: Look) -> set[str]:
        absent = [one for one in candidates if one not in seen.ids]
        last = self._last(absent)
        if not self._questions.answered:
            unknown = [one for one in absent if one not in last]
            if unknown:
                self._questions.warn(f"{len(unknown)} accepted ids cannot be judged without PostgreSQL")
            absent = [one for one in absent if one in last]
        return lost(absent, seen.ids, last)

    def _last(self, ids: Collection[str]) -> dict[str, str]:
        """The last outcome of each id that has any record. What the stream holds is newer than what is stored."""
        last = {one: self._streamed[one][-1] for one in ids if one in self._streamed}
        stored = [one for one in ids if one not in last]
        found: dict[str, str] = {}
        if stored:
            found = self._questions.ask(lambda conn: history_ends.last_outcomes(conn, stored), found)
        return last | found

    def _extra(self, seen: Look, remainder: int, missing: int) -> set[str]:
        """Ids that are there too often: twice in the lists; in a list although their way ended; ended twice.

        Each kind is looked for only while the ones before do not explain the remainder: they cost more.
        """
        extra = {one for one, times in seen.ids.items() if times > 1}
        if remainder + seen.waiting - missing + len(extra) < 0:
            last = self._last(seen.ids.keys())
            extra |= {one for one, outcome in last.items() if outcome in ENDED}
        if remainder + seen.waiting - missing + len(extra) < 0:
            gone = {one: sum(outcome in GONE for outcome in outcomes) for one, outcomes in self._streamed.items()}
            extra |= {one for one, times in gone.items() if times > 1}
            twice: list[str] = []
            extra.update(self._questions.ask(lambda conn: history_ends.ended_twice(conn, self._since_ms), twice))
        return extra

    def _stream(self) -> dict[str, list[str]]:
        """Outcomes of each event in the stream, oldest first."""
        outcomes: dict[str, list[str]] = {}
        self._stream_minutes = {minute: set() for minute in self._testimony.forgotten}
        for entry in journal_stream.scan(self._backends.redis(), self._backends.keys):
            for record in entry.records:
                outcomes.setdefault(record.event_id, []).append(record.outcome)
                minute = rfc3339(record.received_ms)[:16]
                if minute in self._stream_minutes and record.source not in witnessed.NO_INGESTOR:
                    self._stream_minutes[minute].add(record.event_id)
        return outcomes
