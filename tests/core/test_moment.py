"""Moments as text and as milliseconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.moment import rfc3339, unix_ms


@given(st.integers(0, 253_402_300_799_999))
def test_text_and_milliseconds_are_one_moment(ms: int) -> None:
    assert unix_ms(rfc3339(ms)) == ms


@given(st.text(max_size=30) | st.integers() | st.floats() | st.booleans() | st.none() | st.datetimes().map(str))
def test_any_value_is_a_moment_in_range_or_none(value: object) -> None:
    ms = unix_ms(value)
    assert ms is None or 0 <= ms <= 253_402_300_799_999


@pytest.mark.parametrize(("value", "ms"), [
    ("2026-03-08T03:07:40Z", 1_772_939_260_000), ("2026-03-08T04:07:40+01:00", 1_772_939_260_000),
    ("2026-03-08 03:07:40.5", 1_772_939_260_500), (1_772_939_260, 1_772_939_260_000),
    (1_772_939_260_003, 1_772_939_260_003), ("yesterday", None), (True, None), (-1, None), (float("nan"), None),
    ("0001-01-01T00:00:00+14:00", None),
])  # fmt: skip
def test_moment_as_written_by_hands_and_devices(value: object, ms: int | None) -> None:
    assert unix_ms(value) == ms


@pytest.mark.parametrize(("ms", "text"), [(-5, "1970-01-01T00:00:00.000Z"), (10**30, "9999-12-31T23:59:59.999Z")])
def test_times_outside_the_calendar_are_clamped(ms: int, text: str) -> None:
    assert rfc3339(ms) == text
