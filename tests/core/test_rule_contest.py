"""Which rules lost an event, which nearly had it, and where the alert's values came from; from plain values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.decided import UNSETTLED_MS, Decided, Facts, HostThen, Known, explain
from mutt_cli.core.event import Event
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.rule_contest import Contest, Held, held, losers, nearest
from mutt_cli.core.rules import Rule

T = 1_772_939_251_104
LINK = Held(1, 3, "link", "LINK", 10, severity="critical", team="NET")
ANY = Held(2, 1, "any", ".*", 5)
TWIN = Held(3, 1, "twin", "link-3", 10)
OFF = Held(4, 2, "off", "UPDOWN", 90, enabled=False)
MESSAGE = "%LINK-3-UPDOWN: Gi0/1 down"


def why(rivals: Any) -> list[tuple[int, str]]:
    return [(one.rule.id, one.why) for one in rivals]


def test_rules_that_match_too_are_named_with_why_they_lost() -> None:
    assert why(losers(LINK, Contest([LINK, ANY, TWIN, OFF]), MESSAGE)) == [(3, "higher_id"), (2, "lower_priority")]


def test_a_rule_that_should_have_won_was_not_read_yet() -> None:
    better = Held(9, 1, "new", "Gi0", 99)
    assert why(losers(LINK, Contest([LINK, better]), MESSAGE)) == [(9, "not_read_yet")]


def test_what_nearly_matched_is_switched_off_made_since_or_changed_since() -> None:
    made, changed = Held(7, 1, "made", "Gi0/1", 50), Held(8, 2, "changed", "down", 40)
    then = Contest([OFF, replace(changed, version=1, pattern="nothing")])
    now = Contest([replace(OFF, enabled=True, version=3), made, changed])
    assert why(nearest(MESSAGE, then, now)) == [(4, "switched_off"), (7, "made_since"), (8, "changed_since")]


def test_without_the_rules_of_then_nothing_is_said_of_then() -> None:
    assert why(nearest(MESSAGE, None, Contest([LINK, OFF]))) == [(4, "switched_off"), (1, "unknown")]


def test_a_rule_that_was_there_and_matches_was_not_read_yet() -> None:
    assert why(nearest(MESSAGE, Contest([LINK]), Contest([LINK]))) == [(1, "not_read_yet")]


def test_plain_text_is_found_as_text_and_what_no_alerter_takes_never_matches() -> None:
    contest = Contest([
        Held(1, 1, "dot", "Gi0.1", 9, match_type="contains"), Held(2, 1, "slash", "gi0/1", 8, match_type="contains"),
        Held(3, 1, "oid", "Gi0/1", 7, match_type="oid_prefix"), Held(4, 1, "bad", "(?=x)", 6),
    ])  # fmt: skip
    assert [one.id for one in contest.matching(MESSAGE)] == [2]


def test_however_many_rules_there_are_they_can_be_asked() -> None:
    """RE2 gives up on a set of some thousand long patterns; what is asked later must not."""
    many = [Held(n, 1, "r", f"{n:032x}-[0-9]+", 1) for n in range(1, 3001)]
    assert [one.id for one in Contest([*many, Held(9999, 1, "l", "LINK", 9)]).matching(f"{7:032x}-1 LINK")] == [9999, 7]


def test_an_image_of_a_row_becomes_a_rule() -> None:
    image = {"id": 5, "version": 2, "rule_name": "r", "pattern": "p", "priority": 7, "enabled": False, "severity": None,
             "match_type": "contains", "team": None, "since_ms": 8}  # fmt: skip
    assert held(image) == Held(5, 2, "r", "p", 7, match_type="contains", enabled=False, since_ms=8)


RULES = st.lists(
    st.builds(
        Held, st.integers(1, 9), st.just(1), st.just("r"), st.sampled_from(["LINK", "down", "Gi0", "nope", "."]),
        st.integers(0, 3), enabled=st.booleans(),
    ),
    unique_by=lambda one: one.id,
)  # fmt: skip


@given(RULES)
def test_the_contest_is_decided_as_an_alerter_decides_it(rules: list[Held]) -> None:
    chosen = compile_rules(1, [Rule(one.id, 1, "r", one.pattern, one.priority) for one in rules if one.enabled])
    winner = chosen.match(MESSAGE)
    matching = Contest(rules).matching(MESSAGE)
    assert [one.id for one in matching[:1]] == ([winner.id] if winner else [])
    if matching:
        lost = losers(matching[0], Contest(rules), MESSAGE)
        assert [one.rule for one in lost] == list(matching[1:])
        assert {one.why for one in lost} <= {"lower_priority", "higher_id"}


@given(RULES, RULES)
def test_every_rule_that_nearly_matched_is_named_once_in_the_order_of_rules(then: list[Held], now: list[Held]) -> None:
    found = nearest(MESSAGE, Contest(then), Contest(now))
    assert [one.rule.rank for one in found] == sorted(one.rule.rank for one in found)
    assert {one.id for one in Contest(now).matching(MESSAGE)} <= {one.rule.id for one in found}
    assert len({one.rule.id for one in found}) == len(found)


def decision(outcome: str = "alerted", **more: Any) -> Known:
    fields: dict[str, Any] = {"severity": "critical", "event": Event(message=MESSAGE), "message": MESSAGE} | more
    return Known(outcome, T, 1, 3, "link", **fields)


def told(known: Known, **facts: Any) -> Decided:
    given: dict[str, Any] = {
        "winner": LINK, "then": Contest([LINK, ANY]), "now": Contest([ANY]), "host": HostThen(), "default_team": "N",
    }  # fmt: skip
    return explain(known, Facts(**(given | facts)))


def origin(one: Any) -> tuple[str, str, bool]:
    return (one.value, one.came_from, one.recorded)


def test_a_decision_is_explained_by_the_rules_of_then() -> None:
    one = told(decision())
    assert (one.as_of, one.rule, why(one.lost), one.notes) == ("then", LINK, [(2, "lower_priority")], ())
    assert origin(one.severity) == ("critical", "rule", True)
    assert origin(one.team) == ("NET", "rule", False)
    assert origin(one.environment) == ("prod", "not among the dev hosts", False)


def test_where_the_version_is_not_kept_the_rules_of_now_are_used_and_that_is_said() -> None:
    one = told(decision(), winner=None, now=Contest([LINK, ANY]))
    assert (one.as_of, why(one.lost)) == ("now", [(2, "lower_priority")])
    assert "compared with those of now" in one.notes[0]
    gone = told(decision(), winner=None)
    assert (gone.as_of, gone.rule, gone.lost) == ("unknown", None, None)


def test_without_the_event_no_rival_is_invented() -> None:
    one = told(decision(event=None, message=None))
    assert (one.rule, one.lost) == (LINK, None)
    assert "is not kept any more" in one.notes[0]
    assert told(decision("unhandled", event=None, message=None)).nearest is None


@pytest.mark.parametrize(
    ("rule", "event", "came_from"),
    [
        (LINK, Event(), "rule"), (ANY, Event(severity="critical"), "event"),
        (ANY, Event(syslog_severity=2), "syslog severity"),
        (ANY, Event(), "default"), (ANY, None, ""), (None, Event(), ""),
    ],
)  # fmt: skip
def test_severity_is_the_rules_else_the_events_else_the_default(rule: Held | None, event: Any, came_from: str) -> None:
    found = told(decision(event=event), winner=rule).severity
    assert found is not None
    assert origin(found) == ("critical", came_from, True)


def test_the_team_is_the_rules_else_the_hosts_else_the_default() -> None:
    assert origin(told(decision(), winner=ANY, host=HostThen("CORE", dev=True)).team) == ("CORE", "host", False)
    assert origin(told(decision(), winner=ANY, host=HostThen("CORE", dev=True)).environment) == (
        "dev",
        "dev hosts",
        False,
    )
    assert origin(told(decision(), winner=ANY).team) == ("N", "default", False)
    assert told(decision(), winner=ANY, host=None).team is None


def test_what_the_alert_says_goes_before_what_is_computed() -> None:
    one = told(decision(team="OLD", environment="dev"))
    assert (origin(one.team), origin(one.environment)) == (("OLD", "", True), ("dev", "", True))
    same = told(decision(team="NET", environment="prod"))
    assert (origin(same.team), origin(same.environment)) == (
        ("NET", "rule", True), ("prod", "not among the dev hosts", True),
    )  # fmt: skip


def test_rules_that_changed_a_moment_before_are_named() -> None:
    fresh, old = replace(ANY, since_ms=T - UNSETTLED_MS + 1), replace(ANY, since_ms=T - UNSETTLED_MS)
    assert "2 any" in told(decision(), then=Contest([LINK, fresh])).notes[0]
    assert told(decision(), then=Contest([LINK, old])).notes == ()


def test_an_unmatched_event_is_told_what_came_near() -> None:
    one = told(decision("unhandled"), then=Contest([OFF]), now=Contest([OFF, ANY]))
    assert (one.as_of, one.rule, why(one.nearest)) == ("then", None, [(4, "switched_off"), (2, "made_since")])
    assert told(decision("unhandled"), then=None, now=None).nearest is None
