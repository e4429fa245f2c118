"""One event's story from plain values: steps, waits, where it is, and what that means."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from mutt_cli.core.dead_letter import annotate
from mutt_cli.core.journal import OUTCOMES, Record
from mutt_cli.core.sighting import Sighting, see
from mutt_cli.core.story import Evidence, Recorded, Story, in_order, is_coherent, tell
from mutt_cli.core.verdict import Looked

ID = "0197a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
PARENT = "0197a1b2-c3d4-7e5f-8a6b-000000000000"
T = 1_772_939_251_104
NOW = T + 60_000
EVENT = json.dumps(
    {"event_id": ID, "correlation_id": "theirs-77", "received_at": "2026-03-08T03:07:31.104Z", "_source": "core",
     "_ingestor": "ing-1", "source_addr": "10.0.3.9", "hostname": "sw1", "message": "LINK down"}
).encode()  # fmt: skip
RULE = {"rule": {"id": 42, "version": 3, "name": "link-down"}}
ALERT = json.dumps(json.loads(EVENT) | RULE | {"matched_at": "2026-03-08T03:07:31.163Z", "attempt": 1}).encode()


def decided(outcome: str = "alerted", queue: str = "alert", **more: Any) -> Recorded:
    record = Record(
        ID, "theirs-77", "alerter", outcome, "rule_matched", queue, "a1", T, "core", T + 50, 12, hostname="sw1",
        sender="10.0.3.9", ingestor="ing-1", severity="critical", rule_id=42, rule_version=3, rule_name="link-down",
        **more,
    )  # fmt: skip
    return Recorded(T + 60, record)


def tried(outcome: str, attempt: int, at: int, queue: str = "", **more: Any) -> Recorded:
    fields: dict[str, Any] = {"reason": "http_503", "response_code": 503} | more
    record = Record(
        ID, "theirs-77", "forwarder", outcome, queue=queue, pod="f1", received_ms=T, source="core",
        started_ms=T + at - 105, duration_us=105_000, attempt=attempt, **fields,
    )  # fmt: skip
    return Recorded(T + at, record)


DELIVERED = tried("delivered", 2, 9000, reason="delivered", response_code=200)
RETRIED = tried("retry", 1, 1000, "retry")


def story(*recorded: Recorded, seen: tuple[Sighting, ...] = (), **more: Any) -> Story:
    return tell(Evidence(ID, recorded, seen, **more), NOW)


def dead(reason: str, error: str = "", queue: str = "dlq-moog") -> Sighting:
    return see(queue, annotate(ALERT, reason=reason, error=error, attempt=3, origin="alert", at_ms=T + 8000))


def test_every_step_has_its_time_and_its_wait() -> None:
    told = story(DELIVERED, RETRIED, decided(), payload=EVENT)
    assert [(step.stage, step.outcome, step.offset_ms, step.waited_ms) for step in told.steps] == [
        ("ingestor", "accepted", 0, None),
        ("ingest", "waited", 0, 50),
        ("alerter", "alerted", 60, None),
        ("alert", "waited", 60, 835),
        ("forwarder", "retry", 1000, None),
        ("retry", "waited", 1000, 7895),
        ("forwarder", "delivered", 9000, None),
    ]
    assert [step.worked_us for step in told.steps if step.worked_us is not None] == [12, 105_000, 105_000]
    assert [step.words for step in told.steps] == [
        "accepted from 10.0.3.9, key core",
        "waited 0.050 s",
        "rule 42 link-down v3: alert",
        "waited 0.835 s",
        "HTTP 503, to be tried again",
        "waited 7.895 s",
        "HTTP 200, delivered",
    ]
    assert (told.verdict.state, told.verdict.sentence, told.verdict.ended) == ("delivered", "delivered at try 2.", True)
    assert (told.subject.message, told.subject.severity, told.subject.ingestor) == ("LINK down", "critical", "ing-1")


def test_a_record_that_stream_and_database_both_hold_is_told_once() -> None:
    bare = Recorded(T + 60, msgspec.structs.replace(decided().record, payload=None))
    assert story(decided(payload=EVENT), bare, DELIVERED) == story(decided(payload=EVENT), DELIVERED)


def test_an_event_that_was_not_decided_yet_begins_with_its_acceptance_too() -> None:
    told = story(seen=(see("ingest", EVENT),))
    assert [(step.stage, step.words, step.pod) for step in told.steps] == [
        ("ingestor", "accepted from 10.0.3.9, key core", "ing-1")
    ]
    assert [(place.queue, place.age_ms) for place in told.places] == [("ingest", 60_000)]
    assert told.verdict.state == "waiting"


def test_an_alert_tells_of_its_rule_where_the_record_is_out_of_reach() -> None:
    told = story(RETRIED, seen=(see("retry", ALERT, NOW + 3200),), looked=Looked(history=False))
    assert [(step.stage, step.words) for step in told.steps if step.outcome != "waited"] == [
        ("ingestor", "accepted, key core" if not told.subject.sender else "accepted from 10.0.3.9, key core"),
        ("alerter", "rule 42 link-down v3: alert"),
        ("forwarder", "HTTP 503, to be tried again"),
    ]
    assert told.verdict.sentence == "not delivered yet: 1 try made, the next comes in 3.2 s."


def test_what_a_hand_pushed_says_so() -> None:
    told = story(seen=(see("ingest", b'{"message":"x"}'),))
    assert told.steps == ()
    unmatched = Recorded(T, Record("made", "made", "alerter", "unhandled", source="hand", started_ms=T - 1))
    assert [step.words for step in story(unmatched).steps] == ["pushed by hand", "no rule matched"]


def test_clocks_that_disagree_make_no_negative_wait() -> None:
    early = Recorded(T - 5, msgspec.structs.replace(decided().record, started_ms=T - 9))
    steps = story(early).steps
    assert [(step.offset_ms, step.waited_ms) for step in steps] == [(0, None), (0, 0), (0, None)]


@pytest.mark.parametrize(
    ("last", "state", "sentence"),
    [
        (decided("unhandled", ""), "unhandled", "no alert was made: no rule matched it."),
        (decided("deduplicated", "", parent_id=PARENT), "deduplicated", PARENT),
        (decided("suppressed", ""), "suppressed", "suppressed (rule_matched)"),
        (tried("purged", 0, 5000, reason=""), "purged", "removed for good by an operator."),
        (tried("accounted", 0, 5000, reason=""), "accounted", "accepted as lost"),
    ],
)
def test_each_end_has_its_word(last: Recorded, state: str, sentence: str) -> None:
    verdict = story(last).verdict
    assert (verdict.state, verdict.ended) == (state, True)
    assert sentence in verdict.sentence


def test_a_repeat_points_to_the_event_whose_alert_stands_for_it() -> None:
    told = story(decided("deduplicated", "", parent_id=PARENT))
    assert told.verdict.tries == (f"mutt trace {PARENT}",)
    assert told.steps[-1].words == f"rule 42 link-down v3: repeat of {PARENT}"


@pytest.mark.parametrize(
    ("seen", "state", "sentence"),
    [
        (see("alert", ALERT), "waiting", "waits for a forwarder."),
        (see("inflight-alerter-a1", EVENT), "in_hand", "an alerter is deciding it."),
        (see("inflight-forwarder-f1", ALERT), "in_hand", "a forwarder has it in hand for try 2."),
        (see("retry", ALERT, NOW - 1), "retrying", "the next is due now."),
        (dead("http_400", "bad"), "dead_letter", "sending it again unchanged will fail again"),
        (dead("http_503", "HTTP 503"), "dead_letter", "not delivered (HTTP 503). Remediation sends it again"),
        (dead("circuit_open"), "dead_letter", "once the breaker is closed"),
        (dead("unreadable"), "dead_letter", "no JSON object"),
        (dead("shed", queue="dlq-alerter"), "dead_letter", "set aside under load"),
        (dead("error", "boom", "dlq-alerter"), "dead_letter", "an alerter failed on it (boom)"),
        (dead("crash", queue="dead"), "dead", "nothing will try again by itself (crash)"),
        (dead("x", queue="dlq-old-events"), "set_aside", "set aside by hand"),
    ],
)
def test_each_place_has_its_word(seen: Sighting, state: str, sentence: str) -> None:
    verdict = story(decided(), seen=(seen,)).verdict
    assert verdict.state == state
    assert sentence in verdict.sentence


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (see("alert", ALERT), "waits for the delivery limit: RATE (2 in 60 s) is used up."),
        (see("retry", ALERT, NOW - 1), "the next waits for the delivery limit: RATE (2 in 60 s) is used up."),
        (see("retry", ALERT, NOW + 3200), "the next comes in 3.2 s."),
        (see("ingest", EVENT), "waits for an alerter."),
    ],
)
def test_limit_that_is_used_up_is_why_an_alert_waits_whose_turn_it_is(seen: Sighting, sentence: str) -> None:
    told = story(*((decided(),) if seen.queue != "ingest" else ()), seen=(seen,), limited_by="RATE (2 in 60 s)")
    assert told.verdict.sentence.endswith(sentence)
    assert bool(told.places[0].held_by) == ("RATE" in sentence)


def test_a_retry_that_was_never_sent_waits_behind_another() -> None:
    alert = json.dumps(json.loads(ALERT) | {"attempt": 0}).encode()
    verdict = story(decided(), seen=(see("retry", alert, NOW + 500),)).verdict
    assert verdict.sentence == (
        "not delivered yet: it waits behind an earlier alert of its signature; its turn comes in 0.5 s."
    )


def test_a_dead_letter_says_what_was_refused_and_how_to_address_it() -> None:
    last = tried("dead_lettered", 3, 8000, "dlq-moog", reason="http_400", response_code=400)
    letter = dead("http_400", "HTTP 400 severity: required")
    told = story(decided(), last, seen=(letter,))
    assert told.steps[-1].words == "HTTP 400 severity: required, refused"
    assert (told.places[0].since_ms, told.places[0].age_ms) == (T + 8000, 52_000)
    short = letter.payload_hash[:7]
    assert told.verdict.tries == (f"mutt dlq show {short}", f"mutt dlq fix {short}")


def test_what_a_breaker_stopped_was_no_try() -> None:
    parked = tried("dead_lettered", 0, 800, "dlq-moog", reason="circuit_open", response_code=None)
    once_more = tried("dead_lettered", 2, 900, "dlq-moog", reason="circuit_open", response_code=None)
    told = story(decided(), parked, once_more, seen=(dead("circuit_open", "OPEN"),))
    assert [step.attempt for step in told.steps] == [0] * len(told.steps)
    assert told.steps[-1].words == "breaker open, not sent"


def test_the_age_in_a_queue_counts_from_the_last_time_it_came() -> None:
    first = tried("dead_lettered", 3, 2000, "dlq-moog")
    back = tried("replayed", 0, 3000, "alert", reason="", response_code=None)
    again = tried("dead_lettered", 3, 8000, "dlq-moog")
    assert story(decided(), first, back, again, seen=(dead("http_503"),)).places[0].since_ms == T + 8000


def test_within_one_millisecond_what_ends_the_way_comes_last() -> None:
    at_once = msgspec.structs.replace(DELIVERED.record, started_ms=T + 1)
    told = story(Recorded(T + 60, at_once), decided())
    assert [step.outcome for step in told.steps if step.outcome != "waited"] == ["accepted", "alerted", "delivered"]
    assert told.verdict.ended


def test_of_several_places_the_one_that_the_last_step_went_to_counts() -> None:
    told = story(decided(), seen=(see("dlq-old-events", ALERT), see("alert", ALERT)))
    assert (told.verdict.state, len(told.places)) == ("waiting", 2)


def test_a_copy_of_what_was_delivered_is_told() -> None:
    told = story(decided(), DELIVERED, seen=(see("alert", ALERT),))
    assert told.verdict.state == "delivered"
    assert told.verdict.sentence == "delivered at try 2. Yet a copy of it lies in alert."


@pytest.mark.parametrize(
    ("looked", "state", "word"),
    [
        (Looked(), "missing", "removed by hand, or lost by Redis"),
        (Looked(redis=False), "unknown", "only Redis knows"),
        (Looked(history=False), "unknown", "PostgreSQL may know"),
        (Looked(whole_queues=False), "unknown", "not all of the queues"),
    ],
)
def test_only_what_was_looked_for_everywhere_is_called_missing(looked: Looked, state: str, word: str) -> None:
    verdict = story(decided(), looked=looked).verdict
    assert verdict.state == state
    assert word in verdict.sentence


@pytest.mark.parametrize(
    ("recorded", "seen", "coherent"),
    [
        ((), (see("ingest", EVENT),), True),
        ((decided(),), (see("alert", ALERT),), True),
        ((decided(),), (see("inflight-forwarder-f1", ALERT),), True),
        ((decided(),), (see("ingest", EVENT),), False),
        ((decided(),), (), False),
        ((decided(), RETRIED), (see("retry", ALERT),), True),
        ((decided(), DELIVERED), (), True),
        ((decided(), DELIVERED), (see("alert", ALERT),), False),
    ],
)
def test_records_and_queues_of_two_moments_are_recognised(
    recorded: tuple[Recorded, ...], seen: tuple[Sighting, ...], coherent: bool
) -> None:
    assert is_coherent(Evidence(ID, recorded, seen)) is coherent


def test_every_outcome_of_the_journal_has_words_and_a_verdict() -> None:
    for outcome in OUTCOMES:
        for stage in ("alerter", "forwarder", "operator"):
            for queue in ("", "dlq-moog"):
                one = Recorded(T, msgspec.structs.replace(decided(outcome, queue).record, stage=stage))
                told = story(one)
                assert told.steps[-1].words.strip()
                assert told.verdict.sentence.endswith(".")


def test_burial_within_the_same_millisecond_comes_after_what_led_to_it() -> None:
    buried = Recorded(5, Record("e", "c", "forwarder", "dead", "crash", "dead"))
    alerted = Recorded(5, Record("e", "c", "alerter", "alerted", queue="alert", started_ms=4))
    assert in_order([buried, alerted]) == (alerted, buried)


def test_what_an_operator_did_names_the_operation() -> None:
    moved = tried("replayed", 0, 500, "alert", reason="ledger_repair", operation_id="op-7Q1B")
    assert story(decided(), moved).steps[-1].words == "sent round again to alert by op-7Q1B: ledger_repair"
