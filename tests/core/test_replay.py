"""What becomes of a dead letter: who comes back, when, and who is buried."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.alert import Alert, parse_element
from mutt_cli.core.dead_letter import annotate, open_letter, replayed, strip
from mutt_cli.core.event import parse
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.replay import ALERTER, LANES, MOOG, Bury, Lane, Return, State, Stay, decide, plan, without_rest
from mutt_cli.ops.bulk_work import Progress
from mutt_cli.present.dlq import sent_title

NOW = 1_795_471_980_000
MINUTE = "2026-11-23T22:53"
ALERT = (
    b'{"event_id":"01900000-0000-7000-8000-000000000001","correlation_id":"c1",'
    b'"received_at":"2026-11-23T22:53:00.000Z","_source":"api","hostname":"sw1","attempt":2}'
)
OPEN = State(max_poison=3, room=5, batch=5)
SHUT = State(max_poison=3)


def letter(*reasons: str, element: bytes = ALERT) -> bytes:
    """An element that failed for these reasons, and was replayed between them."""
    for number, reason in enumerate(reasons):
        element = annotate(
            replayed(element) if number else element, reason=reason, error=f"said {reason}", attempt=2, origin="q",
            at_ms=NOW + number,
        )  # fmt: skip
    return element


def kind(element: bytes, lane: Lane, state: State) -> str:
    """One word for a decision: what allowed the return, `dead`, or what is waited for."""
    decision = decide(element, lane, state, NOW)
    if isinstance(decision, Return):
        return decision.allowed_by
    return decision.why if isinstance(decision, Stay) else "dead"


CLOSED_CASES = [
    (MOOG, "circuit_open", OPEN, "room"),
    (MOOG, "circuit_open", replace(OPEN, batch=0), "room"),
    (MOOG, "circuit_open", replace(OPEN, room=0), "waits for room"),
    (MOOG, "http_503", OPEN, "batch"),
    (MOOG, "http_503", replace(OPEN, room=0), "batch"),
    (MOOG, "http_503", replace(OPEN, batch=0), "waits for batch"),
    (MOOG, "http_400", OPEN, "batch"),
    (MOOG, "shed", OPEN, "batch"),
    (MOOG, "http_400", replace(OPEN, healthy=False), "waits for health"),
    (MOOG, "circuit_open", replace(OPEN, healthy=False), "waits for health"),
    (MOOG, "circuit_open", replace(OPEN, breaker="OPEN"), "waits for breaker"),
    (MOOG, "http_400", replace(OPEN, breaker="OPEN", probe=True), "waits for breaker"),
    (MOOG, "http_400", replace(OPEN, breaker="HALF_OPEN"), "waits for breaker"),
    (MOOG, "http_400", replace(SHUT, breaker="HALF_OPEN", probe=True, healthy=False), "probe"),
    (ALERTER, "shed", replace(OPEN, batch=0), "room"),
    (ALERTER, "shed", replace(OPEN, room=0), "waits for room"),
    (ALERTER, "error", OPEN, "batch"),
    (ALERTER, "error", replace(OPEN, batch=0), "waits for batch"),
    (ALERTER, "error", replace(OPEN, breaker="OPEN", healthy=False), "batch"),
    (ALERTER, "circuit_open", OPEN, "batch"),
]


@pytest.mark.parametrize(("lane", "reason", "state", "expected"), CLOSED_CASES)
def test_who_comes_back(lane: Lane, reason: str, state: State, expected: str) -> None:
    assert kind(letter(reason), lane, state) == expected.removeprefix("waits for ")


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("reason", "own_fault"), [
    ("http_400", True), ("http_422", True), ("error", True), ("unreadable", True),
    ("http_503", False), ("http_401", False), ("http_404", False), ("timeout", False), ("circuit_open", False),
    ("connection", False), ("redirect", False), ("shed", False),
])  # fmt: skip
def test_only_a_message_that_keeps_failing_by_its_own_fault_is_buried(lane: Lane, reason: str, own_fault: bool) -> None:
    patience = letter(*[reason] * 4), letter(*[reason] * 3), letter(*[reason] * 40)
    expected = [own_fault, False, own_fault]
    assert [kind(element, lane, OPEN) == "dead" for element in patience] == expected
    assert [kind(element, lane, SHUT) == "dead" for element in patience] == expected


def test_failures_of_an_outage_do_not_count_towards_poison() -> None:
    outage = ("timeout", "circuit_open", "http_503") * 20
    assert kind(letter(*outage, "http_400", "http_400", "http_400"), MOOG, OPEN) == "batch"
    assert kind(letter("http_400", *outage, "http_422", "http_400", "http_400"), MOOG, OPEN) == "dead"
    assert kind(letter(*["http_400"] * 4, "timeout"), MOOG, OPEN) == "batch"


def test_what_comes_back_is_as_it_was_with_one_replay_more_and_attempts_from_the_beginning() -> None:
    decision = decide(letter("http_400"), MOOG, OPEN, NOW)
    assert isinstance(decision, Return)
    story = open_letter(decision.element).delivery
    assert story is not None
    assert (story.replays, story.attempts, story.reason, story.error) == (1, 0, "http_400", "said http_400")
    assert strip(decision.element) == ALERT.replace(b'"attempt":2', b'"attempt":0')


def test_the_buried_say_why_and_keep_their_history() -> None:
    decision = decide(letter(*["http_400"] * 4), MOOG, OPEN, NOW)
    assert isinstance(decision, Bury)
    story = open_letter(decision.element).delivery
    assert story is not None
    assert (story.reason, story.error, story.origin) == (
        "poison", "failed 4 times (http_400): said http_400", "alert",
    )  # fmt: skip
    assert (story.count("http_400"), story.replays) == (4, 3)
    assert strip(decision.element) == ALERT.replace(b'"attempt":2', b'"attempt":0')


def test_one_letter_at_most_is_the_probe_and_none_that_cannot_be_sent() -> None:
    state = replace(OPEN, breaker="HALF_OPEN", probe=True)
    letters = [b"no JSON", letter("circuit_open"), letter("circuit_open"), letter("http_400")]
    steps = plan(letters, MOOG, state, pod="p", operation="o", now_ms=NOW)
    assert [type(step.decision) for step in steps] == [Stay, Return, Stay, Stay]
    assert len(without_rest(steps)) == 2


def test_ledger_and_journal_of_the_returned_and_the_buried() -> None:
    letters = [letter("http_400"), letter(*["http_400"] * 4)]
    back, dead = plan(letters, MOOG, OPEN, pod="pod-1", operation="op", now_ms=NOW)
    assert (back.ledger, dead.ledger) == ((), ((MINUTE, "api", "dead", 1),))
    assert back.record is not None
    assert dead.record is not None
    told = back.record
    assert (told.stage, told.outcome, told.reason, told.queue) == ("remediation", "replayed", "http_400", "alert")
    assert (told.event_id[-1], told.correlation_id, told.source, told.pod) == ("1", "c1", "api", "pod-1")
    assert (told.hostname, told.attempt, told.operation_id) == ("sw1", 1, "op")
    assert (dead.record.outcome, dead.record.reason, dead.record.queue) == ("dead", "poison", "dead")
    assert dead.record.event_id == told.event_id


@pytest.mark.parametrize("element", [b'{"message":"from a hand"}', b"raw text", b"\xff\xfe", b"", b"[1]"])
def test_what_a_hand_pushed_is_counted_in_once_and_never_again(element: bytes) -> None:
    [first] = plan([element], MOOG, OPEN, pod="p", operation="o", now_ms=NOW)
    assert first.ledger == ((rfc3339(NOW)[:16], "hand", "injected", 1),)
    assert isinstance(first.decision, Return)
    again = first.decision.element
    assert strip(again).endswith(element.lstrip(b"{"))
    [second] = plan([again], MOOG, OPEN, pod="p", operation="o", now_ms=NOW + 3_600_000)
    assert second.ledger == ()
    assert first.record is not None
    assert second.record is not None
    assert second.record.event_id == first.record.event_id
    assert second.record.source == "hand"


def test_a_letter_whose_filer_counted_it_in_is_not_counted_again_and_gets_its_source() -> None:
    filed = letter("error", element=b'{"message":"from a hand"}')
    [step] = plan([filed], ALERTER, OPEN, pod="p", operation="o", now_ms=NOW)
    assert step.ledger == ()
    assert isinstance(step.decision, Return)
    event = parse(step.decision.element)
    assert (event.source_key, event.message, event.injected) == ("hand", "from a hand", False)


def test_wrapped_text_is_an_event_with_that_text_when_it_comes_back() -> None:
    decision = decide(letter("error", element=b"plain words"), ALERTER, OPEN, NOW)
    assert isinstance(decision, Return)
    event = parse(decision.element)
    assert (event.message, event.injected) == ("plain words", False)


def test_an_alert_that_comes_back_is_read_as_the_same_alert() -> None:
    decision = decide(letter("http_503"), MOOG, OPEN, NOW)
    assert isinstance(decision, Return)
    before, after = parse_element(ALERT), parse_element(decision.element)
    assert isinstance(before, Alert)
    assert isinstance(after, Alert)
    assert after.attempt == 0
    assert replace(after, attempt=2, delivery=None, content={}) == replace(before, content={})


REASONS = ("circuit_open", "shed", "http_400", "http_503", "error", "unreadable", "timeout", "")
breakers: st.SearchStrategy[Literal["CLOSED", "OPEN", "HALF_OPEN"]] = st.sampled_from(["CLOSED", "OPEN", "HALF_OPEN"])
states = st.builds(
    State, max_poison=st.integers(1, 4), room=st.integers(0, 4), batch=st.integers(0, 4), healthy=st.booleans(),
    breaker=breakers, probe=st.booleans(),
)  # fmt: skip
bodies = st.sampled_from([ALERT, b'{"message":"m"}', b"text", b"\xff"]) | st.binary(max_size=40)
letters = st.lists(
    st.builds(
        lambda body, reasons: letter(*[reason for reason in reasons if reason], element=body), bodies,
        st.lists(st.sampled_from(REASONS), max_size=6),
    ),
    max_size=8,
)  # fmt: skip


@given(letters, st.sampled_from(LANES), states)
def test_every_letter_has_one_end_and_no_bound_is_passed(found: list[bytes], lane: Lane, state: State) -> None:
    steps = plan(found, lane, state, pod="p", operation="o", now_ms=NOW)
    assert [step.element for step in steps] == found
    returned = [step.decision.allowed_by for step in steps if isinstance(step.decision, Return)]
    assert returned.count("batch") <= state.batch
    assert returned.count("room") <= state.room
    assert returned.count("probe") <= (lane is MOOG and state.breaker == "HALF_OPEN" and state.probe)
    if lane is MOOG and (state.breaker != "CLOSED" or not state.healthy):
        assert set(returned) <= {"probe"}
    for step in steps:
        going = not isinstance(step.decision, Stay)
        assert (step.record is not None) == going
        dead = sum(entry[2] == "dead" for entry in step.ledger)
        assert dead == isinstance(step.decision, Bury)
    kept = without_rest(steps)
    assert kept == steps[: len(kept)]
    assert not [step for step in steps[len(kept) :] if not isinstance(step.decision, Stay)]


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: b'{"_delivery":' + text.encode() + b"}"))
def test_any_bytes_are_decided(element: bytes) -> None:
    for lane in LANES:
        [step] = plan([element], lane, OPEN, pod="p", operation="o", now_ms=NOW)
        assert isinstance(step.decision, Return | Bury | Stay)


@pytest.mark.parametrize("lane", LANES, ids=lambda lane: lane.source)
def test_nothing_leaves_a_queue_in_which_remediation_is_stopped_and_nothing_is_buried(lane: Lane) -> None:
    paused = State(0, room=100, batch=100, paused=True)
    poison = annotate(b'{"message":"x"}', reason="http_400", error="", attempt=9, origin="", at_ms=1)
    assert decide(poison, lane, paused, 2) == Stay("paused")
    assert paused.held(lane) == "paused"


@pytest.mark.parametrize(
    ("sent", "stopped", "told"),
    [
        (7, "", "7 of 7 dead letters sent again"),
        (0, "", "0 of 7 dead letters sent again; 7 had left by then: remediation, or somebody else, was first"),
        (2, "the breaker is OPEN", "2 of 7 dead letters sent again"),
    ],
)
def test_a_replay_that_found_fewer_letters_than_its_plan_says_where_they_are(
    sent: int, stopped: str, told: str
) -> None:
    assert sent_title(7, Progress(7, wanted=7, moved=sent, stopped=stopped)) == told
