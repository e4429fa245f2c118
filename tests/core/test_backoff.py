"""The wait between attempts."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.backoff import Policy, longest_wait_s, wait_s

DEFAULT = Policy(max_attempts=5, initial_s=1.0, multiplier=2.0, max_s=60.0)


def test_longest_wait_doubles_until_its_limit() -> None:
    assert [longest_wait_s(n, DEFAULT) for n in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_full_jitter_spreads_the_wait_from_nothing_to_the_limit() -> None:
    assert [wait_s(3, DEFAULT, jitter) for jitter in (0.0, 0.25, 1.0)] == [0.0, 1.0, 4.0]


def test_no_number_of_failures_overflows() -> None:
    steep = Policy(initial_s=1.0, multiplier=1e300, max_s=60.0)
    assert wait_s(10**30, DEFAULT, 1.0) == 60.0
    assert wait_s(sys.maxsize, steep, 1.0) == 60.0


@given(st.integers(), st.floats(allow_nan=False), st.floats(0, 1e6), st.floats(0, 100), st.floats(0, 1e6))
def test_wait_is_never_negative_nor_above_the_limit(
    failures: int, jitter: float, initial: float, multiplier: float, limit: float
) -> None:
    policy = Policy(initial_s=initial, multiplier=multiplier, max_s=limit)
    assert 0.0 <= wait_s(failures, policy, jitter) <= limit
