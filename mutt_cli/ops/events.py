"""Events as they are recorded: searched in the history and in the journal stream, one whole, and what no rule matched.

The stream is always read first, so that nothing falls between it and the history while the historian moves it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from mutt_cli.adapters import history, history_search, journal_stream, journal_tap, sightings, unhandled_kinds
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, explain, for_reading
from mutt_cli.core.event import parse
from mutt_cli.core.sighting import Wanted
from mutt_cli.errors import MuttError, UnreachableError
from mutt_cli.ops import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.journal import Record
    from mutt_cli.core.unhandled import Kind
    from mutt_cli.ops.backends import Backends

T = TypeVar("T")
MOST: Final = 10_000
"""Records that one search reads."""
MOST_LOOKS: Final = 100
MOST_BYTES: Final = 4 << 20
MOST_SHOWN: Final = 100
"""What a live feed asks of Redis, and shows of records, in a second at most, whatever is going on."""
_KEPT_BEFORE: Final = timedelta(days=1)
"""A payload is stored with the decision about it, which may be older than what came after."""


@dataclass(frozen=True)
class Seen:
    """One record, where it stands, and the event's message where it is known."""

    at_ms: int
    record: Record
    stored: bool
    message: str | None = None


@dataclass(frozen=True)
class Search:
    """What is looked for. `exact` are fields of a record with the value they must have."""

    since: datetime
    until: datetime
    exact: Mapping[str, str] = field(default_factory=dict)
    messages: int = MOST
    """Of how many events, the newest first, the message is looked up."""
    most: int = MOST


