"""What an answer of the webhook means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.backoff import Policy
from mutt_cli.core.delivery import (
    Answer,
    DeadLetter,
    Delivered,
    Failure,
    Retry,
    decide,
    health,
    is_message_problem,
    judge,
    key_fate,
    retry_after_s,
)

POLICY = Policy(max_attempts=5, initial_s=1.0, multiplier=2.0, max_s=60.0, retry_after_max_s=300.0)
NOW = 1_700_000_000_000


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered_and_a_success_for_the_breaker(status: int) -> None:
    verdict = judge(Answer(status=status))
    assert (verdict.kind, verdict.breaker, verdict.metric_reason) == ("delivered", "success", "")
    assert decide(verdict, 4, POLICY, 0.5, NOW) == Delivered()


@pytest.mark.parametrize("status", [400, 406, 409, 413, 415, 422])
def test_message_problem_goes_to_the_dlq_at_once_and_proves_the_endpoint_works(status: int) -> None:
    verdict = judge(Answer(status=status))
    assert (verdict.kind, verdict.breaker) == ("rejected", "success")
    assert decide(verdict, 0, POLICY, 0.5, NOW) == DeadLetter(f"http_{status}", "http_4xx", 1)
    assert is_message_problem(verdict.reason)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 407])
def test_endpoint_problem_is_retried_counts_for_the_breaker_and_is_no_poison(status: int) -> None:
    verdict = judge(Answer(status=status))
    assert (verdict.kind, verdict.breaker, verdict.metric_reason) == ("endpoint", "failure", "http_4xx")
    assert isinstance(decide(verdict, 0, POLICY, 0.5, NOW), Retry)
    assert not is_message_problem(verdict.reason)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_never_a_delivery(status: int) -> None:
    verdict = judge(Answer(status=status))
    assert (verdict.kind, verdict.reason, verdict.breaker) == ("endpoint", "redirect", "failure")


@pytest.mark.parametrize(("status", "breaker", "metric"), [
    (408, "failure", "http_4xx"), (425, "failure", "http_4xx"), (429, "none", "rate_limit"),
    (500, "failure", "http_5xx"), (503, "failure", "http_5xx"), (599, "failure", "http_5xx"),
])  # fmt: skip
def test_passing_trouble_is_retried(status: int, breaker: str, metric: str) -> None:
    verdict = judge(Answer(status=status))
    assert (verdict.kind, verdict.reason, verdict.breaker, verdict.metric_reason) == (
        "retry",
        f"http_{status}",
        breaker,
        metric,
    )
    assert not is_message_problem(verdict.reason)


@pytest.mark.parametrize(("failure", "metric"), [
    ("timeout", "timeout"), ("connection", "connection"), ("tls", "connection"), ("protocol", "connection"),
])  # fmt: skip
def test_no_answer_is_retried_and_counts_for_the_breaker(failure: Failure, metric: str) -> None:
    verdict = judge(Answer(failure=failure))
    assert (verdict.kind, verdict.reason, verdict.breaker, verdict.metric_reason) == (
        "retry",
        failure,
        "failure",
        metric,
    )


def test_retry_waits_by_backoff_and_counts_the_attempt() -> None:
    assert decide(judge(Answer(status=503)), 2, POLICY, 1.0, NOW) == Retry(NOW + 4_000, 3)


def test_patience_ends_after_the_last_attempt_with_the_true_reason() -> None:
    verdict = judge(Answer(status=503))
    assert isinstance(decide(verdict, 3, POLICY, 1.0, NOW), Retry)
    assert decide(verdict, 4, POLICY, 1.0, NOW) == DeadLetter("http_503", "retry_exhausted", 5)


def test_one_attempt_is_always_made() -> None:
    once = Policy(max_attempts=0)
    assert decide(judge(Answer(failure="timeout")), 0, once, 0.0, NOW) == DeadLetter("timeout", "retry_exhausted", 1)


def test_retry_after_is_obeyed_up_to_its_cap() -> None:
    def due(seconds: float) -> int:
        outcome = decide(judge(Answer(status=429, retry_after_s=seconds)), 0, POLICY, 0.0, NOW)
        assert isinstance(outcome, Retry)
        return outcome.at_ms - NOW

    assert due(7.0) == 7_000
    assert due(86_400.0) == 300_000


def test_backoff_longer_than_retry_after_wins() -> None:
    outcome = decide(judge(Answer(status=503, retry_after_s=1.0)), 3, POLICY, 1.0, NOW)
    assert outcome == Retry(NOW + 8_000, 4)


def test_retry_after_reads_seconds_and_dates() -> None:
    assert retry_after_s(" 120 ", NOW) == 120.0
    assert retry_after_s("Tue, 14 Nov 2023 22:13:50 GMT", NOW) == 30.0
    assert retry_after_s("Tue, 14 Nov 2023 22:13:10 GMT", NOW) == 0.0


@given(st.text(max_size=60))
def test_retry_after_is_total(value: str) -> None:
    seconds = retry_after_s(value, NOW)
    assert seconds is None or seconds >= 0.0


@given(st.integers(100, 999), st.integers(-5, 10**20), st.floats(0, 1), st.none() | st.floats(0, 1e12))
def test_every_status_leads_somewhere_and_never_into_the_past(
    status: int, attempt: int, jitter: float, retry_after: float | None
) -> None:
    outcome = decide(judge(Answer(status=status, retry_after_s=retry_after)), attempt, POLICY, jitter, NOW)
    assert isinstance(outcome, Delivered) == (200 <= status < 300)
    if isinstance(outcome, Retry):
        assert NOW <= outcome.at_ms <= NOW + 300_000
        assert outcome.attempt < POLICY.max_attempts


@pytest.mark.parametrize(
    "reason", ["circuit_open", "shed", "timeout", "redirect", "crash", "http_", "http_x", "http_²", ""]
)
def test_reasons_that_are_not_the_messages_fault(reason: str) -> None:
    assert not is_message_problem(reason)


def test_a_failed_decision_and_unreadable_text_are_the_messages_fault() -> None:
    assert is_message_problem("error")
    assert is_message_problem("unreadable")


@pytest.mark.parametrize(("answer", "expected"), [
    (Answer(status=200), "healthy"), (Answer(status=405), "healthy"), (Answer(status=302), "healthy"),
    (Answer(status=401), "unauthorised"), (Answer(status=403), "unauthorised"),
    (Answer(status=503), "down"), (Answer(failure="timeout"), "down"),
])  # fmt: skip
def test_probe_below_500_means_reachable(answer: Answer, expected: str) -> None:
    assert health(answer) == expected


@pytest.mark.parametrize(("answer", "fate"), [
    (Answer(status=401), "refused"), (Answer(status=403), "refused"), (Answer(status=202), "accepted"),
    # It may be judged before the key is: proves nothing.
    (Answer(status=400), "unknown"), (Answer(status=404), "unknown"), (Answer(status=429), "unknown"),
    (Answer(status=302), "unknown"), (Answer(status=500), "unknown"), (Answer(failure="timeout"), "unknown"),
])  # fmt: skip
def test_only_a_delivery_proves_a_key_and_only_401_and_403_refuse_it(answer: Answer, fate: str) -> None:
    assert key_fate(answer) == fate
