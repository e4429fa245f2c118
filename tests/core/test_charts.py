"""Curves and bars as coordinates: within the picture, nothing drawn of what is not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.present.charts import bars, curve

VALUES = st.lists(st.none() | st.integers(0, 1_000_000), max_size=60)


def test_the_greatest_value_is_at_the_top_and_zero_at_the_foot() -> None:
    assert curve([0, 5, 10], 100, 24) == ["0.0,23.0 50.0,12.0 100.0,1.0"]


def test_where_nothing_is_known_there_is_a_gap() -> None:
    assert curve([1, None, 1, 1], 90, 24) == ["0.0,1.0 0.0,1.0", "60.0,1.0 90.0,1.0"]
    assert curve([None, None], 90, 24) == []


def test_a_bar_of_little_is_still_seen_and_one_of_nothing_is_not() -> None:
    found = bars([1_000_000, 1, 0, None], ["a", "b", "c", "d"], 400, 100)
    assert [one.height for one in found] == [100, 1, 0, 0]
    assert [(one.label, one.value) for one in found][-1] == ("d", None)


@given(VALUES)
def test_everything_is_within_the_picture(values: list[int | None]) -> None:
    for line in curve(values, 120, 24):
        for point in line.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 120
            assert 0 <= y <= 24
    for one in bars(values, [""] * len(values), 720, 120):
        assert one.x >= 0
        assert one.x + one.width <= 720.1
        assert one.y >= 0
        assert one.y + one.height <= 120.1
