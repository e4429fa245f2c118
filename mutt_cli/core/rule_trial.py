"""What the rules make of a message that nobody has sent, and what a rule that is not there yet would have changed.

The first is the alerter's decision, asked beforehand: the winner, who loses and why, and what the alert would say. The
second judges events that were decided already: for each, whether the draft matches, and who would win it now.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from mutt_cli.core import decided, enrich, event
from mutt_cli.core.decided import Decided, Facts, HostThen, Known
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.rule_contest import Contest
from mutt_cli.core.rules import MATCH_TYPES, Rule, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mutt_cli.core.matcher import RuleSet
    from mutt_cli.core.rule_contest import Held

Effect = Literal["catches", "takes", "keeps", "loses", "gives", "drops"]
"""What a draft does to an event: `EFFECTS` says it in words."""
EFFECTS: Final[Mapping[Effect, str]] = {
    "catches": "matched by no rule, would become an alert",
    "takes": "won by another rule, would be won by this one",
    "keeps": "won by this rule, still would be",
    "loses": "matches, another rule wins",
    "gives": "won by this rule, another one would win it",
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
    """How many of `looked_at` past events a draft changes in which way, and the newest of each.

    `first_ms` and `last_ms`: when the oldest and the newest of them were decided, Unix ms; 0 if there are none.
    """

    looked_at: int
    first_ms: int
    last_ms: int
    counts: Mapping[Effect, int]
    samples: tuple[tuple[Effect, Past], ...]


@dataclass(frozen=True)
class Candidates:
    """Rules, compiled as alerters compile them, with a draft in the place of its former self if there is one."""

    rules: Mapping[int, Held]
    compiled: RuleSet
    """Of those that are switched on, without the draft."""
    draft: Held | None = None

    def beside(self, draft: Held) -> Candidates:
        """The same with this draft. Nothing is compiled again."""
        return replace(self, rules={**self.rules, draft.id: draft}, draft=draft)

    def matching(self, message: str) -> tuple[Held, ...]:
        """The rules that match, the winner first."""
        hits = [self.rules[one.id] for one in self.compiled.match_all(message)]
        others = [one for one in hits if one is not self.draft]
        return tuple(sorted([*others, *self._drafted.matching(message)], key=lambda one: one.rank))

    @property
    def off(self) -> Contest:
        """Those that are switched off."""
        return Contest(one for one in self.rules.values() if not one.enabled)

    @cached_property
    def _drafted(self) -> Contest:
        return Contest([self.draft] if self.draft is not None else [])


def candidates(rules: Iterable[Held]) -> Candidates:
    """Rules as they are."""
    known = {one.id: one for one in rules}
    return Candidates(known, compile_rules(0, [_rule(one) for one in known.values() if _is_tried(one)]))


def tried(question: Question, rules: Candidates, host: HostThen, default_team: str) -> Decided:
    """The decision about an event. `lost` are the rules that match too, `nearest` those that would if switched on."""
    fields = {"message": question.message, "hostname": question.hostname}
    fields |= {"severity": question.severity} if question.severity else {}
    asked = event.parse(msgspec.json.encode(fields))
    matching = rules.matching(asked.message)
    if not matching:
        return decided.explain(Known("unhandled", 0, message=asked.message), Facts(None, None, rules.off, host))
    winner = matching[0]
    known = Known(
        "alerted", 0, winner.id, winner.version, winner.name, enrich.severity_of(_rule(winner), asked), asked,
        asked.message,
    )  # fmt: skip
    return decided.explain(known, Facts(winner, Contest(matching), None, host, default_team))


def backtested(draft: Held, rules: Candidates, past: Iterable[Past]) -> Backtest:
    """What `draft`, which is among `rules`, changes in what was decided. `past` is newest first."""
    counts: Counter[Effect] = Counter()
    samples: list[tuple[Effect, Past]] = []
    everything = list(past)
    for one in everything:
        effect = _effect(draft, rules, one)
        if effect is None:
            continue
        counts[effect] += 1
        if counts[effect] <= SAMPLES:
            samples.append((effect, one))
    times = [one.at_ms for one in everything] or [0]
    return Backtest(len(everything), min(times), max(times), dict(counts), tuple(samples))


def _effect(draft: Held, rules: Candidates, one: Past) -> Effect | None:
    matching = rules.matching(one.message)
    if draft not in matching:
        return "drops" if one.winner == draft.id else None
    wins = matching[0] == draft
    if one.winner == draft.id:
        return "keeps" if wins else "gives"
    if not wins:
        return "loses"
    return "catches" if one.winner is None else "takes"


def _is_tried(one: Held) -> bool:
    return one.enabled and one.match_type in MATCH_TYPES


def _rule(one: Held) -> Rule:
    pattern = literal(one.pattern) if one.match_type == "contains" else one.pattern
    return Rule(one.id, one.version, one.name, pattern, one.priority, one.severity, one.team)
