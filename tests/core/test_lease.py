"""When a token is renewed, when it is replaced, and how soon to look again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.lease import WARN_BELOW_S, Lease, Step, next_look_s, next_step, renewal_threshold_s

DAY = 86_400.0
MONTH = Lease(30 * DAY, 30 * DAY, renewable=True)
SHORT = Lease(60, 60, renewable=True)


@pytest.mark.parametrize(
    ("lease", "remaining", "step"),
    [
        (MONTH, 29 * DAY, Step.NOTHING),
        (MONTH, DAY, Step.RENEW),
        (MONTH, 0, Step.LOGIN),
        (SHORT, 31, Step.NOTHING),
        (SHORT, 30, Step.RENEW),
        (Lease(60, 60, renewable=False), 30, Step.LOGIN),
        (Lease(20, 60, renewable=True), 15, Step.NOTHING),
        (Lease(20, 60, renewable=True), 10, Step.LOGIN),
        (Lease(0, 0, renewable=False), 0, Step.NOTHING),
    ],
)
def test_a_token_is_renewed_when_due_and_replaced_when_renewing_is_of_no_use(
    lease: Lease, remaining: float, step: Step
) -> None:
    assert next_step(lease, remaining, threshold_s=DAY) is step


def test_a_grant_a_little_shorter_than_asked_is_not_taken_for_the_end() -> None:
    assert not Lease(59, 60, renewable=True).capped
    assert Lease(50, 60, renewable=True).capped


leases = st.builds(Lease, st.floats(1, 1e7), st.floats(1, 1e7), renewable=st.booleans())


@given(leases, st.floats(0.7, 1e7), st.floats(1, 3600))
def test_the_next_look_comes_before_the_token_ends(lease: Lease, remaining: float, interval: float) -> None:
    assert 0 < next_look_s(lease, remaining, interval) <= min(interval, remaining)


@given(leases, st.floats(-10, 0))
def test_a_token_that_has_run_out_is_never_renewed(lease: Lease, remaining: float) -> None:
    assert next_step(lease, remaining, threshold_s=DAY) is Step.LOGIN


def test_an_endless_token_is_looked_at_at_the_usual_interval() -> None:
    assert next_look_s(Lease(0, 0, renewable=False), 0, 300) == 300


def test_a_token_that_a_person_must_replace_is_renewed_while_there_is_time_to_warn() -> None:
    assert renewal_threshold_s(DAY, by_hand=True) > WARN_BELOW_S
    assert renewal_threshold_s(20 * DAY, by_hand=True) == 20 * DAY
    assert renewal_threshold_s(DAY, by_hand=False) == DAY
