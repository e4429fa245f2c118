"""What a file or an operator's words mean for the rules that are there, and what is worth knowing before."""

from __future__ import annotations

from typing import Any

import pytest

from mutt_cli.core import rule_advice
from mutt_cli.core.change_words import rule_line
from mutt_cli.core.record_file import Records
from mutt_cli.core.rule_change import Image, RuleChange, RulePlan, added, changed, entry, planned
from mutt_cli.core.rule_fields import Trouble


def rule(number: int, name: str, pattern: str = "x", **more: Any) -> Image:
    made = added({"rule_name": name, "pattern": pattern, **more}).after
    assert made is not None
    return {**made, "id": number, "version": 1, "team": more.get("team", made["team"])}


LIVE = (rule(1, "first", "LINK.*down", priority=90), rule(2, "second", "BGP"), rule(3, "third", "PSU", priority=10))


def plan(
    *items: dict[str, Any], live: tuple[Image, ...] = LIVE, complete: bool = False, matched: tuple[int, ...] = ()
) -> RulePlan:
    found = planned(Records(items, complete), live, set(matched))
    assert isinstance(found, RulePlan), found
    return found


def trouble(*items: dict[str, Any], live: tuple[Image, ...] = LIVE) -> str:
    found = planned(Records(items), live, ())
    assert isinstance(found, Trouble)
    return found.message


def told(found: RulePlan) -> list[str]:
    return [rule_line(one) for one in found.changes]


def test_a_rule_is_found_by_name_or_id_and_keeps_what_is_not_named() -> None:
    found = plan({"rule_name": "first", "priority": 80}, {"id": 2, "rule_name": "bgp"}, {"rule_name": "third"})
    assert told(found) == ["rule 1 (first): priority 90 -> 80", "rule 2 (second): rule_name second -> bgp"]
    assert found.unchanged == 1
    assert found.changes[0].after is not None
    assert found.changes[0].after["pattern"] == "LINK.*down"


def test_what_is_exported_changes_nothing_when_it_comes_back() -> None:
    assert plan(*(entry(one) for one in LIVE), complete=True) == RulePlan((), 3)


def test_only_a_complete_file_takes_rules_away_and_one_that_matched_is_switched_off_instead() -> None:
    assert told(plan({"rule_name": "first"})) == []
    found = plan({"rule_name": "first"}, complete=True, matched=(2,))
    assert told(found) == ["rule 2 (second): enabled yes -> no", "rule 3 (third): deleted"]
    off = (LIVE[0], {**LIVE[1], "enabled": False})
    assert told(plan({"rule_name": "first"}, live=off, complete=True, matched=(2,))) == []


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([{"rule_name": "new"}], "rule 2 (new): pattern: it is needed"),
        ([{"pattern": "x"}], "rule 2 (without a name): rule_name: it is needed"),
        ([{"rule_name": "first", "pattern": "a("}], "rule 2 (first): pattern: RE2 does not take it"),
        ([{"rule_name": "first", "colour": 1}], "a rule has no field 'colour'"),
        ([{"id": 9, "rule_name": "x"}], "there is no rule with the id 9"),
        ([{"id": "1", "rule_name": "x"}], "there is no rule with the id '1'"),
        ([{"rule_name": "first"}, {"id": 1}], "two entries are about the rule 'first'"),
        (
            [{"rule_name": "n", "pattern": "x"}, {"rule_name": "n", "pattern": "y"}],
            "two entries are about the rule 'n'",
        ),
        ([{"rule_name": ["a"]}], "rule_name"),
    ],
)
def test_everything_that_is_wrong_with_a_file_is_said_and_names_its_entry(
    items: list[dict[str, Any]], said: str
) -> None:
    assert said in trouble({"rule_name": "bad", "pattern": "b("}, *items)
    assert "rule 1 (bad): pattern: RE2" in trouble({"rule_name": "bad", "pattern": "b("}, *items)


def test_a_name_that_two_rules_have_needs_an_id() -> None:
    twins = (*LIVE, rule(4, "first"))
    assert "rules 1, 4 have this name: an id is needed" in trouble({"rule_name": "first", "priority": 1}, live=twins)
    assert told(plan({"id": 4, "priority": 1}, live=twins)) == ["rule 4 (first): priority 100 -> 1"]


def test_a_team_that_comes_by_its_id_stays_so_unless_another_one_is_named() -> None:
    lent = {**rule(7, "lent"), "device_team_id": 3, "team": "net"}
    assert changed(lent, {"team_assignment": "net", "device_team_id": None}) is None
    other = changed(lent, {"team_assignment": "ops", "device_team_id": None})
    assert other is not None
    assert other.after is not None
    assert [other.after[name] for name in ("device_team_id", "team_assignment", "team")] == [None, "ops", "ops"]


def advice(*changes: RuleChange | None, live: tuple[Image, ...] = LIVE) -> str:
    return "\n".join(rule_advice.advice(live, [one for one in changes if one]))


@pytest.mark.parametrize(
    ("pattern", "is_one"), [(".*", True), (".", True), ("\\w*|x", True), ("^$", False), ("[a-z]", False)]
)
def test_a_catch_all_is_known_by_what_it_finds(pattern: str, is_one: bool) -> None:
    assert rule_advice.matches_everything(rule(1, "x", pattern)) is is_one
    assert not rule_advice.matches_everything(rule(1, "x", ".*", match_type="contains"))


def test_a_rule_that_takes_everything_is_told_with_those_it_starves() -> None:
    greedy = added({"rule_name": "all", "pattern": ".*", "priority": 200})
    assert "'all' matches every message: the 3 enabled rules below it will never match" in advice(greedy)
    last = added({"rule_name": "all", "pattern": ".*", "priority": 1})
    assert advice(last) == ""
    live = (rule(9, "all", ".*", priority=99), *LIVE)
    assert "'second' never matches: rule 9 (all) matches every message" in advice(
        changed(live[2], {"priority": 5}), live=live
    )


def test_the_same_pattern_twice_is_told_with_the_one_that_wins() -> None:
    below = added({"rule_name": "copy", "pattern": "LINK.*down", "priority": 1})
    assert "'copy' never matches: rule 1 (first) has the same pattern and is tried first" in advice(below)
    above = added({"rule_name": "copy", "pattern": "LINK.*down", "priority": 99})
    assert "rule 1 (first) will never match" in advice(above)
    twin = added({"rule_name": "first", "pattern": "other"})
    assert "'first' is also the name of rule 1 (first)" in advice(twin)


def test_the_last_rule_that_is_switched_off_is_told_and_a_change_of_words_is_not() -> None:
    off = [changed(one, {"enabled": False}) for one in LIVE]
    assert "no enabled rule is left: alerters keep the rules that they have now" in advice(*off)
    assert advice(changed(LIVE[0], {"description": "why"})) == ""


def test_the_place_of_a_new_rule_is_behind_its_equals() -> None:
    new = added({"rule_name": "new", "pattern": "y"})
    assert new.after is not None
    live = (*LIVE, rule(50, "equal"))
    assert rule_advice.place(live, [new], new.after) == (3, 5)
