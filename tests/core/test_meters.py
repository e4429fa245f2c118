"""What the daemons count, in the words of the metrics."""

from __future__ import annotations

import pytest

from mutt_cli.adapters.forwarder_queue import Claimed, Mode
from mutt_cli.core import intake_answer
from mutt_cli.core.delivery import Answer, judge
from mutt_cli.core.event import Refusal
from mutt_cli.core.exposition import key
from mutt_cli.core.intake_answer import Reply, problem
from mutt_cli.core.journal import Record
from mutt_cli.core.settlement import Ending
from mutt_cli.daemons.meters import AlerterMeters, ForwarderMeters, RemediationMeters, ingest_outcome


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(200, {"status": "queued"}), ("success", "")),
        (Reply(200, {"status": "partial"}), ("success", "")),
        (intake_answer.batch([Refusal("json", "x")], 0), ("fail", "validation")),
        (problem(401, "auth", "x"), ("fail", "auth")),
        (problem(503, "queue_full", "x"), ("fail", "queue_full")),
        (problem(429, "rate_limit", "x"), ("fail", "rate_limit")),
        (problem(503, "redis", "x"), ("fail", "redis")),
        (problem(400, "json", "x"), ("fail", "json")),
        (problem(413, "too_large", "x"), ("fail", "validation")),
        (problem(400, "number_range", "x"), ("fail", "validation")),
        (problem(500, "http", "x"), ("fail", "unknown")),
        (None, ("fail", "unknown")),
    ],
)
def test_request_is_counted_by_what_it_was_answered(reply: Reply | None, outcome: tuple[str, str]) -> None:
    assert ingest_outcome(reply) == outcome


def test_deduplicated_events_are_handled_events_and_a_batch_is_one_duration() -> None:
    meters = AlerterMeters()
    outcomes = ["alerted", "deduplicated", "deduplicated", "unhandled", "error"]
    meters.decided([Record("e", "c", "alerter", outcome) for outcome in outcomes], 0.25)
    found = meters.metrics.samples()
    processed = {
        status: found[key("mutt_alerter_events_processed_total", ("status", status))]
        for status in ("handled", "unhandled", "error")
    }
    assert processed == {"handled": 3, "unhandled": 1, "error": 1}
    assert found[key("mutt_alerter_alerts_forwarded_total")] == 1
    assert found[key("mutt_alerter_processing_latency_seconds_count")] == 1


def test_a_canary_that_is_recorded_is_no_alert_that_was_processed() -> None:
    meters = ForwarderMeters()
    meters.ended(Ending("suppressed", b"", reason="drill"))
    found = meters.metrics.samples().items()
    assert [n for (name, _), n in found if n and name == "mutt_moog_alerts_processed_total"] == []


def failures(meters: ForwarderMeters) -> dict[str, float]:
    """Reasons that were counted."""
    found = meters.metrics.samples().items()
    return {
        dict(labels)["reason"]: n for (name, labels), n in found if n and name == "mutt_moog_request_failures_total"
    }


def sent(answer: Answer, outcome: str) -> ForwarderMeters:
    meters = ForwarderMeters()
    verdict = judge(answer)
    meters.sent(verdict, Ending(outcome, b"", reason=verdict.reason), answer)  # type: ignore[arg-type]
    return meters


@pytest.mark.parametrize(
    ("answer", "outcome", "expected"),
    [
        (Answer(status=200), "delivered", {}),
        (Answer(status=500), "retry", {"http_5xx": 1}),
        (Answer(status=302), "retry", {"http_3xx": 1}),
        (Answer(status=400), "dlq", {"http_4xx": 1}),
        (Answer(status=429), "retry", {"rate_limit": 1}),
        (Answer(failure="tls"), "retry", {"connection": 1}),
        (Answer(failure="timeout"), "dlq", {"timeout": 1, "retry_exhausted": 1}),
        (Answer(status=401), "dlq", {"http_4xx": 1, "retry_exhausted": 1}),
    ],
)
def test_failed_post_is_counted_by_its_reason(answer: Answer, outcome: str, expected: dict[str, float]) -> None:
    meters = sent(answer, outcome)
    found = meters.metrics.samples()
    assert failures(meters) == expected
    assert found[key("mutt_moog_requests_total", ("status", "success"))] == (0 if expected else 1)
    assert found[key("mutt_moog_requests_total", ("status", "fail"))] == (1 if expected else 0)


