"""What the rules make of a message that nobody has sent, and what a rule that is not there yet would have changed.

The first is the alerter's decision, asked beforehand: the winner, who loses and why, and what the alert would say. The
second judges events that were decided already: for each, whether the draft matches, and whether it would have won.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.core import decided, enrich, event
from mutt_cli.core.decided import Decided, Facts, HostThen, Known
from mutt_cli.core.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutt_cli.core.rule_contest import Contest, Held

Effect = Literal["catches", "takes", "keeps", "loses", "drops"]
"""What a draft does to an event: `EFFECTS` says it in words."""
EFFECTS: Final[Mapping[Effect, str]] = {
    "catches": "matched by no rule, would become an alert",
    "takes": "won by another rule, would be won by this one",
    "keeps": "won by this rule, still would be",
    "loses": "matches, another rule wins as before",
    "drops": "won by this rule, would not match it any more",
}
SAMPLES: Final = 5
"""Events of each effect that are shown."""


@dataclass(frozen=True)
class Question:
    """An event as a sender might write it. Without a severity the rule's word counts, else `warning`."""

    message: str
    hostname: str = ""
    severity: str = ""


@dataclass(frozen=True)
class Past:
    """An event that was decided: its words, and the rule that won it (None: none did)."""

    event_id: str
    message: str
    hostname: str
    at_ms: int
    winner: int | None


@dataclass(frozen=True)
class Backtest:
    """How many of `looked_at` past events a draft changes in which way, and the newest of each."""

    looked_at: int
    counts: Mapping[Effect, int]
    samples: tuple[tuple[Effect, Past], ...]


def tried(question: Question, contest: Contest, host: HostThen, default_team: str) -> Decided:
    """The decision about an event. `lost` are the rules that match too, `nearest` those that would if switched on."""
    fields = {"message": question.message, "hostname": question.hostname}
    fields |= {"severity": question.severity} if question.severity else {}
    asked = event.parse(msgspec.json.encode(fields))
    matching = contest.matching(asked.message)
    if not matching:
        return decided.explain(Known("unhandled", 0, message=asked.message), Facts(None, None, contest, host))
    winner = matching[0]
    known = Known(
        "alerted", 0, winner.id, winner.version, winner.name, enrich.severity_of(_rule(winner), asked), asked,
        asked.message,
    )  # fmt: skip
    return decided.explain(known, Facts(winner, contest, None, host, default_team))


def backtested(draft: Held, contest: Contest, past: Iterable[Past]) -> Backtest:
    """What `draft`, one of the rules of `contest`, changes in what was decided. `past` is newest first."""
    counts: Counter[Effect] = Counter()
    samples: list[tuple[Effect, Past]] = []
    looked_at = 0
    for one in past:
        looked_at += 1
        effect = _effect(draft, contest, one)
        if effect is None:
            continue
        counts[effect] += 1
        if counts[effect] <= SAMPLES:
            samples.append((effect, one))
    return Backtest(looked_at, dict(counts), tuple(samples))


def _effect(draft: Held, contest: Contest, one: Past) -> Effect | None:
    """Compared with what was recorded, so that one pattern is searched for and not all of them."""
    if not contest.matches(draft, one.message):
        return "drops" if one.winner == draft.id else None
    if one.winner is None:
        return "catches"
    if one.winner == draft.id:
        return "keeps"
    winner = contest.rules.get(one.winner)
    return "loses" if winner is not None and winner.rank < draft.rank else "takes"


def _rule(one: Held) -> Rule:
    return Rule(one.id, one.version, one.name, one.pattern, one.priority, one.severity, one.team)
