"""A compiled RuleSet: one pass of RE2's Filter over a message finds every rule that matches; the best one wins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import re2

from mutt_cli.core.rules import Rule, essential, options, problem_with

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class BadRule:
    """A rule that is left out of the set, and why."""

    rule: Rule
    why: str


@dataclass(frozen=True)
class RuleSet:
    """Immutable: compiled aside and swapped as a whole. `revision` is the database's counter of rule changes."""

    revision: int
    rules: tuple[Rule, ...]
    """In the order in which they win: priority descending, then id ascending."""
    refused: tuple[BadRule, ...]
    _filter: Any = field(repr=False, compare=False)

    def match(self, message: str) -> Rule | None:
        """The winning rule for a message, None if no rule matches. Linear in the message, whatever the rules."""
        if self._filter is None:
            return None
        hits = self._filter.Match(message)
        return self.rules[min(hits)] if hits else None

    def match_all(self, message: str) -> tuple[Rule, ...]:
        """Every rule that matches, the winner first: what `trace` calls near misses."""
        hits = self._filter.Match(message) if self._filter is not None else None
        return tuple(self.rules[index] for index in sorted(hits or ()))


def compile_rules(revision: int, rules: Iterable[Rule]) -> RuleSet:
    """Build a set. Rules that RE2 cannot take are refused one by one; the others are not harmed by them."""
    ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.id))
    kept: list[Rule] = []
    refused: list[BadRule] = []
    compiled, chosen = re2.Filter(), options()
    for rule in ordered:
        why = problem_with(rule.pattern)
        if why:
            refused.append(BadRule(rule, why))
            continue
        compiled.Add(essential(rule.pattern), chosen)
        kept.append(rule)
    if kept:
        compiled.Compile()
    return RuleSet(revision, tuple(kept), tuple(refused), compiled if kept else None)
