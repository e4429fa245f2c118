"""The alerter's decision about a batch, with plain values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core import dedupe
from mutt_cli.core.backpressure import Level, Load
from mutt_cli.core.dead_letter import open_letter, replayed, strip
from mutt_cli.core.decision import Conclusion, Context, MarkChange, conclude, examine, fingerprints
from mutt_cli.core.dedupe import Mark
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.event import Event
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.rules import Rule, literal

NOW = 1_800_000_000_000
LINK = Rule(1, 3, "link-down", r".*LINK.*down.*", 100, severity="critical", team="NET")
RULES = compile_rules(1, [LINK, Rule(2, 1, "any-bgp", "bgp", 50)])
INVENTORY = Inventory(dev_hosts=frozenset({"lab1"}), teams={"core1": "CORE"})


def uid(number: int) -> str:
    return f"01930000-0000-7000-8000-{number:012d}"


def element(number: int, message: object, host: str = "core1", **more: object) -> bytes:
    fields: dict[str, object] = {
        "event_id": uid(number), "correlation_id": f"c{number}", "received_at": "2027-01-15T08:00:00.000Z",
        "_source": "key1", "hostname": host, "message": message,
    }  # fmt: skip
    return json.dumps(fields | more).encode()


def decide(*elements: bytes, marks: dict[str, Mark] | None = None, window_ms: int = 60_000) -> Conclusion:
    examined = examine(elements, RULES)
    return conclude(examined, marks or {}, Context("w1", NOW, window_ms, 10, INVENTORY))


def first_alert(conclusion: Conclusion) -> dict[str, Any]:
    alert: dict[str, Any] = json.loads(conclusion.alerts[0])
    return alert


def test_matched_event_becomes_an_enriched_alert() -> None:
    alert = first_alert(decide(element(1, "%LINK-3-UPDOWN: Gi0/1 changed to down", vlan=12)))
    assert (alert["event_id"], alert["severity"], alert["team"]) == (uid(1), "critical", "NET")
    assert (alert["environment"], alert["rule"]["name"], alert["sequence"]) == ("prod", "link-down", 10)
    assert alert["event"] == {"vlan": 12}


def test_team_and_severity_fall_back_from_rule_to_host_and_event() -> None:
    alert = first_alert(decide(element(1, "BGP peer lost", severity="minor")))
    assert (alert["team"], alert["severity"]) == ("CORE", "minor")
    alert = first_alert(decide(element(1, "BGP peer lost", host="lab1", syslog_severity=3)))
    assert (alert["team"], alert["severity"], alert["environment"]) == ("NETO", "error", "dev")


def test_unmatched_event_is_unhandled_and_counted_under_its_own_minute_and_source() -> None:
    conclusion = decide(element(1, "all is well"))
    assert conclusion.alerts == []
    assert conclusion.ledger == {("2027-01-15T08:00", "key1", "unhandled"): 1}
    assert [record.outcome for record in conclusion.records] == ["unhandled"]


def test_repeats_in_one_batch_follow_the_first_and_are_counted_on_its_mark() -> None:
    conclusion = decide(*[element(n, "LINK down") for n in range(3)])
    assert len(conclusion.alerts) == 1
    assert [record.outcome for record in conclusion.records] == ["alerted", "deduplicated", "deduplicated"]
    [change] = conclusion.marks
    assert (change.expected, change.new, change.followers) == ("", uid(0), 2)
    assert conclusion.ledger["2027-01-15T08:00", "key1", "deduplicated"] == 2


def test_ports_are_different_faults_unless_the_rule_folds_digits() -> None:
    conclusion = decide(element(1, "LINK Gi0/1 down"), element(2, "LINK Gi0/2 down"))
    assert len(conclusion.alerts) == 2
    folding = compile_rules(1, [Rule(1, 1, "link", "LINK", 1, dedupe_fold=True)])
    examined = examine([element(1, "LINK Gi0/1 down"), element(2, "LINK Gi0/2 down")], folding)
    assert len(fingerprints(examined)) == 1


def test_timestamp_and_sequence_number_do_not_make_a_new_fault() -> None:
    texts = ["000123: Nov 23 10:00:00.123: %LINK-3: down", "000124: Nov 23 10:00:07.001: %LINK-3: down"]
    assert len(fingerprints(examine([element(n, text) for n, text in enumerate(texts)], RULES))) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("%%01IFNET/4/LINK(l)[12]:LINK down", "%%01IFNET/4/LINK(l)[4997]:LINK down"),
        ('eventtime=1763901 msg="LINK down"', 'eventtime=1763999 msg="LINK down"'),
    ],
)
def test_numbers_that_vendors_count_up_do_not_make_a_new_fault(one: str, two: str) -> None:
    assert len(fingerprints(examine([element(1, one), element(2, two)], RULES))) == 1


PIECES = st.sampled_from([
    "2026-03-08T03:07:40.003Z", "2026-03-08 03:07:40", "Mar  8 03:07:40", "Mar 08 2026 03:07:40,1", "eventtime=177",
    "(l)[12]:", "(l)[12]", "03:07:40", "3:07", "2026-03-08", ":", " ", "link", "7",
])  # fmt: skip


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_message_that_is_not_searched_for_stamps_has_none(message: str) -> None:
    searched = dedupe._STAMPS.sub("", dedupe._SEQUENCE.sub("", message, count=1))
    assert dedupe.stable_text(message, fold=False) == searched


@given(st.one_of(st.text(max_size=40), st.datetimes().map(str), st.sampled_from(["", "2027-01-15T08:00:00.123Z"])))
def test_a_remembered_moment_is_the_one_that_was_written(stamp: str) -> None:
    assert Event(received_at=stamp).received_ms == Event(received_at=stamp).received_ms == (unix_ms(stamp) or 0)


def test_event_inside_a_known_window_follows_and_after_it_reports_the_suppressed() -> None:
    [fingerprint] = fingerprints(examine([element(1, "LINK down")], RULES))
    following = decide(element(1, "LINK down"), marks={fingerprint: Mark(uid(0), NOW + 1, 4)})
    assert following.alerts == []
    assert following.marks == [MarkChange(fingerprint, uid(0), followers=1)]
    passing = decide(element(1, "LINK down"), marks={fingerprint: Mark(uid(0), NOW - 1, 4)})
    assert first_alert(passing)["suppressed_since_last"] == 4
    assert passing.marks == [MarkChange(fingerprint, uid(0), new=uid(1))]


@pytest.mark.parametrize(("ahead_ms", "sent"), [(60_000, 0), (60_500, 0), (3_600_000, 1)])
def test_a_mark_from_before_the_clock_was_set_back_suppresses_nothing(ahead_ms: int, sent: int) -> None:
    [fingerprint] = fingerprints(examine([element(1, "LINK down")], RULES))
    marks = {fingerprint: Mark(uid(0), NOW + ahead_ms, 4)}
    assert len(decide(element(1, "LINK down"), marks=marks).alerts) == sent


def test_window_of_zero_turns_deduplication_off() -> None:
    conclusion = decide(element(1, "LINK down"), element(2, "LINK down"), window_ms=0)
    assert len(conclusion.alerts) == 2
    assert conclusion.marks == []


def test_an_event_that_is_sent_again_is_no_repeat_of_its_own_lost_alert_and_a_plain_copy_is() -> None:
    """The mark of a lost alert stands: its event, sent round again, must alert; what others push must not."""
    first = element(1, "LINK down")
    event_id = uid(1)
    [mark] = decide(first).marks
    marks = {mark.fingerprint: Mark(event_id, NOW + 60_000, 4)}
    assert [one.outcome for one in decide(first, marks=marks).records] == ["deduplicated"]
    again = replayed(first)
    done = decide(element(2, "LINK down"), again, marks=marks)
    assert [one.outcome for one in done.records] == ["deduplicated", "alerted"]
    assert first_alert(done)["suppressed_since_last"] == 4
    assert done.marks == [MarkChange(mark.fingerprint, event_id, event_id, 1)]
    other = {mark.fingerprint: Mark("another", NOW + 60_000)}
    assert [one.outcome for one in decide(again, marks=other).records] == ["deduplicated"]


def test_hand_pushed_text_is_an_event_and_counts_as_injected() -> None:
    conclusion = decide(b"LINK down, says a hand")
    assert first_alert(conclusion)["_source"] == "hand"
    assert (
        sum(n for (_, source, counter), n in conclusion.ledger.items() if (source, counter) == ("hand", "injected"))
        == 1
    )


def test_higher_priority_wins_and_ties_go_to_the_lower_id() -> None:
    rules = compile_rules(1, [Rule(9, 1, "low", "x", 1), Rule(5, 1, "b", "x", 7), Rule(4, 1, "a", "x", 7)])
    assert [rule.name for rule in rules.match_all("x")] == ["a", "b", "low"]


def test_refused_patterns_disable_only_their_own_rule() -> None:
    rules = compile_rules(1, [Rule(1, 1, "lookahead", "a(?=b)", 9), Rule(2, 1, "brace", "a{,3}", 9), LINK])
    assert [bad.rule.name for bad in rules.refused] == ["lookahead", "brace"]
    assert "{0,n}" in rules.refused[1].why
    assert rules.match("LINK down") == LINK


def test_no_rules_match_nothing() -> None:
    assert compile_rules(1, []).match("anything") is None


@given(st.binary(max_size=200))
def test_every_element_has_exactly_one_outcome(raw: bytes) -> None:
    conclusion = decide(raw, window_ms=0)
    assert len(conclusion.records) == 1
    outcomes = {
        "alerted": len(conclusion.alerts),
        "unhandled": len(conclusion.unhandled),
        "error": len(conclusion.failed),
    }
    assert outcomes[conclusion.records[0].outcome] == 1


@given(
    st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.none() | st.lists(st.integers()), max_size=5)
)
def test_any_object_is_decided_without_an_error(fields: dict[str, object]) -> None:
    conclusion = decide(json.dumps(fields | {"message": "bgp"}).encode())
    assert [record.outcome for record in conclusion.records] == ["alerted"]


def test_literal_text_is_found_as_it_is_written() -> None:
    rules = compile_rules(1, [Rule(1, 1, "text", literal("fan[2] (rpm*)"), 1)])
    assert rules.match("FAN[2] (RPM*) stopped")
    assert not rules.match("fan2 rpm")


def test_shed_events_are_set_aside_undecided_with_the_depth_as_the_reason_and_the_rest_is_decided() -> None:
    elements = [element(n, "%LINK-3-UPDOWN: down", host=f"h{n}") for n in range(1, 4)]
    examined = examine(elements, RULES, Load(Level.SHED, 2002, shed=2))
    done = conclude(examined, {}, Context("w1", NOW, 60_000, 10, INVENTORY))
    assert [record.outcome for record in done.records] == ["shed", "shed", "alerted"]
    letters = [open_letter(letter) for letter in done.failed]
    assert [letter.delivery.reason for letter in letters if letter.delivery] == ["shed", "shed"]
    assert letters[0].delivery is not None
    assert letters[0].delivery.error == "2002 events were waiting"
    assert [strip(letter) for letter in done.failed] == [
        json.dumps(json.loads(e), separators=(",", ":")).encode() for e in elements[:2]
    ]
    assert done.ledger == {}
