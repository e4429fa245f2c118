"""What the depth of the ingest queue means for a batch: nothing, a warning, shedding, or a pause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.backpressure import Depths, Level, Thresholds, judge

modes = st.sampled_from(("none", "dlq", "defer"))
counts = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("waiting", "mode", "level", "shed"),
    [
        (989, "dlq", Level.CALM, 0),
        (990, "dlq", Level.WARN, 0),
        (1990, "dlq", Level.WARN, 0),
        (1991, "dlq", Level.SHED, 1),
        (5000, "dlq", Level.SHED, 10),
        (5000, "none", Level.SHED, 0),
        (5000, "defer", Level.SHED, 0),
    ],
)
def test_batch_of_ten_is_shed_only_above_the_threshold_and_only_in_dlq_mode(
    waiting: int, mode: str, level: Level, shed: int
) -> None:
    load = judge(Depths(waiting, 0), 10, Thresholds(1000, 2000, mode))
    assert (load.level, load.shed, load.pause) == (level, shed, False)


@pytest.mark.parametrize(("alerts", "pause"), [(0, False), (999, False), (1000, True)])
def test_defer_pauses_only_while_the_alert_queue_is_the_bottleneck(alerts: int, pause: bool) -> None:
    assert judge(Depths(5000, alerts), 10, Thresholds(1000, 2000, "defer")).pause is pause


limits = st.builds(Thresholds, st.integers(1, 10_000), st.integers(1, 10_000), modes)


@given(st.builds(Depths, counts, counts), st.integers(1, 500), limits)
def test_never_more_is_shed_than_the_batch_or_than_is_too_much(depths: Depths, batch: int, told: Thresholds) -> None:
    load = judge(depths, batch, told)
    assert 0 <= load.shed <= min(batch, max(0, depths.waiting + batch - told.shed))
    assert not (load.shed and load.pause)
    assert told.mode == "dlq" or not load.shed
