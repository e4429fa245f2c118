"""A compiled RuleSet: one pass of RE2's Filter over a message finds every rule that matches; the best one wins.

RE2 gives a Filter a fixed memory. Rules whose patterns do not fit into one (some 2,500 of 35 characters of their own)
are searched in several passes, those of the highest priority first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import re2

from mutt_cli.core.rules import Rule, essential, options, problem_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
    _filters: tuple[tuple[int, Any], ...] = field(repr=False, compare=False)
    """Compiled filters, each with the place of its first rule."""

    def match(self, message: str) -> Rule | None:
        """The winning rule for a message, None if no rule matches. Linear in the message, whatever the rules."""
        for first, compiled in self._filters:
            if hits := compiled.Match(message):
                return self.rules[first + int(min(hits))]
        return None

    def match_all(self, message: str) -> tuple[Rule, ...]:
        """Every rule that matches, the winner first: what `trace` calls near misses."""
        found = (first + hit for first, compiled in self._filters for hit in sorted(compiled.Match(message) or ()))
        return tuple(self.rules[index] for index in found)


def compile_rules(revision: int, rules: Iterable[Rule]) -> RuleSet:
    """Build a set. Rules that RE2 cannot take are refused one by one; the others are not harmed by them."""
    ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.id))
    kept: list[Rule] = []
    refused: list[BadRule] = []
    for rule in ordered:
        why = problem_with(rule.pattern)
        if why:
            refused.append(BadRule(rule, why))
        else:
            kept.append(rule)
    rules_of: list[Rule] = []
    filters: list[tuple[int, Any]] = []
    for some, compiled in _compiled(kept):
        if compiled is None:
            refused.append(BadRule(some[0], "RE2 does not take it: it needs more memory than a pattern may"))
            continue
        filters.append((len(rules_of), compiled))
        rules_of += some
    return RuleSet(revision, tuple(rules_of), tuple(refused), tuple(filters))


def _compiled(rules: list[Rule]) -> Iterator[tuple[list[Rule], Any]]:
    """Filters for rules in their order, as few as RE2 makes of them; None for a single rule that fits into none."""
    if not rules:
        return
    made, chosen = re2.Filter(), options()
    for rule in rules:
        made.Add(essential(rule.pattern), chosen)
    try:
        made.Compile()
    except re2.error:
        half = len(rules) // 2
        if not half:
            yield rules, None
            return
        yield from _compiled(rules[:half])
        yield from _compiled(rules[half:])
    else:
        yield rules, made
