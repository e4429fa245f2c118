"""What services did, from their metrics pages."""

from __future__ import annotations

import pytest

from mutt_cli.core.metrics import METRICS
from mutt_cli.core.scrape import read_page
from mutt_cli.core.snapshot import SERVICES
from mutt_cli.core.top import work

PAGE = """\
# TYPE mutt_ingest_requests_total counter
mutt_ingest_requests_total{status="success",reason=""} 90
mutt_ingest_requests_total{status="fail",reason="auth"} 7
mutt_ingest_requests_total{status="fail",reason="json"} 3
# TYPE mutt_ingest_latency_seconds histogram
mutt_ingest_latency_seconds_bucket{le="0.01"} 50
mutt_ingest_latency_seconds_bucket{le="+Inf"} 100
mutt_ingest_latency_seconds_sum 5
mutt_ingest_latency_seconds_count 100
"""


def test_pages_of_several_instances_are_added_up() -> None:
    found = work.work_of("ingestor", [read_page(PAGE), read_page(PAGE)])
    assert found is not None
    assert (found.pages, found.handled, found.failed) == (2, 200, 20)
    assert (found.bounds, found.upto) == ((0.01,), (100, 200))
    assert found.latency is not None
    assert found.latency.count == 200


def test_a_service_of_which_no_page_answered_is_not_known() -> None:
    assert work.work_of("ingestor", []) is None


def test_a_page_of_something_else_counts_nothing() -> None:
    found = work.work_of("forwarder", [read_page("up 1\n")])
    assert found == work.Work(1, 0, 0)
    assert found.latency is None


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_read_by_metrics_that_it_serves(service: str) -> None:
    reading = work._READINGS[service]
    own = {one.name: one.kind for one in METRICS if one.service == service}
    assert own[reading.counter] == "counter"
    assert not reading.latency or own[reading.latency] == "histogram"
