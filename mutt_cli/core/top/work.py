"""What the processes of a service counted since each of them was started, read from their metrics pages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.scrape import Histogram, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mutt_cli.core.scrape import Family, Labels


@dataclass(frozen=True)
class Work:
    """One service. `upto` are observations of its latency up to each of `bounds` (seconds), and then all of them."""

    pages: int
    """Processes that answered."""
    handled: float
    failed: float
    bounds: tuple[float, ...] = ()
    upto: tuple[float, ...] = ()

    @property
    def latency(self) -> Histogram | None:
        """The same as a histogram; None if the service has none."""
        return Histogram((*self.bounds, math.inf), self.upto, 0.0) if self.upto else None


Works = Mapping[str, Work]
"""By service."""


@dataclass(frozen=True)
class _Reading:
    """Where the numbers of a service stand: a counter, which of its series are failures, and a histogram."""

    counter: str
    failed: Callable[[dict[str, str]], bool]
    latency: str = ""


_READINGS: Final[Mapping[str, _Reading]] = {
    "ingestor": _Reading(
        "mutt_ingest_requests_total", lambda labels: labels["status"] != "success", "mutt_ingest_latency_seconds"
    ),
    "alerter": _Reading(
        "mutt_alerter_events_processed_total", lambda labels: labels["status"] == "error",
        "mutt_alerter_processing_latency_seconds",
    ),
    "forwarder": _Reading(
        "mutt_moog_requests_total", lambda labels: labels["status"] != "success", "mutt_moog_request_latency_seconds"
    ),
    "remediation": _Reading("mutt_remediation_replay_success_total", lambda _: False),
    "webui": _Reading(
        "mutt_webui_api_requests_total", lambda labels: labels["status"] == "5xx", "mutt_webui_api_latency_seconds"
    ),
}  # fmt: skip


def work_of(service: str, pages: Sequence[Mapping[str, Family]]) -> Work | None:
    """What the pages of one service come to together; None without a page."""
    if not pages:
        return None
    reading = _READINGS[service]
    counted = [item for page in pages if reading.counter in page for item in page[reading.counter].values.items()]
    found = together(one for page in pages for one in _histograms(page, reading.latency))
    return Work(
        len(pages),
        _sum(counted, lambda _: True),
        _sum(counted, reading.failed),
        found.bounds[:-1] if found else (),
        found.counts if found else (),
    )


def _histograms(page: Mapping[str, Family], name: str) -> Iterable[Histogram]:
    return page[name].histograms.values() if name in page else ()


def _sum(counted: Iterable[tuple[Labels, float]], wanted: Callable[[dict[str, str]], bool]) -> float:
    return sum(value for labels, value in counted if wanted(dict(labels)))
