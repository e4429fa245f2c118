"""Metrics pages read and compared: counters as rates between two of them, histograms as percentiles.

The inverse of core/exposition.py, total over text: what is no sample is passed over.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Labels = tuple[tuple[str, str], ...]
Folding = Literal["sum", "max", "min"]

_SAMPLE: Final = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)(?:\s+\d+)?')
_LABEL: Final = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(r"\\(.)")
_PARTS: Final = ("_bucket", "_sum", "_count")
ENOUGH: Final = 5
"""Observations between two pages from which percentiles of that time are given, instead of those since the start."""


@dataclass(frozen=True)
class Histogram:
    """Observations by upper bound, cumulative; the last bound is infinite."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    total: float

    @property
    def count(self) -> float:
        """How many observations."""
        return self.counts[-1] if self.counts else 0.0

    def since(self, before: Histogram | None) -> Histogram:
        """The observations that came after `before`; all, if the process was started anew in between."""
        if before is None or before.bounds != self.bounds or before.count > self.count:
            return self
        counts = tuple(now - then for now, then in zip(self.counts, before.counts, strict=True))
        return Histogram(self.bounds, counts, self.total - before.total)

    def percentile(self, share: float) -> float | None:
        """The value that this share of the observations does not exceed, interpolated within its bucket.

        None without observations; infinite if it lies beyond the last finite bound.
        """
        if not self.count > 0:
            return None
        wanted, below, lower = share * self.count, 0.0, 0.0
        for bound, upto in zip(self.bounds, self.counts, strict=True):
            if upto >= wanted and upto > below:
                return bound if math.isinf(bound) else lower + (bound - lower) * (wanted - below) / (upto - below)
            below, lower = upto, bound
        return math.inf


@dataclass
class Family:
    """One metric of one page."""

    name: str
    kind: str = "untyped"
    help: str = ""
    values: dict[Labels, float] = field(default_factory=dict)
    histograms: dict[Labels, Histogram] = field(default_factory=dict)


def read_page(text: str) -> dict[str, Family]:
    """The metrics of a page, by name, in its order."""
    families: dict[str, Family] = {}
    buckets: dict[tuple[str, Labels], dict[float, float]] = {}
    sums: dict[tuple[str, Labels], float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            _declared(line, families)
            continue
        sample = _sample(line)
        if sample is None:
            continue
        name, labels, value = sample
        family = _histogram_of(name, families)
        if family is None:
            families.setdefault(name, Family(name)).values[labels] = value
        elif name.endswith("_bucket"):
            plain = tuple(one for one in labels if one[0] != "le")
            buckets.setdefault((family.name, plain), {})[_number(dict(labels).get("le", ""))] = value
        elif name.endswith("_sum"):
            sums[(family.name, labels)] = value
    for (name, labels), found in buckets.items():
        bounds = tuple(sorted(one for one in found if not math.isnan(one)))
        counts = tuple(found[one] for one in bounds)
        families[name].histograms[labels] = Histogram(bounds, counts, sums.get((name, labels), 0.0))
    return families


def rate(before: float | None, now: float, seconds: float) -> float | None:
    """How much a counter grows per second. One that is smaller than before was started anew: it grew from zero."""
    if before is None or seconds <= 0:
        return None
    return (now if now < before else now - before) / seconds


def folding(name: str) -> Folding:
    """How one gauge of several instances becomes one number.

    Those that read the same queue say the same, and their sum would mean nothing.
    """
    declared = next((one for one in METRICS if one.name == name), None)
    if declared is not None and declared.per_process:
        return declared.per_process
    return "sum" if declared is None or declared.kind != "gauge" or name.endswith("processing_list_depth") else "max"


def folded(name: str, values: Sequence[float]) -> float:
    """One number for all instances."""
    return {"sum": sum, "max": max, "min": min}[folding(name)](values)  # type: ignore[operator, no-any-return]


def together(parts: Iterable[Histogram]) -> Histogram | None:
    """The observations of all instances; None if there are none, or their buckets differ."""
    known = list(parts)
    if not known or len({one.bounds for one in known}) > 1:
        return None
    counts = tuple(map(sum, zip(*(one.counts for one in known), strict=True)))
    return Histogram(known[0].bounds, counts, sum(one.total for one in known))


def label_text(labels: Labels) -> str:
    """`status="fail",reason="auth"`, in the order of the page."""
    return ",".join(f'{name}="{value}"' for name, value in labels)


def _declared(line: str, families: dict[str, Family]) -> None:
    words = line.split(None, 3)
    if len(words) < 3 or words[1] not in {"HELP", "TYPE"}:
        return
    family = families.setdefault(words[2], Family(words[2]))
    told = words[3] if len(words) > 3 else ""
    if words[1] == "TYPE":
        family.kind = told
    else:
        family.help = told


def _sample(line: str) -> tuple[str, Labels, float] | None:
    found = _SAMPLE.fullmatch(line.strip())
    if found is None:
        return None
    value = _number(found[3])
    labels = tuple((name, _ESCAPE.sub(_unescaped, text)) for name, text in _LABEL.findall(found[2] or ""))
    return None if math.isnan(value) else (found[1], labels, value)


def _histogram_of(name: str, families: Mapping[str, Family]) -> Family | None:
    for part in _PARTS:
        family = families.get(name.removesuffix(part)) if name.endswith(part) else None
        if family is not None and family.kind == "histogram":
            return family
    return None


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