@dataclass(frozen=True)
class Found:
    """The newest fitting record of each event, newest first."""

    seen: tuple[Seen, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Whole:
    """All that is recorded of one event, oldest first; `payload` is the event as it was received, if it is kept."""

    event_id: str
    correlation_id: str
    steps: tuple[Seen, ...]
    payload: bytes | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Unmatched:
    """A kind of event that no rule matched, and when its count ends, Unix ms."""

    kind: Kind
    ends_ms: int


def search(backends: Backends, wanted: Search) -> Found:
    """The events of a time. Without Redis or PostgreSQL, what the other one knows. Raises UnreachableError."""
    asked = Asked(backends)
    streamed = asked.stream(lambda: _streamed(backends, wanted)) or []
    steps = asked.history(
        lambda conn: history_search.search(conn, wanted.since, wanted.until, wanted.most, wanted.exact)
    )
    known = asked.history(lambda conn: history_search.stored(conn, {uid for _, uid in streamed})) or frozenset()
    asked.refuse_if_blind()
    fresh = [seen for seen, uid in streamed if uid not in known]
    everything = [*fresh, *(Seen(step.recorded_ms, step.record, stored=True) for step in steps or [])]
    newest = _newest_of_each(sorted(everything, key=lambda one: -one.at_ms))
    payloads = asked.history(lambda conn: _payloads(conn, newest[: wanted.messages], wanted.since)) or {}
    cut = (f"only the newest {MOST:,} records are looked at: narrow --since, or --where hostname=NAME",)
    warnings = (*asked.warnings, *(cut if steps and len(steps) >= MOST else ()))
    return Found(tuple(_with_message(one, payloads) for one in newest), warnings)


def whole(backends: Backends, identifier: str, now_ms: int) -> Whole:
    """One event by id or prefix of its correlation id. Raises as `trace.resolved`: NotFoundError, UsageError."""
    traced = trace.resolved(trace.trace(backends, identifier, now_ms=now_ms))
    subject = traced.story.subject
    asked = Asked(backends)
    one = Wanted(subject.event_id, whole_only=True)
    streamed = asked.stream(lambda: list(sightings.recorded(backends.redis(), backends.keys, one))) or []
    steps = asked.history(lambda conn: history.find(conn, event_id=subject.event_id)) or []
    seen = {(step.recorded_ms, step.record) for step in steps}
    fresh = [Seen(at, record, stored=False) for at, record in streamed if (at, _bare(record)) not in seen]
    kept = [Seen(step.recorded_ms, step.record, stored=True) for step in steps]
    ordered = sorted([*kept, *fresh], key=lambda step: (step.at_ms, step.record.started_ms))
    return Whole(subject.event_id, subject.correlation_id, tuple(ordered), traced.story.payload, traced.warnings)


def unmatched(backends: Backends, since: datetime | None, until: datetime | None) -> list[Unmatched]:
    """Kinds of events that no rule matched, the most frequent first; of a time, those whose last event lies in it."""
    found = [Unmatched(kind, ends) for kind, ends in unhandled_kinds.living(backends.redis(), backends.keys)]
    fitting = [one for one in found if _within(one.kind.counts.last_seen, since, until)]
    return sorted(fitting, key=lambda one: -one.kind.counts.count)


class Asked:
    """Both places, asked once each; one that is away is told of, not asked again."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self._lost: dict[str, MuttError] = {}

    @property
    def blind(self) -> bool:
        """Whether one of them is away."""
        return bool(self._lost)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is missing, and why."""
        said = [f"{name} is away, {missing} are missing: {error.message}" for (name, missing), error in self._named()]
        if replica := self._backends.settings.postgres.read_host:
            said.append(f"the history was asked at {replica} (POSTGRES_READ_HOST), which may lag behind by moments")
        return tuple(said)

    def stream(self, question: Callable[[], T]) -> T | None:
        """What Redis says; None if it is away."""
        try:
            return question() if "redis" not in self._lost else None
        except MuttError as error:
            self._lost["redis"] = error
            return None

    def history(self, question: Callable[[Connection], T]) -> T | None:
        """What the replica, or else the database, says; None if it is away."""
        try:
            return question(self._backends.replica()) if "db" not in self._lost else None
        except MuttError as error:
            self._lost["db"] = error
        except DatabaseError as error:
            self._lost["db"] = explain(error, for_reading(self._backends.settings.postgres))
        return None

    def refuse_if_blind(self) -> None:
        """Raises UnreachableError if nothing could be read."""
        if len(self._lost) == 2:
            redis, database = self._lost["redis"], self._lost["db"]
            raise UnreachableError(
                "neither Redis nor PostgreSQL can be read, so nothing is known of any event",
                why=f"{redis.message}\n{database.message}", tries=(*redis.tries, *database.tries),
            )  # fmt: skip

    def _named(self) -> Iterable[tuple[tuple[str, str], MuttError]]:
        words = {"redis": ("Redis", "the newest records"), "db": ("PostgreSQL", "older records")}
        return ((words[name], error) for name, error in self._lost.items())


def _streamed(backends: Backends, wanted: Search) -> list[tuple[Seen, str]]:
    """Fitting records of the stream with the uid of their entry."""
    since, until = (round(at.timestamp() * 1000) for at in (wanted.since, wanted.until))
    return [
        (Seen(entry.at_ms, record, stored=False), entry.uid)
        for entry in journal_stream.scan(backends.redis(), backends.keys, since_ms=max(0, since))
        if entry.at_ms <= until
        for record in entry.records
        if all(getattr(record, name) == value for name, value in wanted.exact.items())
    ]


def _newest_of_each(ordered: Sequence[Seen]) -> list[Seen]:
    found: dict[str, Seen] = {}
    for one in ordered:
        found.setdefault(one.record.event_id, one)
    return list(found.values())


def _payloads(conn: Connection, newest: Sequence[Seen], since: datetime) -> dict[str, bytes]:
    ids = [one.record.event_id for one in newest if one.record.payload is None and history.is_uuid(one.record.event_id)]
    return history_search.payloads(
        conn, ids, max(since, datetime.min.replace(tzinfo=UTC) + _KEPT_BEFORE) - _KEPT_BEFORE
    )


def _with_message(one: Seen, payloads: Mapping[str, bytes]) -> Seen:
    payload = one.record.payload if one.record.payload is not None else payloads.get(one.record.event_id)
    return Seen(one.at_ms, one.record, one.stored, message_of(payload))


class Feed:
    """Records as they are made, a bounded share of them in each second. Counts what it leaves out."""

    def __init__(self, backends: Backends) -> None:
        self._tap = journal_tap.Tap(backends.redis(), backends.keys)
        self._second, self._looks, self._bytes, self._room = boottime_s(), 0, 0, MOST_SHOWN
        self.shown = self.records_left_out = 0

    def look(self, seconds: float) -> list[Seen]:
        """What comes next; waits for it at most so long."""
        self._pace()
        found = self._tap.wait(seconds)
        self._looks += 1
        self._bytes += sum(size for _, size in found)
        read = [(entry.at_ms, record) for entry, _ in found for record in entry.records]
        most = min(len(read), self._room)
        chosen = [read[place * len(read) // most] for place in range(most)]
        self._room -= most
        self.shown += most
        self.records_left_out += len(read) - most
        return [Seen(at, record, stored=False, message=message_of(record.payload)) for at, record in chosen]

    def counts(self) -> dict[str, int]:
        """How much was shown and left out so far."""
        return {
            "shown": self.shown, "records_left_out": self.records_left_out, "entries_left_out": self._tap.left_out(),
        }  # fmt: skip

    def _pace(self) -> None:
        """Begin a new second; one that had its share ends without another look, and what came meanwhile is skipped."""
        spent = boottime_s() - self._second
        had_enough = self._looks >= MOST_LOOKS or self._bytes >= MOST_BYTES
        if spent < 1 and not had_enough:
            return
        if had_enough:
            time.sleep(max(0.0, 1 - spent))
            self._tap.skip()
        self._second, self._looks, self._bytes, self._room = boottime_s(), 0, 0, MOST_SHOWN


def message_of(payload: bytes | None) -> str | None:
    """The message of an event as it was received, as alerters read it; None if nobody kept it."""
    return None if payload is None else parse(payload).message


def _bare(record: Record) -> Record:
    return msgspec.structs.replace(record, payload=None)


def _within(text: str, since: datetime | None, until: datetime | None) -> bool:
    if since is None and until is None:
        return True
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (since is None or at >= since) and (until is None or at <= until)
