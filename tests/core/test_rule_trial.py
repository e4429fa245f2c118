"""What the rules make of a message, and what a draft would have changed; from plain values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.decided import HostThen
from mutt_cli.core.rule_contest import Contest, Held
from mutt_cli.core.rule_trial import SAMPLES, Backtest, Past, Question, backtested, candidates, tried

LINK = Held(1, 3, "link", "LINK", 10, severity="critical")
ANY = Held(2, 1, "any", ".*", 5)
OFF = Held(4, 2, "off", "UPDOWN", 90, enabled=False)
RULES = candidates([LINK, ANY, OFF])
MESSAGE = "%LINK-3-UPDOWN: Gi0/1 down"


def past(winner: int | None, message: str = MESSAGE, number: int = 0) -> Past:
    return Past(f"e{number}", message, "r1", 1000 + number, winner)


def told(found: Backtest) -> dict[Any, int]:
    return dict(found.counts)


def test_a_message_is_decided_as_an_alerter_would_and_says_where_its_values_come_from() -> None:
    found = tried(Question(MESSAGE, "r1"), RULES, HostThen("NET", dev=True), "NETO")
    assert (found.rule, [one.rule.id for one in found.lost or ()]) == (LINK, [2])
    values = [(one.value, one.came_from) for one in (found.severity, found.team, found.environment) if one]
    assert values == [("critical", "rule"), ("NET", "host"), ("dev", "dev hosts")]


@pytest.mark.parametrize(("word", "severity"), [("minor", "minor"), ("", "warning")])
def test_without_a_severity_of_the_rule_that_of_the_event_counts(word: str, severity: str) -> None:
    found = tried(Question("anything", "r1", word), RULES, HostThen(), "NETO")
    assert (found.rule, found.severity and found.severity.value, found.team and found.team.value) == (
        ANY, severity, "NETO",
    )  # fmt: skip


def test_what_no_rule_matches_names_those_that_are_switched_off() -> None:
    found = tried(Question(MESSAGE), candidates([OFF]), HostThen(), "NETO")
    assert (found.rule, [(one.rule.id, one.why) for one in found.nearest or ()]) == (None, [(4, "switched_off")])


@pytest.mark.parametrize(
    ("draft", "winner", "effect"),
    [
        (Held(9, 0, "new", "Gi0", 50), None, "catches"),
        (Held(9, 0, "new", "Gi0", 50), 1, "takes"),
        (Held(9, 0, "new", "Gi0", 7), 1, "loses"),
        (Held(9, 0, "new", "Gi0", 10), 1, "loses"),
        (Held(1, 0, "link", "UPDOWN", 10), 1, "keeps"),
        (Held(1, 0, "link", "UPDOWN", 1), 1, "gives"),
        (Held(1, 0, "link", "OSPF", 10), 1, "drops"),
        (Held(1, 0, "link", "UPDOWN", 10, enabled=False), 1, "drops"),
        (Held(9, 0, "new", "OSPF", 50), 1, None),
        (Held(9, 0, "new", "Gi0", 50, enabled=False), None, None),
        (Held(9, 0, "new", "Gi0", 6), 77, "loses"),
        (Held(9, 0, "new", "Gi0", 60), 4, "takes"),
    ],
)
def test_a_draft_changes_a_decided_event_in_one_way(draft: Held, winner: int | None, effect: str | None) -> None:
    found = backtested(draft, RULES.beside(draft), [past(winner)])
    assert told(found) == ({effect: 1} if effect else {})
    assert (found.looked_at, found.first_ms, found.last_ms) == (1, 1000, 1000)


def test_of_each_effect_the_newest_are_shown_and_all_are_counted() -> None:
    draft = Held(9, 0, "new", "Gi0", 50)
    events = [past(None, number=number) for number in range(2 * SAMPLES)]
    found = backtested(draft, RULES.beside(draft), events)
    assert told(found) == {"catches": 2 * SAMPLES}
    assert [one.event_id for _, one in found.samples] == [f"e{number}" for number in range(SAMPLES)]


RULE = st.builds(
    Held, st.integers(1, 6), st.just(1), st.just("r"), st.sampled_from(["a", "b", "ab", "c", "^a", "["]),
    st.integers(0, 3), st.sampled_from(["regex", "contains", "oid_prefix"]), st.booleans(),
)  # fmt: skip


@given(st.lists(RULE, max_size=5), RULE, st.text("abc[", max_size=4))
def test_candidates_beside_a_draft_are_those_of_a_contest_of_all_of_them(
    rules: list[Held], draft: Held, message: str
) -> None:
    known = candidates(rules)
    anew = Contest([*(one for one in known.rules.values() if one.id != draft.id), draft])
    beside = known.beside(draft)
    assert beside.matching(message) == anew.matching(message)
    assert beside.off.off(message) == anew.off(message)
    assert known.matching(message) == Contest(known.rules.values()).matching(message)
