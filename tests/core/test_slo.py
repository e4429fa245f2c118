"""Availability, burn rate and budget from what was counted."""

from __future__ import annotations

import pytest

from mutt_cli.core.slo import Counted, Level, Objective

TARGET = Objective("ingest", 0.99, 6.0, 14.4)


def level(window: tuple[float, float], hour: tuple[float, float]) -> Level:
    return Level(TARGET, Counted(*window), Counted(*hour))


@pytest.mark.parametrize(
    ("window", "hour", "state"),
    [
        ((1000, 0), (10, 0), "ok"),
        ((1000, 0), (95, 5), "ok"),  # burns at 5
        ((10_000, 0), (94, 6), "warn"),
        ((10_000, 0), (85, 15), "crit"),
        ((980, 20), (0, 0), "crit"),  # nothing is left of the budget
        ((0, 0), (0, 0), "unkn"),
        ((0, 7), (0, 7), "crit"),
    ],
)
def test_the_worst_of_burn_rate_and_budget_is_the_state(
    window: tuple[float, float], hour: tuple[float, float], state: str
) -> None:
    assert level(window, hour).state == state


def test_a_target_that_is_just_met_has_spent_its_budget_and_burns_at_one() -> None:
    one = level((990, 10), (990, 10))
    assert one.availability == pytest.approx(0.99)
    assert one.burn_rate == pytest.approx(1.0)
    assert one.budget_left == pytest.approx(0.0)


def test_of_nothing_nothing_is_known() -> None:
    one = level((0, 0), (0, 0))
    assert (one.availability, one.burn_rate, one.budget_left) == (None, None, None)
