"""A drill's canary with plain values: who believes its label, what becomes of it, what its story comes to."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from mutt_cli.core import drill, drill_verdict, settlement
from mutt_cli.core.alert import Alert, moogsoft_payload, parse_element
from mutt_cli.core.backpressure import Level, Load
from mutt_cli.core.dead_letter import annotate
from mutt_cli.core.decision import Conclusion, Context, conclude, drill_tokens, examine, fingerprints, labelled
from mutt_cli.core.drill import Label, Mode
from mutt_cli.core.enrich import Inventory
from mutt_cli.core.event import AcceptedEvent, Arrival, Limits, accept, parse
from mutt_cli.core.journal import Record, unpack_records
from mutt_cli.core.matcher import compile_rules
from mutt_cli.core.rules import Rule
from mutt_cli.core.sighting import Sighting, see
from mutt_cli.core.story import Evidence, Recorded, Story, tell
from mutt_cli.core.verdict import Looked

NOW: Final = 1_800_000_000_000
TOKEN: Final = "0123456789abcdef0123456789abcdef"
ID: Final = "01930000-0000-7000-8000-000000000001"
CATCH_ALL: Final = compile_rules(1, [Rule(7, 1, "everything", "[a-z]", 100, severity="critical")])
NOTHING: Final = compile_rules(1, [])


def queued(fields: dict[str, Any] | None = None) -> bytes:
    """The canary, or another event, as the ingestor puts it into its queue."""
    body = json.dumps(fields or drill.canary(TOKEN, "drill-op-AAAAAA", "mk@bastion")).encode()
    arrival = Arrival(ID, "2027-01-15T08:00:00.000Z", "key1", "pod-1-1", "10.0.0.1", "c")
    found = accept(body, arrival, Limits(100_000, 32))
    assert isinstance(found, AcceptedEvent)
    return found.element


def decided(
    *elements: bytes, labels: dict[str, Label] | None = None, rules: Any = CATCH_ALL, load: Load | None = None
) -> Conclusion:
    examined = labelled(examine(elements, rules, load), labels or {})
    return conclude(examined, {}, Context("w1", NOW, 60_000, 0, Inventory()))


def label(mode: Mode = "record", until: int = NOW + 1000) -> dict[str, Label]:
    return {TOKEN: Label(mode, until)}


def alert_of(conclusion: Conclusion) -> Alert:
    [element] = conclusion.alerts
    alert = parse_element(element)
    assert isinstance(alert, Alert)
    return alert


def test_a_canary_is_decided_by_the_rule_of_drills_and_by_no_other_and_leaves_no_mark() -> None:
    conclusion = decided(queued(), labels=label())
    alert = alert_of(conclusion)
    assert (alert.rule_name, alert.rule_id, alert.drill) == ("TEST", None, TOKEN)
    assert (conclusion.marks, conclusion.unhandled, dict(conclusion.ledger)) == ([], [], {})
    [record] = conclusion.records
    assert (record.outcome, record.reason, record.queue, record.rule_name) == ("alerted", "drill", "alert", "TEST")
    assert fingerprints(labelled(examine([queued()], CATCH_ALL), label())) == []


def test_a_label_without_its_key_is_nothing_the_event_keeps_its_alert_and_gets_none_it_would_not_have() -> None:
    matched = decided(queued(), rules=CATCH_ALL)
    assert (alert_of(matched).rule_name, alert_of(matched).drill) == ("everything", "")
    unmatched = decided(queued(), rules=NOTHING)
    assert (unmatched.alerts, [record.outcome for record in unmatched.records]) == ([], ["unhandled"])


def test_a_label_of_another_drill_is_nothing() -> None:
    other = {"f" * 32: Label("record", NOW + 1000)}
    assert alert_of(decided(queued(), labels=other)).rule_name == "everything"


def test_what_a_sender_calls_by_the_mark_of_alerts_stays_within_the_event() -> None:
    alert = alert_of(decided(queued({"message": "link down", "_drill": TOKEN})))
    assert alert.drill == ""
    assert alert.content["event"] == {"_drill": TOKEN}


@pytest.mark.parametrize("claim", ["", "x" * 32, "0" * 31, "0" * 33, "A" * 32, "0" * 5000, 7, None, ["0" * 32]])
def test_only_what_a_drill_can_have_written_is_looked_up(claim: object) -> None:
    assert drill_tokens(examine([queued({"message": "m", drill.FIELD: claim})], NOTHING)) == []


def test_each_token_is_looked_up_once() -> None:
    assert drill_tokens(examine([queued(), queued()], NOTHING)) == [TOKEN]


def test_an_event_that_says_something_odd_for_a_label_is_read_as_without_it() -> None:
    plain = parse(queued({"message": "m", "hostname": "h"}))
    assert parse(queued({"message": "m", "hostname": "h", drill.FIELD: 7})) == plain


def test_a_late_canary_ends_with_the_alerter_and_is_counted() -> None:
    conclusion = decided(queued(), labels=label(until=NOW - 1))
    assert conclusion.alerts == []
    assert [(record.outcome, record.reason, record.queue) for record in conclusion.records] == [
        ("suppressed", "drill_late", "")
    ]
    assert conclusion.ledger == {("2027-01-15T08:00", "key1", "suppressed"): 1}


def test_a_canary_is_shed_like_any_other_event() -> None:
    conclusion = decided(queued(), labels=label(), load=Load(Level.SHED, 1, 100))
    assert [record.outcome for record in conclusion.records] == ["shed"]
    assert conclusion.alerts == []


def test_posted_canaries_share_a_signature_and_recorded_ones_wait_for_no_other() -> None:
    assert alert_of(decided(queued(), labels=label("send"))).signature == "mutt-drill"
    assert alert_of(decided(queued(), labels=label())).signature == f"mutt-drill-{ID}"


def test_the_token_never_reaches_moogsoft() -> None:
    payload = moogsoft_payload(alert_of(decided(queued(), labels=label("send"))).content)
    assert TOKEN not in json.dumps(payload)
    assert (payload["type"], payload["description"][:5]) == ("TEST", "TEST:")


def test_a_recorded_canary_is_suppressed_in_the_ledger_and_told_in_the_journal() -> None:
    [element] = decided(queued(), labels=label()).alerts
    alert = parse_element(element)
    assert isinstance(alert, Alert)
    ending = settlement.drilled(element, alert, drill.DONE, pod="f1", now_ms=NOW, elapsed_s=0.002)
    assert (ending.outcome, ending.original, ending.breaker) == ("suppressed", element, "none")
    assert ending.ledger == (("2027-01-15T08:00", "key1", "suppressed", 1),)
    [record] = unpack_records(ending.journal)
    assert (record.outcome, record.reason, record.queue, record.duration_us) == ("suppressed", "drill", "", 2000)


@pytest.mark.parametrize("stored", [None, b"", b"\xff", b"[]", b'{"mode":"burn","until":1}', b'{"mode":"send"}'])
def test_what_is_no_label_is_none(stored: bytes | None) -> None:
    assert drill.read_label(stored) is None


# What a drill says of its canary's story.


def accepted() -> Sighting:
    return see("ingest", queued())


def step(stage: str, outcome: str, reason: str, queue: str = "", at: int = 10) -> Recorded:
    return Recorded(NOW + at, Record(ID, "drill-op-AAAAAA", stage, outcome, reason, queue, "w1", NOW, "key1", NOW + at))


ALERTED: Final = step("alerter", "alerted", "drill", "alert")


def story(*recorded: Recorded, seen: tuple[Sighting, ...] = (), **more: Any) -> Story:
    return tell(Evidence(ID, recorded, seen, **more), NOW + 60_000)


def letter(queue: str, reason: str, error: str = "") -> Sighting:
    element = decided(queued(), labels=label()).alerts[0] if queue == "dlq-moog" else queued()
    return see(queue, annotate(element, reason=reason, error=error, attempt=0, origin="alert", at_ms=NOW))


RECORDED: Final = step("forwarder", "suppressed", "drill", at=20)
DELIVERED: Final = step("forwarder", "delivered", "delivered", at=20)
ENDS: Final[tuple[tuple[Story, Mode, str, str, str], ...]] = (
    (story(ALERTED, RECORDED), "record", "ok", "forwarder", "came through"),
    (story(ALERTED, DELIVERED), "send", "ok", "forwarder", "TEST is in Moogsoft"),
    (story(ALERTED, DELIVERED), "record", "unexpected", "forwarder", "posted and not recorded"),
    (story(step("alerter", "unhandled", "no_rule_matched")), "record", "unexpected", "alerter", "older version"),
    (story(step("alerter", "suppressed", "drill_late")), "record", "late", "alerter", "after its time"),
    (story(ALERTED, step("forwarder", "suppressed", "drill_late")), "send", "late", "forwarder", "after its time"),
    (story(step("alerter", "deduplicated", "repeat")), "record", "unexpected", "alerter", "otherwise"),
    (
        story(step("alerter", "shed", "queue_depth", "dlq-alerter"), seen=(letter("dlq-alerter", "shed"),)),
        "record", "set_aside", "alerter", "shed",
    ),
    (
        story(
            ALERTED, step("forwarder", "dead_lettered", "circuit_open", "dlq-moog"),
            seen=(letter("dlq-moog", "circuit_open"),),
        ),
        "record", "set_aside", "forwarder", "the breaker is open",
    ),
    (  # it moved on between two looks: the place where it lay is told, too
        story(
            ALERTED, step("forwarder", "dead_lettered", "circuit_open", "dlq-moog"),
            seen=(see("inflight-alerter-a1", queued()), letter("dlq-moog", "circuit_open")),
        ),
        "record", "set_aside", "forwarder", "the breaker is open",
    ),
    (
        story(
            ALERTED, step("forwarder", "dead_lettered", "http_400", "dlq-moog"),
            seen=(letter("dlq-moog", "http_400", "no such field"),),
        ),
        "send", "set_aside", "forwarder", "no such field",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("told", "mode", "result", "stage", "words"), ENDS)
def test_an_end_is_named_with_its_stage(told: Story, mode: Mode, result: str, stage: str, words: str) -> None:
    found = drill_verdict.ended(told, mode)
    assert found is not None
    assert (found.result, found.stage, words in found.sentence) == (result, stage, True), found.sentence
    assert found.ok or found.tries


LATE: Final[tuple[tuple[Story, str, str, str], ...]] = (
    (story(seen=(accepted(),)), "late", "alerter", "waits for an alerter"),
    (story(ALERTED, seen=(see("alert", decided(queued(), labels=label()).alerts[0]),)), "late", "forwarder", "waits"),
    (
        story(ALERTED, seen=(see("inflight-forwarder-f1", decided(queued(), labels=label()).alerts[0]),)),
        "late", "forwarder", "in hand",
    ),
    (story(ALERTED), "lost", "forwarder", "in no queue"),
    (story(ALERTED, looked=Looked(redis=False)), "late", "forwarder", "only Redis knows"),
)  # fmt: skip


@pytest.mark.parametrize(("told", "result", "stage", "words"), LATE)
def test_what_has_not_ended_when_the_time_is_over_is_late_or_lost(
    told: Story, result: str, stage: str, words: str
) -> None:
    assert drill_verdict.ended(told, "record") is None
    found = drill_verdict.out_of_time(told)
    assert (found.result, found.stage, words in found.sentence) == (result, stage, True), found.sentence
    assert found.tries


@pytest.mark.parametrize(
    ("reason", "words", "try_"),
    [
        ("rate_limit", "INGEST_MAX_RATE", "mutt ratelimit show"),
        ("queue_full", "at its cap", "mutt queue show ingest"),
        ("stopped", "stopped", "mutt ingest start"),
        ("no connection", "no connection", "mutt status ingestor"),
    ],
)
def test_an_ingestor_that_takes_nothing_is_the_stage_and_says_why(reason: str, words: str, try_: str) -> None:
    found = drill_verdict.not_taken(reason, 7)
    assert (found.result, found.stage) == ("not_taken", "ingestor")
    assert words in found.sentence
    assert "wait 7 s" in found.sentence
    assert found.tries[0] == try_


def test_waits_belong_to_the_service_that_ended_them() -> None:
    told = drill_verdict.stages(story(ALERTED, RECORDED), 0.004)
    assert [(one.name, one.waited_s, one.worked_s) for one in told] == [
        ("ingestor", None, 0.004), ("alerter", 0.01, 0.0), ("forwarder", 0.01, 0.0),
    ]  # fmt: skip
