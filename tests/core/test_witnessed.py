"""A witness against the ledger: what is forgotten, what of it is lost, and the entries that close it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.reconciliation import FORGOTTEN, UNKNOWN, correction, relearned, rows
from mutt_cli.core.witnessed import forgotten, gone

MINUTE, NEXT = "2026-11-23T22:33", "2026-11-23T22:34"


def test_only_a_witness_that_is_ahead_says_something() -> None:
    said = {MINUTE: 5, NEXT: 2, "2026-11-23T22:35": 3}
    assert forgotten(said, {MINUTE: 3, NEXT: 2, "2026-11-23T22:35": 4}) == {MINUTE: 2}
    assert forgotten(said, {}) == said


def test_what_waits_or_has_ended_is_not_lost() -> None:
    said = {MINUTE: 5}
    assert gone({MINUTE: 3}, said, {MINUTE: {"a", "b"}}) == {MINUTE: 3}
    assert gone({MINUTE: 3}, said, {MINUTE: {"a", "b", "c", "d"}}) == {MINUTE: 1}
    assert gone({MINUTE: 3}, said, {MINUTE: {"a", "b", "c", "d", "e", "f"}}) == {}


def test_no_more_is_lost_than_was_forgotten() -> None:
    """History that was left out at the journal's cap knows nobody; the ledger still does."""
    assert gone({MINUTE: 1}, {MINUTE: 100}, {}) == {MINUTE: 1}


@given(st.dictionaries(st.sampled_from([MINUTE, NEXT]), st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1))
def test_accepting_closes_every_minute_that_was_forgotten(found: dict[str, tuple[int, int]]) -> None:
    missing = Counter({minute: number for minute, (number, _) in found.items()})
    lost = Counter({minute: min(number, some) for minute, (number, some) in found.items()})
    open_rows = [(minute, UNKNOWN, FORGOTTEN, number) for minute, number in lost.items()]
    written = correction([], [], lost.total(), rows(open_rows, {}), "2026-11-24T00:00") + relearned(missing, lost)
    assert [row.remainder for row in rows(written, {})] == [0] * len(found)
    accepted = {minute: number for minute, _, counter, number in written if counter == "accepted"}
    assert forgotten(missing, accepted) == {}
