"""Rates, percentiles and curves from what was counted at several moments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.top import rates
from mutt_cli.core.top.rates import Pace, Span
from mutt_cli.core.top.work import Work
from tests.core.top.frames import sample, worked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.forecast import Forecast
    from mutt_cli.core.top.frame import Sample


def pace(looks: Sequence[Sample], service: str) -> Pace:
    """How a service works at the moment of the newest look."""
    return rates.pace(looks, service, looks[-1].at_ms if looks else 0)


def outlooks(looks: Sequence[Sample]) -> dict[str, Forecast]:
    """What is to be expected at that moment."""
    return rates.outlooks(looks, looks[-1].at_ms)


def span(looks: Sequence[Sample], length_ms: int, points: int) -> Span:
    """The time up to that moment."""
    return Span(looks[-1].at_ms if looks else 0, length_ms, points)


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
    found = outlooks(looks)
    assert (found["ingest"].in_per_s, found["ingest"].out_per_s) == (100.0, 200.0)
    assert found["ingest"].empty_s == pytest.approx(5.0)
    assert (found["alert"].in_per_s, found["alert"].out_per_s, found["alert"].empty_s) == (30.0, 20.0, None)
    assert (found["dlq-moog"].net_per_s, found["dlq-moog"].in_per_s) == (0.0, None)


def test_a_queue_that_is_new_has_no_outlook_yet() -> None:
    looks = [sample(0, depths={"ingest": 1}), sample(5, depths={"ingest": 1, "inflight-alerter-b": 3})]
    assert list(outlooks(looks)) == ["ingest"]


def test_a_curve_ends_with_now_and_is_unknown_where_nobody_looked() -> None:
    looks = [sample(second, depths={"ingest": second}) for second in range(60, 122, 2)]
    curve = rates.depths(looks, "ingest", span(looks, 120_000, 12))
    assert curve[:5] == [None] * 5
    assert curve[-1] == 120
    known = [one for one in curve if one is not None]
    assert known == sorted(known)


def test_looks_that_are_ten_seconds_apart_make_a_curve_without_holes() -> None:
    looks = [sample(second, accepted=second * 7) for second in range(0, 130, 10)]
    assert None not in rates.speeds(looks, "ingestor", span(looks, 110_000, 40))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10**9)), max_size=40), st.integers(1, 60))
def test_a_curve_has_as_many_points_as_were_asked_for_whatever_was_seen(
    seen: list[tuple[int, int]], points: int
) -> None:
    looks: list[Sample] = [sample(at, accepted=count, depths={"ingest": count}) for at, count in sorted(seen)]
    whole = span(looks, 120_000, points)
    for curve in (rates.depths(looks, "ingest", whole), rates.speeds(looks, "ingestor", whole)):
        assert len(curve) == points
        assert all(one is None or one >= 0 for one in curve)


def test_what_was_known_before_redis_went_away_is_no_rate_of_now() -> None:
    looks = [sample(0, accepted=0, depths={"ingest": 0}), sample(4, accepted=4000, depths={"ingest": 9})]
    later = looks[-1].at_ms + 60_000
    assert rates.pace(looks, "ingestor", later) == Pace()
    assert rates.outlooks(looks, later) == {}
    assert rates.depths(looks, "ingest", Span(later, 60_000, 12))[-1] is None


def test_a_page_that_was_silent_once_makes_no_burst_of_work() -> None:
    def two(handled: float) -> Work:
        return Work(2, handled, 0)

    looks = [sample(0, alerter=two(10_000)), sample(4, alerter=Work(1, 5_000, 0)), sample(8, alerter=two(10_040))]
    assert [pace(looks[:2], "alerter").per_s, pace(looks, "alerter").per_s] == [None, None]
    assert pace([looks[0], looks[2]], "alerter").per_s == pytest.approx(5.0)


def test_alerts_that_are_set_aside_have_left_their_queue() -> None:
    before = sample(0, forwarded=100, depths={"alert": 1000, "dlq-moog": 0, "retry": 0})
    after = sample(5, forwarded=100, depths={"alert": 500, "dlq-moog": 700, "retry": 0})
    found = outlooks([before, after])["alert"]
    assert (found.out_per_s, found.in_per_s) == (140.0, 40.0)
    returned = sample(5, forwarded=100, depths={"alert": 1500, "dlq-moog": -1, "retry": 0})
    assert outlooks([before, returned])["alert"].out_per_s is None
