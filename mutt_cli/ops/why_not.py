"""Why no alert was sent for an event whose id nobody knows: looked for by host, words and time, wherever it may be.

Stream, then history, then queues and quarantine; each event that fits is then told as `mutt trace ID` tells it, from
looks of its own. If there is none, what else is known of that time is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import history_search, sightings
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.pipeline import QUARANTINE
from mutt_cli.core.switches import INTAKE
from mutt_cli.core.why_not import Around
from mutt_cli.ops import ledger_rows, retention, switches, trace
from mutt_cli.ops.events import Asked
from mutt_cli.ops.questions import Questions

if TYPE_CHECKING:
    from mutt_cli.core.sighting import Sighting
    from mutt_cli.core.why_not import Description
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.retention import Policy
    from mutt_cli.ops.trace import Traced

MOST_EVENTS: Final = 5_000
"""Events of one host that are read."""
MOST_TOLD: Final = 10
"""Stories that are told, the newest."""
_DAY_MS: Final = 86_400_000
_REFUSED: Final = frozenset({"refused", "unserved"})


@dataclass(frozen=True)
class WhyNot:
    """The events that fit, the newest first, and what else is known of that time."""

    told: tuple[Traced, ...]
    refused: tuple[Sighting, ...]
    """Items in quarantine that fit."""
    more: int
    """Events that fit and are not told."""
    around: Around
    raw_days: int
    """For how many days events are kept as they were received."""
    warnings: tuple[str, ...] = ()
    unsure: frozenset[str] = frozenset()
    """Of those told, the ids of which nobody knows what they said."""

    @property
    def found(self) -> bool:
        """Whether anything fits."""
        return bool(self.told or self.refused)


@dataclass
class _Sought:
    """Ids of events that fit; of the host's others how many say something else, and which are not kept any more."""

    fitting: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    refused: tuple[Sighting, ...] = ()
    cut: tuple[str, ...] = ()

    def sort(self, event_id: str, payload: bytes | None, sought: Description) -> None:
        """Put an event of that host and time where it belongs."""
        if payload is not None:
            (self.fitting if sought.is_payload(payload) else self.others).add(event_id)
        elif event_id not in self.fitting | self.others:
            self.unread.append(event_id)


def ask(backends: Backends, sought: Description, *, now_ms: int) -> WhyNot:
    """Look for the event. Raises UnreachableError if Redis and PostgreSQL are both away."""
    asked = Asked(backends)
    found = _look(backends, asked, sought)
    asked.refuse_if_blind()
    ids = sorted(found.fitting, reverse=True) or found.unread
    stories = trace.several(backends, tuple(ids[:MOST_TOLD]), now_ms=now_ms) if ids else {}
    told = tuple(sorted(stories.values(), key=lambda one: -one.story.subject.received_ms))
    kept = retention.in_force(backends)
    around = _around(backends, sought, found, kept, now_ms, whole=not (asked.blind or found.cut))
    said = (warning for one in told for warning in one.warnings)
    return WhyNot(
        told, found.refused, max(0, len(ids) - len(told)), around, kept.raw_days,
        tuple(dict.fromkeys((*asked.warnings, *found.cut, *said))),
        frozenset() if found.fitting else frozenset(stories),
    )  # fmt: skip


def _look(backends: Backends, asked: Asked, sought: Description) -> _Sought:
    found = _Sought()
    records = asked.stream(lambda: list(sightings.received(backends.redis(), backends.keys, sought)))
    for one in records or ():
        found.sort(one.event_id, one.payload, sought)
    _look_in_history(asked, sought, found)
    seen = asked.stream(lambda: sightings.described(backends.redis(), backends.keys, sought))
    if seen is not None:
        found.refused = tuple(one for one in seen.sightings if one.queue == QUARANTINE)
        found.fitting.update(one.event_id for one in seen.sightings if one.queue != QUARANTINE)
        found.cut += tuple(
            f"{name} holds {length:,} messages; only the {read:,} newest and oldest were looked at"
            for name, length, read in seen.cut
        )
    found.unread = [one for one in found.unread if one not in found.fitting]
    return found


def _look_in_history(asked: Asked, sought: Description, found: _Sought) -> None:
    since = datetime.fromtimestamp(max(0, sought.first_ms - _DAY_MS) / 1000, tz=UTC)
    ids = asked.history(lambda conn: history_search.of_host(conn, sought, MOST_EVENTS)) or []
    kept = asked.history(lambda conn: history_search.payloads(conn, ids, since)) if ids else {}
    if len(ids) >= MOST_EVENTS:
        found.cut += (f"only the newest {MOST_EVENTS:,} events of {sought.host} were read: narrow it by --since",)
    for one in ids:
        found.sort(one, (kept or {}).get(one), sought)


def _around(  # noqa: PLR0917
    backends: Backends,
    sought: Description,
    found: _Sought,
    kept: Policy,
    now_ms: int,
    whole: bool,
) -> Around:
    """What is read only to explain that there is nothing."""
    if found.fitting or found.refused:
        return Around(len(found.others), len(found.unread))
    asked, questions = Asked(backends), Questions(backends)
    refused = asked.stream(lambda: _refusals(backends, questions, sought))
    stopped = asked.stream(lambda: [one.text for one in switches.switched_off(backends) if one.what == INTAKE])
    return Around(
        len(found.others), len(found.unread), refused if questions.answered else None, " ".join(stopped or ()), whole,
        forgotten=sought.last_ms < now_ms - kept.days * _DAY_MS,
    )  # fmt: skip


def _refusals(backends: Backends, questions: Questions, sought: Description) -> Counter[str]:
    """Refused requests and items by source, of the minutes of that time."""
    first, last = rfc3339(sought.first_ms)[:16], rfc3339(sought.last_ms)[:16]
    since = sought.first_ms - sought.first_ms % 60_000
    counted: Counter[str] = Counter()
    for minute, source, counter, number in ledger_rows.entries(backends, questions, since_ms=since):
        if first <= minute <= last and counter in _REFUSED:
            counted[source] += number
    return +counted
