"""Metrics pages are read back, compared and added up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.exposition import key, write
from mutt_cli.core.metrics import of_service
from mutt_cli.core.scrape import Histogram, folded, label_text, rate, read_page, together

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=6)


def histogram(*counts: int, bounds: tuple[float, ...] = (0.1, 1.0)) -> Histogram:
    upto = [sum(counts[: place + 1]) for place in range(len(counts))]
    return Histogram((*bounds[: len(counts) - 1], math.inf), tuple(map(float, upto)), 1.0)


def test_what_we_print_is_read_back() -> None:
    samples = {
        key("mutt_ingest_requests_total", ("status", "fail"), ("reason", "auth")): 3.0,
        key("mutt_ingest_latency_seconds_bucket", ("le", "0.1")): 4.0,
        key("mutt_ingest_latency_seconds_bucket", ("le", "+Inf")): 5.0,
        key("mutt_ingest_latency_seconds_sum"): 0.5,
    }
    page = read_page(write(of_service("ingestor"), samples))
    requests = page["mutt_ingest_requests_total"]
    assert (requests.kind, requests.values[("status", "fail"), ("reason", "auth")]) == ("counter", 3.0)
    assert label_text((("status", "fail"), ("reason", "auth"))) == 'status="fail",reason="auth"'
    latency = page["mutt_ingest_latency_seconds"].histograms[()]
    assert (latency.count, latency.total, latency.bounds[-1]) == (5.0, 0.5, math.inf)
    assert not page["mutt_ingest_latency_seconds"].values


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ('x{a="1"} 2', (("a", "1"),)),
        ('x{a="b,c}",d="\\"q\\\\"} 2', (("a", "b,c}"), ("d", '"q\\'))),
        ("x 2 1795827926123", ()),
    ],
)
def test_samples_of_any_spelling_are_read(line: str, labels: tuple[tuple[str, str], ...]) -> None:
    assert read_page(line)["x"].values == {labels: 2.0}


@given(st.text(max_size=300))
def test_any_text_is_a_page(text: str) -> None:
    read_page(text)


@pytest.mark.parametrize(
    ("before", "now", "seconds", "grows"), [(10, 14, 2, 2.0), (10, 3, 1.5, 2.0), (None, 3, 2, None), (1, 1, 0, None)]
)
def test_a_counter_that_was_started_anew_grew_from_zero(
    before: float | None, now: float, seconds: float, grows: float | None
) -> None:
    assert rate(before, now, seconds) == grows


@pytest.mark.parametrize(("share", "value"), [(0.5, 0.05), (0.9, 0.1 + 0.9 * 0.8), (1.0, 1.0)])
def test_percentiles_are_interpolated_within_their_bucket(share: float, value: float) -> None:
    whole = Histogram((0.1, 1.0, math.inf), (5.0, 10.0, 10.0), 1.0)
    assert whole.percentile(share * 1.0) == pytest.approx(value if share != 0.5 else 0.1)
    assert whole.percentile(0.25) == pytest.approx(0.05)


def test_a_percentile_beyond_the_largest_bucket_is_infinite_and_without_observations_there_is_none() -> None:
    assert histogram(1, 1, 8).percentile(0.95) == math.inf
    assert histogram(0, 0, 0).percentile(0.95) is None


@given(COUNTS)
def test_percentiles_grow_with_their_share(counts: list[int]) -> None:
    bounds = tuple(float(place + 1) for place in range(len(counts) - 1))
    whole = histogram(*counts, bounds=bounds)
    found = [whole.percentile(share) for share in (0.01, 0.5, 0.95, 0.99)]
    known = [one for one in found if one is not None]
    assert known == sorted(known)
    assert bool(known) == bool(sum(counts))


def test_observations_of_a_process_that_was_started_anew_are_all_new() -> None:
    before, now = histogram(5, 5, 0), histogram(1, 2, 0)
    assert now.since(before) == now
    assert histogram(6, 7, 1).since(before).count == 4


def test_instances_are_added_where_that_means_something() -> None:
    assert folded("mutt_alerter_events_processed_total", [2, 3]) == 5
    assert folded("mutt_alerter_queue_depth", [7, 7]) == 7  # both read the same queue
    assert folded("mutt_alerter_processing_list_depth", [7, 7]) == 14
    assert folded("mutt_vault_token_ttl_seconds", [90, 20]) == 20
    both = together([histogram(1, 2, 3), histogram(1, 0, 0)])
    assert both is not None
    assert (both.counts, both.total) == ((2.0, 4.0, 7.0), 2.0)
    assert together([histogram(1, 2), histogram(1, 2, 3)]) is None
