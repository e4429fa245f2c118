"""What stands behind an event's steps: the rules that decided it, the alert it repeats, what operators did to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from mutt_cli.adapters import history, operations_reading, rule_past, sightings
from mutt_cli.core import decided, story, story_words, verdict
from mutt_cli.core import event as events
from mutt_cli.core.decided import Decided, Facts, Known
from mutt_cli.core.drill import DONE, LATE
from mutt_cli.core.rule_contest import Contest
from mutt_cli.core.sighting import Wanted
from mutt_cli.errors import MuttError
from mutt_cli.ops import switches

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from mutt_cli.adapters.operations_reading import Recorded as Operation
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.core.rule_contest import Held
    from mutt_cli.core.story import Evidence, Story
    from mutt_cli.ops.backends import Backends

    T = TypeVar("T")

    class Asking(Protocol):
        """A question to the database; None if it is away."""

        def __call__(self, question: Callable[[Connection], T], /) -> T | None:
            """Ask it."""


MOST_OPERATIONS: Final = 20


@dataclass(frozen=True)
class Parent:
    """The event whose alert stands for a repeat, and the last thing known of it."""

    event_id: str
    at_ms: int
    outcome: str
    words: str


@dataclass(frozen=True)
class Context:
    """Parts are None or empty where there is nothing to tell."""

    decided: Decided | None = None
    parent: Parent | None = None
    operations: tuple[Operation, ...] = ()
    held: tuple[str, ...] = ()
    """What a person switched off that would move the event from where it is, in words."""


class Reader:
    """Reads contexts of several events; the rules of a moment are compiled once."""

    def __init__(self, backends: Backends, ask: Asking) -> None:
        self._backends, self._ask = backends, ask
        self._contests: dict[frozenset[tuple[int, int, int]], Contest] = {}
        self._now: Contest | None = None

    def about(self, evidence: Evidence, told: Story) -> Context:
        """The context of one story."""
        return Context(
            decided=self._decided(evidence, told),
            parent=self._parent(evidence),
            operations=self._operations(told),
            held=self._held(evidence, told),
        )

    def _decided(self, evidence: Evidence, told: Story) -> Decided | None:
        known = _known(evidence, told)
        if known is None:
            return None
        at = datetime.fromtimestamp(known.at_ms / 1000, tz=UTC)
        rules = self._ask(lambda conn: rule_past.rules_at(conn, at))
        host, winner = told.subject.hostname, self._winner(known)
        facts = Facts(
            winner=winner,
            then=self._contest(rules) if rules else None,
            now=self._rules_now() if winner is None else None,
            host=self._ask(lambda conn: rule_past.host_at(conn, host, at)),
            default_team=self._backends.settings.alerter.unhandled_default_team,
        )
        return decided.explain(known, facts)

    def _winner(self, known: Known) -> Held | None:
        rule_id, version = known.rule_id, known.rule_version
        if rule_id is None or version is None:
            return None
        return self._ask(lambda conn: rule_past.rule_version(conn, rule_id, version))

    def _rules_now(self) -> Contest | None:
        if self._now is None and (rules := self._ask(rule_past.rules_now)) is not None:
            self._now = self._contest(rules)
        return self._now

    def _contest(self, rules: tuple[Held, ...]) -> Contest:
        versions = frozenset((one.id, one.version, one.since_ms) for one in rules)
        if versions not in self._contests:
            self._contests[versions] = Contest(rules)
        return self._contests[versions]

    def _parent(self, evidence: Evidence) -> Parent | None:
        ids = [one.record.parent_id for one in story.in_order(evidence.recorded) if one.record.parent_id]
        if not ids:
            return None
        recorded = [*self._streamed(ids[-1], evidence), *self._stored(ids[-1])]
        last = story.in_order(recorded)[-1:]
        if not last:
            return Parent(ids[-1], 0, "unknown", "nothing is known of it any more")
        return Parent(ids[-1], last[0].at_ms, last[0].record.outcome, story_words.of(last[0].record))

    def _streamed(self, event_id: str, evidence: Evidence) -> list[story.Recorded]:
        if not evidence.looked.redis:
            return []
        wanted = Wanted(event_id, whole_only=True)
        try:
            found = sightings.recorded(self._backends.redis(), self._backends.keys, wanted)
            return [story.Recorded(*one) for one in found]
        except MuttError:  # the story itself says that Redis is away
            return []

    def _stored(self, event_id: str) -> list[story.Recorded]:
        steps = self._ask(lambda conn: history.find(conn, event_id=event_id)) or []
        return [story.Recorded(step.recorded_ms, step.record) for step in steps]

    def _held(self, evidence: Evidence, told: Story) -> tuple[str, ...]:
        movers = frozenset().union(*(verdict.movers(place.queue) for place in told.places))
        if not movers or not evidence.looked.redis:
            return ()
        try:
            return tuple(one.text for one in switches.switched_off(self._backends) if one.what in movers)
        except MuttError:  # as in `_streamed`
            return ()

    def _operations(self, told: Story) -> tuple[Operation, ...]:
        ids = list(dict.fromkeys(step.operation_id for step in told.steps if step.operation_id))[:MOST_OPERATIONS]
        found = [one for each in ids for one in self._operation(each)]
        return tuple(found)

    def _operation(self, identifier: str) -> list[Operation]:
        """At most one: an id in full is no prefix of another."""
        return self._ask(lambda conn: operations_reading.find(conn, identifier)) or []


def _known(evidence: Evidence, told: Story) -> Known | None:
    """The last decision in which rules were asked, as it is recorded, or as the alert in sight tells it.

    A drill's canary is decided by a rule of its own, which competes with none.
    """
    event = events.parse(evidence.payload) if evidence.payload is not None else None
    alert = next((one for one in evidence.sightings if one.matched_ms), None)
    message = event.message if event is not None else told.subject.message or None
    team, environment = (alert.team, alert.environment) if alert is not None else ("", "")
    for one in reversed(story.in_order(evidence.recorded)):
        record = one.record
        if record.stage == "alerter" and record.outcome in decided.OUTCOMES and record.reason not in {DONE, LATE}:
            return Known(
                record.outcome, record.started_ms or one.at_ms, record.rule_id, record.rule_version, record.rule_name,
                record.severity, event, message, team, environment,
            )  # fmt: skip
    if alert is None or alert.rule_id is None:  # what MUTT makes itself, no rule decided
        return None
    return Known(
        "alerted", alert.matched_ms, alert.rule_id, alert.rule_version, alert.rule_name, alert.severity, event, message,
        team, environment,
    )  # fmt: skip
