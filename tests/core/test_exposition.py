"""The text format: declared order, zeros from the start, nothing invented."""

from __future__ import annotations

from mutt_cli.core.exposition import key, write
from mutt_cli.core.metrics import Metric

REQUESTS = Metric(
    "x_requests_total", "counter", "ingestor", "Requests.", "-",
    ("status", "reason"), (("success", ""), ("fail", "auth")),
)  # fmt: skip
DEPTH = Metric("x_depth", "gauge", "ingestor", "Depth.", "-")
LATENCY = Metric("x_seconds", "histogram", "ingestor", "Time.", "-", buckets=(0.5, 1.0))


def test_labels_stand_in_declared_order_whatever_their_alphabet() -> None:
    samples = {key("x_requests_total", ("reason", "auth"), ("status", "fail")): 3.0}
    assert write([REQUESTS], samples) == (
        "# HELP x_requests_total Requests.\n"
        "# TYPE x_requests_total counter\n"
        'x_requests_total{status="success",reason=""} 0\n'
        'x_requests_total{status="fail",reason="auth"} 3\n'
    )


def test_gauge_that_is_not_known_has_no_sample() -> None:
    assert write([DEPTH], {}) == "# HELP x_depth Depth.\n# TYPE x_depth gauge\n"
    assert write([DEPTH], {key("x_depth"): 7.0}).endswith("x_depth 7\n")


def test_histogram_has_every_bucket_sum_and_count_from_the_start() -> None:
    samples = {
        key("x_seconds_bucket", ("le", "1.0")): 2.0,
        key("x_seconds_bucket", ("le", "+Inf")): 2.0,
        key("x_seconds_sum"): 1.25,
        key("x_seconds_count"): 2.0,
    }
    assert write([LATENCY], samples).splitlines()[2:] == [
        'x_seconds_bucket{le="0.5"} 0',
        'x_seconds_bucket{le="1.0"} 2',
        'x_seconds_bucket{le="+Inf"} 2',
        "x_seconds_sum 1.25",
        "x_seconds_count 2",
    ]


def test_sample_that_is_not_declared_is_left_out() -> None:
    assert "created" not in write([REQUESTS], {key("x_requests_created"): 1.0})


def test_numbers_outside_the_usual_are_written_as_prometheus_reads_them() -> None:
    assert write([DEPTH], {key("x_depth"): float("inf")}).endswith("x_depth inf\n")
    assert write([DEPTH], {key("x_depth"): 1e18}).endswith("x_depth 1000000000000000000\n")
