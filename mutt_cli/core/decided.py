"""Why the alerter decided about an event as it did: rule, rivals, and where team, environment and severity came from.

The journal holds the winner, its version and the severity. Everything else is computed from what the database keeps of
that moment and says so: `as_of` is `then`, `now` if only the rules of now are known, or `unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core import rule_contest

if TYPE_CHECKING:
    from mutt_cli.core.event import Event
    from mutt_cli.core.rule_contest import Contest, Held, Rival

AsOf = Literal["then", "now", "unknown"]
OUTCOMES: Final = frozenset({"alerted", "deduplicated", "suppressed", "unhandled"})
"""Decisions in which rules were asked."""
UNSETTLED_MS: Final = 10_000
"""Alerters compare the revision of the rules every 5 s (daemons/rulebook.py) and read them after that: for so long
after a change nobody can say with which rules one decided."""


@dataclass(frozen=True)
class Known:
    """What is recorded of one decision, and what an alert that is still here says."""

    outcome: str
    at_ms: int
    rule_id: int | None = None
    rule_version: int | None = None
    rule_name: str = ""
    severity: str = ""
    event: Event | None = None
    """The event as it was received; None if nobody kept it."""
    message: str | None = None
    """What it said; an alert that is still here knows it too."""
    team: str = ""
    environment: str = ""


@dataclass(frozen=True)
class HostThen:
    """What the inventory held about the host."""

    team: str = ""
    dev: bool = False


@dataclass(frozen=True)
class Facts:
    """What the database says. None: it could not be asked, or does not know any more."""

    winner: Held | None = None
    """The rule in the very version that won."""
    then: Contest | None = None
    now: Contest | None = None
    host: HostThen | None = None
    default_team: str = ""


@dataclass(frozen=True)
class Origin:
    """A value of the alert, and where it came from (empty: not known)."""

    value: str
    came_from: str
    recorded: bool
    """Whether the journal or the alert says it; else it is computed."""


@dataclass(frozen=True)
class Decided:
    """One decision explained. `lost` and `nearest` are None where they cannot be told."""

    known: Known
    as_of: AsOf
    rule: Held | None = None
    lost: tuple[Rival, ...] | None = None
    nearest: tuple[Rival, ...] | None = None
    team: Origin | None = None
    environment: Origin | None = None
    severity: Origin | None = None
    notes: tuple[str, ...] = ()


def explain(known: Known, facts: Facts) -> Decided:
    """The decision with its reasons."""
    message = known.message
    if known.outcome == "unhandled":
        return _unmatched(known, facts, message)
    as_of: AsOf = "unknown"
    contest = rule = None
    if facts.winner is not None:
        as_of, contest, rule = "then", facts.then, facts.winner
    elif facts.now is not None and known.rule_id in facts.now.rules:
        as_of, contest, rule = "now", facts.now, facts.now.rules[known.rule_id]
    lost = rule_contest.losers(rule, contest, message) if rule and contest and message is not None else None
    return Decided(
        known, as_of, rule, lost,
        team=_team(known, facts, rule), environment=_environment(known, facts),
        severity=_severity(known, rule),
        notes=_notes(known, facts, as_of, message),
    )  # fmt: skip


def _unmatched(known: Known, facts: Facts, message: str | None) -> Decided:
    as_of: AsOf = "then" if facts.then is not None else "now" if facts.now is not None else "unknown"
    near = None
    if facts.now is not None and message is not None:
        near = rule_contest.nearest(message, facts.then, facts.now)
    return Decided(known, as_of, nearest=near, notes=_notes(known, facts, as_of, message))


def _severity(known: Known, rule: Held | None) -> Origin | None:
    if not known.severity:
        return None
    event, came_from = known.event, ""
    if rule is not None and rule.severity:
        came_from = "rule"
    elif rule is not None and event is not None:
        given = event.severity or event.syslog_severity is not None
        came_from = "event" if event.severity else "syslog severity" if given else "default"
    return Origin(known.severity, came_from, recorded=True)


def _team(known: Known, facts: Facts, rule: Held | None) -> Origin | None:
    value = came_from = ""
    if rule is not None and rule.team:
        value, came_from = rule.team, "rule"
    elif rule is not None and facts.host is not None:
        value, came_from = (facts.host.team, "host") if facts.host.team else (facts.default_team, "default")
    if known.team:
        return Origin(known.team, came_from if value == known.team else "", recorded=True)
    return Origin(value, came_from, recorded=False) if value else None


def _environment(known: Known, facts: Facts) -> Origin | None:
    value = came_from = ""
    if facts.host is not None:
        value, came_from = ("dev", "dev hosts") if facts.host.dev else ("prod", "not among the dev hosts")
    if known.environment:
        return Origin(known.environment, came_from if value == known.environment else "", recorded=True)
    return Origin(value, came_from, recorded=False) if value else None


def _notes(known: Known, facts: Facts, as_of: AsOf, message: str | None) -> tuple[str, ...]:
    told = []
    if message is None and (facts.now or facts.winner):
        told.append("the event as it was received is not kept any more: which other rules match it cannot be told")
    if as_of == "now":
        told.append("how the rules were then is not kept: compared with those of now")
    changed = [
        one for one in (facts.then.rules.values() if facts.then else ())
        if 0 <= known.at_ms - one.since_ms < UNSETTLED_MS
    ]  # fmt: skip
    if changed:
        names = ", ".join(f"{one.id} {one.name}" for one in changed[:3])
        told.append(f"rules changed in the {UNSETTLED_MS // 1000} s before ({names}): it may have had older ones")
    return tuple(told)