def test_a_post_that_was_repeated_with_the_next_key_is_two_requests() -> None:
    meters = sent(Answer(status=200, keys_refused=1), "delivered")
    found = meters.metrics.samples()
    assert failures(meters) == {"http_4xx": 1}
    assert found[key("mutt_moog_requests_total", ("status", "success"))] == 1
    assert found[key("mutt_moog_requests_total", ("status", "fail"))] == 1


def test_alert_parked_by_the_breaker_is_a_dead_letter_but_no_request() -> None:
    meters = ForwarderMeters()
    meters.ended(Ending("dlq", b"", reason="circuit_open"))
    found = meters.metrics.samples()
    assert failures(meters) == {"circuit_open": 1}
    assert found[key("mutt_moog_alerts_processed_total", ("status", "dlq"))] == 1
    assert found[key("mutt_moog_requests_total", ("status", "fail"))] == 0


def test_alert_that_waits_behind_another_is_not_counted() -> None:
    meters = ForwarderMeters()
    meters.ended(Ending("retry", b"", reason="order"))
    assert not any(n for (name, _), n in meters.metrics.samples().items() if name.endswith("_total"))


def opened(*claims: tuple[Mode, int], held_back: bool = False) -> float:
    """Openings counted over claims, each a mode and the breaker's epoch."""
    meters = ForwarderMeters()
    for mode, epoch in claims:
        meters.claimed(Claimed(mode, epoch, (), limited=False, now_ms=0), held_back=held_back)
    return meters.metrics.samples()[key("mutt_moog_circuit_breaker_opened_total", ("name", "moogsoft"))]


def test_each_opening_of_the_breaker_is_counted_once() -> None:
    assert opened(("send", 0), ("park", 1), ("park", 1), ("probe", 2), ("wait", 2), ("send", 3)) == 1
    assert opened(("send", 0), ("park", 1), ("probe", 2), ("wait", 2), ("park", 3), ("probe", 4), ("park", 5)) == 3


def test_opening_that_was_missed_is_counted_when_half_open_tells_of_it() -> None:
    assert opened(("send", 4), ("wait", 6), ("probe", 6), ("send", 7)) == 1


def test_breaker_that_was_open_before_is_no_opening_of_ours() -> None:
    assert opened(("park", 7), ("probe", 8), ("send", 9)) == 0
    assert opened(("probe", 8), ("send", 9)) == 0


def test_breaker_that_holds_alerts_back_is_counted_alike() -> None:
    claims: list[tuple[Mode, int]] = [("send", 0), ("wait", 1), ("wait", 2), ("probe", 2), ("wait", 3), ("send", 5)]
    assert opened(*claims, held_back=True) == 2


def test_wait_for_the_rate_limit_is_one_hit_however_often_the_clerk_asks() -> None:
    meters = ForwarderMeters()
    for _ in range(50):
        meters.claimed(Claimed("send", 0, (), limited=True, now_ms=0), held_back=False)
    assert meters.metrics.samples()[key("mutt_moog_rate_limit_hits_total")] == 1


def test_message_that_is_back_after_a_replay_is_a_replay_that_failed() -> None:
    meters = RemediationMeters()
    meters.replayed(1)
    meters.replayed(2)
    meters.buried(3)
    meters.buried(0)  # its own failures were many before anybody replayed it
    found = meters.metrics.samples()
    assert found[key("mutt_remediation_replay_success_total")] == 2
    assert found[key("mutt_remediation_poison_messages_total")] == 2
    assert found[key("mutt_remediation_replay_fail_total", ("reason", "failed_again"))] == 2
