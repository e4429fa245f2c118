"""Counting for Prometheus: what one process counts, and the totals of several processes, by core/metrics.py alone.

A service of one process keeps its numbers in memory. The processes of the others keep theirs in files of a
private folder (prometheus_client's multiprocess mode), one set per worker number: a worker that is started again goes
on with the numbers of the one that died, so totals never step back and dead processes leave no files. A gauge is
either a process's own number, and then the page has the sum or the least, or it is read when somebody asks
(adapters/gauges.py).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from mutt_cli.core import exposition
from mutt_cli.core.metrics import of_service
from mutt_cli.errors import EX_CONFIG, MuttError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mutt_cli.core.exposition import SeriesKey
    from mutt_cli.core.metrics import Metric, Service

Samples = dict[exposition.SeriesKey, float]


@dataclass(frozen=True)
class Shared:
    """The folder in which the processes of one service keep their numbers."""

    folder: Path

    def prepare(self) -> None:
        """Make the folder, empty. Called once, before any process counts. Raises MuttError MUTT-D121."""
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise MuttError(
                f"cannot prepare the folder of the metrics {self.folder}: {error.strerror}",
                code="MUTT-D121",
                why="the workers of this service add up their numbers there",
                tries=(f"ls -ld {self.folder.parent}", "set MUTT_STATE_DIR to a folder the service may write to"),
                exit_code=EX_CONFIG,
            ) from error

    def join(self, number: int) -> None:
        """Keep what this process counts from now on here. No two processes at a time may have the same number."""
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.folder)
        # Not by the environment at import: everything is imported before privileges are dropped and the folder known.
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: number)  # type: ignore[no-untyped-call]

    def samples(self) -> Samples:
        """The totals over all processes."""
        # A file without a byte belongs to a worker that is just making it; the library takes it for damage.
        files = [str(file) for file in self.folder.glob("*.db") if file.stat().st_size]
        return _samples(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]


class Metrics:
    """What this process counts and its own gauges. Any thread may count; names and labels are the declared ones."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._registry = CollectorRegistry()
        self._counters: dict[tuple[str, ...], Counter] = {}
        self._histograms: dict[tuple[str, ...], Histogram] = {}
        self._gauges: dict[str, Gauge] = {}
        for metric in of_service(service):
            self._declare(metric)

    def _declare(self, metric: Metric) -> None:
        if metric.kind == "counter":
            made = Counter(metric.name, metric.help, metric.labels, registry=self._registry)
            for row in metric.series:
                self._counters[(metric.name, *row)] = made.labels(*row) if row else made
        elif metric.kind == "histogram":
            buckets, registry = metric.buckets, self._registry
            timed = Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=buckets)
            for row in metric.series:
                self._histograms[(metric.name, *row)] = timed.labels(*row) if row else timed
        elif metric.per_process:
            # With the number of a worker that died too: the one started in its place sets it anew.
            own = Gauge(metric.name, metric.help, registry=self._registry, multiprocess_mode=metric.per_process)
            own.set(0)
            self._gauges[metric.name] = own

    def add(self, name: str, *labels: str, amount: int = 1) -> None:
        """Raise a counter. Raises KeyError for what is not declared."""
        self._counters[(name, *labels)].inc(amount)

    def observe(self, name: str, seconds: float, *labels: str) -> None:
        """Put one duration into a histogram. Raises KeyError for what is not declared."""
        self._histograms[(name, *labels)].observe(seconds)

    def set(self, name: str, number: float) -> None:
        """Set a gauge of this process. Raises KeyError for what is not declared so."""
        self._gauges[name].set(number)

    def samples(self) -> Samples:
        """What this process has counted."""
        return _samples(self._registry.collect())


def page(service: Service, counted: Mapping[SeriesKey, float], gauges: Mapping[str, float]) -> str:
    """The text of a scrape. `gauges` are by metric name, or by series as printed if the metric has more than one.

    Those that are not known are left out.
    """
    samples = dict(counted)
    for metric in of_service(service):
        for row in metric.series if metric.kind == "gauge" else ():
            labels = tuple(zip(metric.labels, row, strict=True))
            name = metric.name if len(metric.series) == 1 else exposition.printed(metric.name, labels)
            if name in gauges:
                samples[exposition.key(metric.name, *labels)] = gauges[name]
    return exposition.write(of_service(service), samples)


def _samples(families: Iterable[Any]) -> Samples:
    return {
        exposition.key(sample.name, *sample.labels.items()): sample.value
        for family in families
        for sample in family.samples
    }
