"""Threshold ranges, as the Monitoring Plugins Development Guidelines define them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.health.ranges import Range, number, read_range


@pytest.mark.parametrize(
    ("text", "alerts", "quiet"),
    [
        ("10", (-1, 10.1, 11), (0, 5, 10)),
        ("10:", (9.9, -5), (10, 1e9)),
        ("~:10", (10.1,), (-1e9, 10)),
        ("10:20", (9, 21), (10, 20)),
        ("@10:20", (10, 15, 20), (9, 21)),
        ("0", (0.1, -0.1), (0,)),
    ],
)
def test_a_range_alerts_as_the_guidelines_say(
    text: str, alerts: tuple[float, ...], quiet: tuple[float, ...]
) -> None:  # fmt: skip
    found = read_range(text)
    assert found is not None
    assert [found.alerts(one) for one in (*alerts, *quiet)] == [True] * len(alerts) + [False] * len(quiet)


@pytest.mark.parametrize("text", ["", "x", "10:5", "@", ":", "~", "1e3", "10,20", " 10", "--1"])
def test_what_is_no_range_is_none(text: str) -> None:
    assert read_range(text) is None


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.booleans())
def test_a_range_that_is_written_reads_back_the_same(low: float, more: float, inside: bool) -> None:
    low, high = round(low, 3), round(low + more, 3)
    found = Range(low, max(low, high), inside)
    assert read_range(str(found)) == found


@given(st.floats(-1e12, 1e12))
def test_a_number_has_no_exponent(value: float) -> None:
    text = number(value)
    assert "e" not in text
    assert float(text) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "words"), [("10", ">10"), ("~:10", ">10"), ("86400:", "<86400"), ("@5:10", "5 to 10")]
)
def test_a_range_is_told_in_few_characters(text: str, words: str) -> None:
    found = read_range(text)
    assert found is not None
    assert found.words == words
