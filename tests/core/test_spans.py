"""Durations and moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.spans import duration, moment

NOW = datetime(2026, 3, 8, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("250ms", 0.25), ("15m", 900), ("2h", 7200), ("1h30m", 5400), ("7d", 604800), ("0", 0)],
)
def test_durations_have_units_and_a_bare_number_is_seconds(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "m", "5x", "-5m", "1h 30m x", "5 m", "1e9", "999999999d", "²"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert duration(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15m", NOW - timedelta(minutes=15)),
        ("03:00", NOW.replace(hour=3, minute=0)),
        ("04:00", NOW.replace(day=7, hour=4, minute=0)),
        ("03:00:05Z", NOW.replace(hour=3, minute=0, second=5)),
        ("2026-03-07T01:02:03Z", datetime(2026, 3, 7, 1, 2, 3, tzinfo=UTC)),
        ("2026-03-07", datetime(2026, 3, 7, tzinfo=UTC)),
    ],
)
def test_moments_are_ago_of_day_or_iso(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


@given(st.text())
def test_any_text_is_a_moment_or_none(text: str) -> None:
    found = moment(text, NOW)
    assert found is None or found.tzinfo is not None
