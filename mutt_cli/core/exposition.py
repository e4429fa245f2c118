"""The Prometheus text format (version 0.0.4) with labels in declared order, so that documented greps hit (D21, C-59).

What is printed follows from the declarations alone: every declared counter and histogram has its series from the
start, at 0 if nothing was counted. A gauge of which nothing is known has no sample: no number is invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mutt_cli.core.metrics import Metric

SeriesKey = tuple[str, frozenset[tuple[str, str]]]
"""A sample's name, suffix included, and its labels as (name, value) in no order."""
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def key(name: str, *labels: tuple[str, str]) -> SeriesKey:
    """The key of one sample."""
    return name, frozenset(labels)


def printed(name: str, labels: Iterable[tuple[str, str]]) -> str:
    """A series as it is printed, before its number: `name{label="value"}`."""
    shown = ",".join(f'{label}="{value}"' for label, value in labels)
    return f"{name}{{{shown}}}" if shown else name


def write(metrics: Iterable[Metric], samples: Mapping[SeriesKey, float]) -> str:
    """The whole page. Samples that are not declared are left out."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric, samples))


def _lines(metric: Metric, samples: Mapping[SeriesKey, float]) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for values in metric.series:
        labels = list(zip(metric.labels, values, strict=True))
        if metric.kind == "histogram":
            yield from _histogram(metric, labels, samples)
        elif metric.kind == "counter" or key(metric.name, *labels) in samples:
            yield _sample(metric.name, labels, samples)


def _histogram(metric: Metric, labels: list[tuple[str, str]], samples: Mapping[SeriesKey, float]) -> Iterator[str]:
    for bound in (*map(str, metric.buckets), "+Inf"):
        yield _sample(f"{metric.name}_bucket", [*labels, ("le", bound)], samples)
    yield _sample(f"{metric.name}_sum", labels, samples)
    yield _sample(f"{metric.name}_count", labels, samples)


def _sample(name: str, labels: list[tuple[str, str]], samples: Mapping[SeriesKey, float]) -> str:
    value = float(samples.get(key(name, *labels), 0.0))
    number = str(int(value)) if value.is_integer() else repr(value)
    return f"{printed(name, labels)} {number}"
