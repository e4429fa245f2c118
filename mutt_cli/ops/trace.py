"""One event's story, from wherever something is known of it: queues, retry set, workers' hands, stream, PostgreSQL.

The stream is always read, so a stopped historian hides nothing. With PostgreSQL or Redis away the story is told from
the other one and says what is missing. Events move while this looks: what does not fit together is looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

from mutt_cli.adapters import history, queue_reading, sightings
from mutt_cli.adapters.postgres import DatabaseError, explain, for_reading
from mutt_cli.core import story
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.sighting import LEAST_PREFIX, AnyOf, Wanted
from mutt_cli.core.verdict import Looked
from mutt_cli.errors import MuttError, NotFoundError, UnreachableError, UsageError
from mutt_cli.ops.trace_context import Context, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.journal import Record
    from mutt_cli.core.sighting import Sighting
    from mutt_cli.core.story import Recorded, Story
    from mutt_cli.ops.backends import Backends

T = TypeVar("T")

LOOKS: Final = 3
"""Most looks at an event that moves."""
NAMED: Final = 10
"""Candidates that are named."""


@dataclass(frozen=True)
class Traced:
    """The story, and what could not be looked at, in words."""

    story: Story
    warnings: tuple[str, ...] = ()
    context: Context = field(default_factory=Context)


@dataclass(frozen=True)
class Candidate:
    """One of several events that a prefix may mean."""

    event_id: str
    correlation_id: str
    hostname: str
    first_ms: int
    """The first moment known of it, Unix ms; 0 if none."""


@dataclass(frozen=True)
class Candidates:
    """The prefix fits several events."""

    text: str
    found: tuple[Candidate, ...]
    """At least two, newest first."""


@dataclass(frozen=True)
class Unknown:
    """Nothing fits. `looked` says where it was looked for, `warnings` where it could not be."""

    text: str
    looked: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    """What one look at everything gave. `now_ms` is Redis time, 0 if Redis is away."""

    recorded: tuple[Recorded, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    looked: Looked = field(default_factory=Looked)
    now_ms: int = 0
    limited_by: str = ""

    @property
    def by_id(self) -> dict[str, list[Record | Sighting]]:
        """Everything known, by event."""
        known: dict[str, list[Record | Sighting]] = {}
        everyone: tuple[Record | Sighting, ...] = (*(step.record for step in self.recorded), *self.sightings)
        for one in everyone:
            known.setdefault(one.event_id, []).append(one)
        return known

    def about(self, event_id: str) -> story.Evidence:
        """What concerns one event."""
        steps = tuple(one for one in self.recorded if one.record.event_id == event_id)
        seen = tuple(one for one in self.sightings if one.event_id == event_id)
        return story.Evidence(event_id, steps, seen, looked=self.looked, limited_by=self.limited_by)


def trace(
    backends: Backends, identifier: str, *, now_ms: int, since_ms: int | None = None, until_ms: int | None = None
) -> Traced | Candidates | Unknown:
    """The story of the event that `identifier` names: its id in full, or a unique prefix of its correlation id.

    `since_ms` and `until_ms` bound when it was accepted, so that an old namesake does not make a prefix ambiguous.
    Raises UnreachableError MUTT-R101 if Redis and PostgreSQL are both away.
    """
    if not identifier.isprintable():  # no id of ours, and no correlation id that was ever accepted
        return Unknown(identifier, ())
    wanted, search = Wanted(identifier), _Search(backends)
    found = search.look(wanted)
    chosen = _chosen(wanted, found, since_ms or 0, until_ms)
    if not chosen:
        return Unknown(identifier, search.places, search.warnings)
    if len(chosen) > 1:
        return Candidates(identifier, chosen)
    event_id = chosen[0].event_id
    # A prefix does not find records without a correlation id, as a crash may leave them.
    return search.told(event_id, found if event_id == wanted.event_id else None, now_ms)


def again(backends: Backends, event_id: str, *, now_ms: int, before: Traced | None = None) -> Traced:
    """The story of an event that was found before, as it is now. Raises UnreachableError.

    What stands behind it is told only beside `before`, and read again only if a step came since.
    """
    search = _Search(backends)
    told = search.told(event_id, None, now_ms, explained=False)
    if before is None or len(before.story.steps) == len(told.story.steps):
        return replace(told, context=before.context if before is not None else told.context)
    return search.told(event_id, None, now_ms)


def several(backends: Backends, event_ids: tuple[str, ...], *, now_ms: int) -> dict[str, Traced]:
    """The stories of events whose ids are known. Raises UnreachableError."""
    return _Search(backends).several(event_ids, now_ms)


def resolved(answer: Traced | Candidates | Unknown) -> Traced:
    """The story, or the error that tells an operator why there is none: exit 2 if ambiguous, 3 if unknown."""
    if isinstance(answer, Candidates):
        raise _ambiguous(answer)
    if isinstance(answer, Unknown):
        raise _not_found(answer)
    return answer


class _Search:
    """One search. A back end that failed once is not asked again, and the answer says what is missing for it."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self._redis_lost: MuttError | None = None
        self._database_lost: MuttError | None = None
        self._cut: tuple[str, ...] = ()
        self._reader = Reader(backends, self._ask)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it looked."""
        redis = () if self._redis_lost else ("the queues", "the journal stream")
        return (*redis, *(() if self._database_lost else ("the history in PostgreSQL",)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is missing, and why."""
        said = list(self._cut)
        if self._redis_lost:
            said.append(f"Redis is away: queues and the newest steps are missing. {self._redis_lost.message}")
        if replica := self._backends.settings.postgres.read_host:
            said.append(f"the history was asked at {replica} (POSTGRES_READ_HOST), which may lag behind by moments")
        if self._database_lost:
            said.append(f"PostgreSQL is away: older steps may be missing. {self._database_lost.message}")
        return tuple(said)

    def told(self, event_id: str, found: _Found | None, now_ms: int, *, explained: bool = True) -> Traced:
        """The story; an event that moves while this looks is looked at again. `explained`: with what is behind it."""
        settled = self._settled(Wanted(event_id, whole_only=True), found)
        return self._tell(event_id, settled, now_ms, explained=explained)

    def several(self, event_ids: tuple[str, ...], now_ms: int) -> dict[str, Traced]:
        """The stories of several events, from the same looks; those of which nothing is known are left out."""
        found = self._settled(AnyOf(event_ids), None)
        known = found.by_id
        return {one: self._tell(one, found, now_ms) for one in event_ids if one in known}

    def _settled(self, wanted: Wanted | AnyOf, found: _Found | None) -> _Found:
        found = found or self.look(wanted)
        for _ in range(LOOKS - 1):
            if all(story.is_coherent(found.about(one)) for one in wanted.event_ids):
                break
            found = self.look(wanted)
        return found

    def _tell(self, event_id: str, found: _Found, now_ms: int, *, explained: bool = True) -> Traced:
        evidence = found.about(event_id)
        evidence = replace(evidence, payload=self._payload(evidence))
        told = story.tell(evidence, found.now_ms or now_ms)
        context = self._reader.about(evidence, told) if explained else Context()
        return Traced(told, self.warnings, context)

    def look(self, wanted: Wanted | AnyOf) -> _Found:
        """Queues first, then stream, then database: a message and its record move in this direction."""
        seen, now_ms, streamed, limited_by = sightings.Sighted(()), 0, [], ""
        if self._redis_lost is None:
            try:
                client, keys = self._backends.redis(), self._backends.keys
                seen = sightings.find(client, keys, wanted)
                streamed = [story.Recorded(*one) for one in sightings.recorded(client, keys, wanted)]
                now_ms = sightings.now_ms(client)
                limit = queue_reading.delivery_limit(client, keys, self._backends.settings.moog)
                limited_by = limit.words if limit and limit.full else ""
            except MuttError as error:
                self._redis_lost = error
        stored = self._stored(wanted)
        self._reachable()
        self._cut = tuple(
            f"{name} holds {length:,} messages; only the {read:,} newest and oldest were looked at"
            for name, length, read in seen.cut
        )
        looked = Looked(self._redis_lost is None, self._database_lost is None, whole_queues=not seen.cut)
        return _Found((*streamed, *stored), seen.sightings, looked, now_ms, limited_by)

    def _stored(self, wanted: Wanted | AnyOf) -> list[Recorded]:
        def ask(conn: Connection) -> list[history.Step]:
            found = [step for one in wanted.event_ids for step in history.find(conn, event_id=one)]
            return found or (history.find(conn, correlation_prefix=wanted.prefix) if wanted.prefix else [])

        return [story.Recorded(step.recorded_ms, step.record) for step in self._ask(ask) or []]

    def _payload(self, evidence: story.Evidence) -> bytes | None:
        """The event as it was received: from a record in the stream, else from the database while it is kept."""
        streamed = [one.record.payload for one in evidence.recorded if one.record.payload is not None]
        return streamed[-1] if streamed else self._ask(lambda conn: history.payload(conn, evidence.event_id))

    def _ask(self, question: Callable[[Connection], T]) -> T | None:
        if self._database_lost is not None:
            return None
        try:
            return question(self._backends.replica())
        except MuttError as error:
            self._database_lost = error
        except DatabaseError as error:
            self._database_lost = explain(error, for_reading(self._backends.settings.postgres))
        return None

    def _reachable(self) -> None:
        if self._redis_lost is None or self._database_lost is None:
            return
        raise UnreachableError(
            "neither Redis nor PostgreSQL can be read, so nothing can be said about any event",
            why=f"{self._redis_lost.message}\n{self._database_lost.message}",
            tries=tuple(dict.fromkeys((*self._redis_lost.tries, *self._database_lost.tries))),
        )


