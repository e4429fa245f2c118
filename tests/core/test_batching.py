"""Batches grow with the backlog and stay bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.batching import GROWTH, MOST, batch_size


def test_a_short_queue_is_taken_in_batches_as_configured() -> None:
    assert batch_size(500, 0) == batch_size(500, 3999) == 500


def test_a_backlog_is_taken_in_larger_batches() -> None:
    assert batch_size(500, 4000) == 2000
    assert batch_size(10, 80) == 40


@given(st.integers(1, MOST), st.integers(0, 10**9))
def test_a_batch_is_never_smaller_than_configured_nor_larger_than_the_bound(configured: int, waiting: int) -> None:
    assert configured <= batch_size(configured, waiting) <= min(MOST, configured * GROWTH)
