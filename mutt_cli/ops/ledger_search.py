"""Giving a remainder its names: which ids should be in a queue and are not, and which are there once too often.

Candidates are the ids that an ingestor of this host accepted (its witness) and those whose last journal record says
that they went on, in the stream or in PostgreSQL. Messages move while this looks, so an id is named only if several
looks through all lists agree; lists are read in slices, the journal after them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import history, history_ends, journal_stream, ledger, witness
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core.moment import rfc3339, unix_ms
from mutt_cli.core.pipeline import in_flow_order
from mutt_cli.core.reconciliation import (
    ENDED,
    GONE,
    Place,
    Row,
    glimpse,
    lost,
    rows,
    suspicious_minutes,
    within,
)
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path
    from typing import Any

    from mutt_cli.core.ledger import Entry
    from mutt_cli.ops.backends import Backends

LOOKS: Final = 5
"""Most looks through all lists; two that agree are enough."""
_DAY_MS: Final = 86_400_000


@dataclass
class Look:
    """What one pass over everything in flight saw."""

    ids: Counter[str] = field(default_factory=Counter)
    places: Counter[Place] = field(default_factory=Counter)
    """Counted messages by accepted minute and source."""
    waiting: int = 0
    """Messages that nobody has counted in yet."""


@dataclass(frozen=True)
class Found:
    """The names. `entries` and `held` are the ledger's rows and what is in flight of each, as last seen."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    waiting: int
    entries: tuple[Entry, ...]
    held: Counter[Place]
    warnings: tuple[str, ...]


def look(backends: Backends) -> Look:
    """Read every message in flight, in slices."""
    client, keys = backends.redis(), backends.keys
    seen = Look()
    for queue in in_flow_order(sorted(ledger.workers(client, keys))):
        for element in ledger.elements(client, keys, queue):
            one = glimpse(element)
            seen.ids[one.event_id] += 1
            if one.counted:
                seen.places[one.place] += 1
            else:
                seen.waiting += 1
    return seen


class Search:
    """One search. Without PostgreSQL only ids that the stream knows are named, and the answer says so."""

    def __init__(self, backends: Backends, folder: Path, now_ms: int, since_ms: int | None) -> None:
        self._backends = backends
        self._folder = folder
        self._since_ms = now_ms - _DAY_MS if since_ms is None else since_ms
        self._may_widen = since_ms is None
        self._warnings: dict[str, None] = {}
        self._database_answers = True
        self._streamed: dict[str, list[str]] = {}

    def run(self, remainder: int) -> Found:
        """Names for a remainder that was read a moment ago."""
        seen = self._look()
        entries = tuple(ledger.minutes(self._backends.redis(), self._backends.keys))
        if remainder + seen.waiting == 0:
            return self._found(set(), set(), seen, entries)
        candidates = self._candidates(rows(entries, seen.places))
        missing = self._lost(candidates, seen)
        extra = self._extra(seen, remainder, len(missing))
        for _ in range(LOOKS - 1):
            seen = self._look()
            before = (missing, extra)
            missing = self._lost(missing, seen)
            extra = extra & self._extra(seen, remainder, len(missing))
            if before == (missing, extra):
                break
        return self._found(missing, extra, seen, entries)

    def _look(self) -> Look:
        """Look through all lists, and at the stream after that: what left the lists meanwhile has its record."""
        seen = look(self._backends)
        self._streamed = self._stream()
        return seen

    def _found(self, missing: set[str], extra: set[str], seen: Look, entries: tuple[Entry, ...]) -> Found:
        return Found(
            tuple(sorted(missing)), tuple(sorted(extra)), seen.waiting, entries, seen.places, tuple(self._warnings)
        )

    def _candidates(self, found: list[Row]) -> set[str]:
        """Ids that can belong to the minutes that are off; of any minute, if the rows do not tell which."""
        minutes = suspicious_minutes(found)
        moments = [ms for minute in minutes if (ms := unix_ms(f"{minute}:00Z")) is not None]
        if self._may_widen:
            self._since_ms = min([self._since_ms, *moments])
        ids = {one for one in self._witnessed() if not minutes or within(one, minutes)}
        ids.update(one for one, outcomes in self._streamed.items() if outcomes[-1] not in ENDED)
        ids.update(self._ask(lambda conn: history_ends.open_ids(conn, self._since_ms), []))
        return ids

    def _witnessed(self) -> Iterator[str]:
        try:
            yield from witness.read(self._folder, rfc3339(self._since_ms)[:13])
        except OSError as error:
            self._warn(f"the record of accepted ids in {self._folder} cannot be read: {error.strerror}")

    def _lost(self, candidates: Iterable[str], seen: Look) -> set[str]:
        absent = [one for one in candidates if one not in seen.ids]
        last = self._last(absent)
        if not self._database_answers:
            unknown = [one for one in absent if one not in last]
            if unknown:
                self._warn(f"{len(unknown)} accepted ids cannot be judged without PostgreSQL")
            absent = [one for one in absent if one in last]
        return lost(absent, seen.ids, last)

    def _last(self, ids: Collection[str]) -> dict[str, str]:
        """The last outcome of each id that has any record. What the stream holds is newer than what is stored."""
        last = {one: self._streamed[one][-1] for one in ids if one in self._streamed}
        stored = [one for one in ids if one not in last]
        found = self._ask(lambda conn: history.terminal_ids(conn, stored), {}) if stored else {}
        return last | {one: outcome for one, (outcome, _queue) in found.items()}

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
            extra.update(self._ask(lambda conn: history_ends.ended_twice(conn, self._since_ms), []))
        return extra

    def _stream(self) -> dict[str, list[str]]:
        """Outcomes of each event in the stream, oldest first."""
        outcomes: dict[str, list[str]] = {}
        for entry in journal_stream.scan(self._backends.redis(), self._backends.keys):
            for record in entry.records:
                outcomes.setdefault(record.event_id, []).append(record.outcome)
        return outcomes

    def _ask(self, question: Callable[[Any], Any], without: Any) -> Any:
        """What PostgreSQL says, or `without` and a warning; once it failed, it is not asked again."""
        if not self._database_answers:
            return without
        try:
            return question(self._backends.postgres())
        except MuttError as error:
            problem = error
        except DatabaseError as error:
            problem = explain(error, self._backends.settings.postgres)
        self._database_answers = False
        self._warn(problem.message)
        return without

    def _warn(self, text: str) -> None:
        self._warnings.setdefault(text)
