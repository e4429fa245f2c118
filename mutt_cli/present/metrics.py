"""Metrics as rows: counters with their rate, gauges with their value, histograms with percentiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.scrape import folding, label_text
from mutt_cli.present.output import Column, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.metrics import Series

_SHARES: Final = {"p50_seconds": 0.5, "p95_seconds": 0.95, "p99_seconds": 0.99}
_LIST: Final = (
    Column("name"),
    Column("labels"),
    Column("service"),
    Column("type"),
    Column("value", "count"),
    Column("p95_seconds", "seconds", "p95"),
    Column("instances", "count", wide=True),
    Column("meaning", "free", wide=True),
)
_SHOW: Final = (
    Column("name"),
    Column("labels"),
    Column("instance"),
    Column("value", "count"),
    Column("rate_per_second", "count", "per second"),
    Column("count", "count"),
    Column("p50_seconds", "seconds", "p50"),
    Column("p95_seconds", "seconds", "p95"),
    Column("p99_seconds", "seconds", "p99"),
    Column("mean_seconds", "seconds", "mean", wide=True),
    Column("over_seconds", "seconds", "over"),
    Column("service", wide=True),
    Column("type", wide=True),
    Column("together", wide=True),
    Column("meaning", "free", wide=True),
)
_OF_ALL: Final = "all"


def metric_listing(found: Sequence[Series], warnings: Sequence[str]) -> Listing:
    """`mutt metric list`: one row per series, of all instances together."""
    return Listing("mutt.metric.list", _LIST, [_row(one) for one in found], warnings=warnings, name="name")


def metric_document(found: Sequence[Series], warnings: Sequence[str]) -> Listing:
    """`mutt metric show`: one row per series and instance, and one for all; columns that say nothing are left out."""
    rows = [_row(one) for one in found]
    always = {"name", "labels", "instance"}
    columns = [one for one in _SHOW if one.field in always or any(row[one.field] is not None for row in rows)]
    beyond = sorted({f"{row['name']} above {row['beyond_seconds']:g} s" for row in rows if row["beyond_seconds"]})
    told = [f"{one}: a percentile lies above the largest bucket and is shown as that" for one in beyond]
    return Listing("mutt.metric.show", columns, rows, warnings=(*warnings, *told), name="name")


def _row(one: Series) -> dict[str, Any]:
    histogram = one.histogram
    shares: dict[str, float | None] = dict.fromkeys(_SHARES)
    mean = largest = None
    if histogram is not None:
        finite = [bound for bound in histogram.bounds if not math.isinf(bound)]
        found = {name: histogram.percentile(share) for name, share in _SHARES.items()}
        largest = (
            finite[-1] if finite and any(value is not None and math.isinf(value) for value in found.values()) else None
        )
        shares = {name: largest if value is not None and math.isinf(value) else value for name, value in found.items()}
        mean = histogram.total / histogram.count if histogram.count else None
    return {
        "name": one.name,
        "labels": label_text(one.labels),
        "service": one.service,
        "instance": one.instance or _OF_ALL,
        "type": one.kind,
        "value": _number(one.value),
        "rate_per_second": None if one.rate is None else round(one.rate, 3),
        "count": None if histogram is None else _number(histogram.count),
        **{name: None if value is None else round(value, 6) for name, value in shares.items()},
        "mean_seconds": None if mean is None else round(mean, 6),
        "beyond_seconds": largest,
        "over_seconds": None if one.over_s is None else round(one.over_s, 1),
        "together": None if one.instance else folding(one.name),
        "instances": one.instances,
        "meaning": one.help,
    }


def _number(value: float | None) -> float | str | None:
    """A whole number as one; JSON has no infinity, which a token that never ends has as its time left."""
    if value is None:
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return int(value) if float(value).is_integer() else value
