"""Rates, percentiles and curves from what was counted at several moments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.top.rates import Pace, depths, outlooks, pace, speeds
from tests.core.top.frames import sample, worked

if TYPE_CHECKING:
    from mutt_cli.core.top.frame import Sample


def test_a_rate_is_what_was_counted_between_the_newest_look_and_one_of_some_seconds_before() -> None:
    looks = [sample(0, accepted=100), sample(2, accepted=140), sample(4, accepted=200)]
    assert pace(looks, "ingestor").per_s == pytest.approx(25.0)


def test_without_a_second_look_that_is_old_enough_no_rate_is_known() -> None:
    assert pace([], "ingestor") == Pace()
    assert pace([sample(0, accepted=9)], "ingestor").per_s is None
    assert pace([sample(0, accepted=9), sample(1, accepted=99)], "ingestor").per_s is None


def test_a_look_of_long_ago_is_nothing_to_compare_with() -> None:
    assert pace([sample(0, accepted=0), sample(300, accepted=900)], "ingestor").per_s is None


def test_a_counter_that_was_started_anew_gives_no_rate_instead_of_a_wrong_one() -> None:
    looks = [sample(0, accepted=1000), sample(4, accepted=3)]
    assert pace(looks, "ingestor").per_s is None
    looks = [sample(0, alerter=worked(500)), sample(4, alerter=worked(20))]
    assert pace(looks, "alerter").per_s is None


def test_services_that_the_ledger_does_not_count_are_counted_by_their_pages() -> None:
    looks = [sample(0, alerter=worked(100)), sample(4, alerter=worked(180))]
    assert pace(looks, "alerter").per_s == pytest.approx(20.0)
    assert pace(looks, "webui") == Pace()


def test_errors_are_a_share_of_the_last_minute_and_unknown_where_nothing_was_done() -> None:
    looks = [sample(0, forwarder=worked(100, 0)), sample(30, forwarder=worked(200, 25))]
    assert pace(looks, "forwarder").errors == pytest.approx(0.25)
    assert pace([looks[0], sample(30, forwarder=worked(100, 0))], "forwarder").errors is None


def test_percentiles_are_of_the_last_minute_and_not_of_the_whole_life() -> None:
    slow, then = worked(1000, 0, 0, 0, 1000, 1000), worked(1100, 0, 100, 100, 1100, 1100)
    found = pace([sample(0, ingestor=slow), sample(30, ingestor=then)], "ingestor")
    assert found.p95_s is not None
    assert found.p95_s <= 0.01
    assert found.p50_s is not None
    assert found.p50_s <= found.p95_s


def test_what_took_longer_than_the_last_step_is_beyond_it() -> None:
    looks = [sample(0, ingestor=worked(0, 0, 0, 0, 0, 0)), sample(9, ingestor=worked(10, 0, 0, 0, 0, 10))]
    assert pace(looks, "ingestor").p95_s == math.inf


def test_the_outlook_of_a_queue_knows_what_came_in_or_went_out() -> None:
    looks = [
        sample(0, accepted=0, forwarded=0, depths={"ingest": 1000, "alert": 50, "dlq-moog": 5}),
        sample(5, accepted=500, forwarded=100, depths={"ingest": 500, "alert": 100, "dlq-moog": 5}),
    ]
    found = outlooks(looks, {"ingest": 10_000})
    assert (found["ingest"].in_per_s, found["ingest"].out_per_s) == (100.0, 200.0)
    assert found["ingest"].empty_s == pytest.approx(5.0)
    assert (found["alert"].in_per_s, found["alert"].out_per_s, found["alert"].empty_s) == (30.0, 20.0, None)
    assert (found["dlq-moog"].net_per_s, found["dlq-moog"].in_per_s) == (0.0, None)


def test_a_queue_that_is_new_has_no_outlook_yet() -> None:
    looks = [sample(0, depths={"ingest": 1}), sample(5, depths={"ingest": 1, "inflight-alerter-b": 3})]
    assert list(outlooks(looks, {})) == ["ingest"]


def test_a_curve_ends_with_now_and_is_unknown_where_nobody_looked() -> None:
    looks = [sample(second, depths={"ingest": second}) for second in range(60, 122, 2)]
    curve = depths(looks, "ingest", 120_000, 12)
    assert curve[:5] == [None] * 5
    assert curve[-1] == 120
    known = [one for one in curve if one is not None]
    assert known == sorted(known)


def test_looks_that_are_ten_seconds_apart_make_a_curve_without_holes() -> None:
    looks = [sample(second, accepted=second * 7) for second in range(0, 130, 10)]
    assert None not in speeds(looks, "ingestor", 110_000, 40)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10**9)), max_size=40), st.integers(1, 60))
def test_a_curve_has_as_many_points_as_were_asked_for_whatever_was_seen(
    seen: list[tuple[int, int]], points: int
) -> None:
    looks: list[Sample] = [sample(at, accepted=count, depths={"ingest": count}) for at, count in sorted(seen)]
    for curve in (depths(looks, "ingest", 120_000, points), speeds(looks, "ingestor", 120_000, points)):
        assert len(curve) == points
        assert all(one is None or one >= 0 for one in curve)
