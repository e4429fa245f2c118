"""Rules whose patterns do not fit into one pass of RE2 are searched in several, and nobody sees a difference."""

from __future__ import annotations

import hashlib
from functools import cache

from mutt_cli.core.matcher import RuleSet, compile_rules
from mutt_cli.core.rules import Rule

COUNT = 3_000


def literal(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


@cache
def many() -> RuleSet:
    """More than one Filter takes; rule n has priority n, so the last one wins."""
    return compile_rules(1, [Rule(n, 1, f"r{n}", f"{literal(n)}-[0-9]+", n) for n in range(1, COUNT + 1)])


def test_every_rule_is_kept_and_finds_its_own() -> None:
    assert (len(many().rules), many().refused) == (COUNT, ())
    for number in range(1, COUNT + 1, 97):
        found = many().match(f"before {literal(number)}-77 after")
        assert found is not None
        assert found.id == number
    assert many().match("nothing of it") is None


def test_the_highest_priority_wins_across_passes_and_the_losers_are_told_in_order() -> None:
    message = " ".join(f"{literal(number)}-1" for number in (5, COUNT, 1500))
    found = many().match(message)
    assert found is not None
    assert found.id == COUNT
    assert [one.id for one in many().match_all(message)] == [COUNT, 1500, 5]