def _chosen(wanted: Wanted, found: _Found, since_ms: int, until_ms: int | None) -> tuple[Candidate, ...]:
    """The events that are meant, newest first: the one with this id, else those with exactly this correlation id."""
    known = found.by_id
    if wanted.event_id in known:
        return (_candidate(wanted.event_id, known[wanted.event_id]),)
    several = [_candidate(event_id, said) for event_id, said in known.items()]
    several = [one for one in several if since_ms <= one.first_ms and (until_ms is None or one.first_ms <= until_ms)]
    exact = [one for one in several if one.correlation_id == wanted.text]
    return tuple(sorted(exact or several, key=lambda one: -one.first_ms))


def _candidate(event_id: str, said: Sequence[Record | Sighting]) -> Candidate:
    first = min((one.received_ms for one in said if one.received_ms), default=0)
    correlation = next((one.correlation_id for one in said if one.correlation_id), "")
    return Candidate(event_id, correlation, next((one.hostname for one in said if one.hostname), ""), first)


def _ambiguous(answer: Candidates) -> UsageError:
    shown = [
        f"{one.event_id}  {rfc3339(one.first_ms)}  {_line(one.hostname) or '-'}  {_line(one.correlation_id)}"
        for one in answer.found[:NAMED]
    ]
    more = len(answer.found) - len(shown)
    return UsageError(
        "\n".join(
            [f"{answer.text!r} means {len(answer.found)} events:", *shown, *([f"and {more} more"] if more else [])]
        ),
        code="MUTT-U017",
        tries=(f"mutt trace {answer.found[0].event_id}", "more characters, or --since"),
    )


def _line(text: str) -> str:
    """Foreign text cannot begin a line of its own in a list."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _not_found(answer: Unknown) -> NotFoundError | UsageError:
    if len(answer.text) < LEAST_PREFIX or not answer.text.isprintable():
        return UsageError(
            f"{answer.text!r} is no event id, and cannot be the beginning of a correlation id",
            code="MUTT-U016",
            tries=(f"at least {LEAST_PREFIX} characters of the correlation id, or the whole event id",),
        )
    return NotFoundError(
        f"no event {answer.text!r} in {', '.join(answer.looked)}",
        why="\n".join(answer.warnings)
        or "an event id must be given in full, a correlation id from its beginning; refused items have neither",
        tries=("mutt reconcile",),
    )
