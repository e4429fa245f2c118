"""Rates and curves from the samples of the last minutes, oldest first.

A rate is that of the last seconds: between the newest sample and the youngest one that is old enough to compare with.
A counter that is smaller than before was started anew; then nothing is known until the next look.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from mutt_cli.core import pipeline
from mutt_cli.core.forecast import Movement, forecast, left_alert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.core.forecast import Forecast
    from mutt_cli.core.top.frame import Sample

ENOUGH_MS: Final = 3_500
"""Between two samples that a rate is made of: two looks of two seconds, so that a single late one shows less."""
TOO_OLD_MS: Final = 130_000
"""Two looks of the longest interval."""
FRESH_MS: Final = 8_000
"""A sample that is so much older than the moment is not of it."""
LATENCY_MS: Final = 60_000
"""The time that percentiles are of: of few seconds they would be of few observations."""
_COUNTED: Final = {"ingestor": "accepted", "forwarder": "forwarded"}
"""Services whose events the ledger counts for the whole deployment; those of the others their pages count."""


@dataclass(frozen=True)
class Span:
    """A time that a curve is of: up to a moment (Redis' clock), so long, in so many parts."""

    ends_ms: int
    length_ms: int
    points: int


@dataclass(frozen=True)
class Pace:
    """How one service works; None where nothing is known. Latencies in seconds, errors as a share."""

    per_s: float | None = None
    errors: float | None = None
    p50_s: float | None = None
    p95_s: float | None = None


def pace(samples: Sequence[Sample], service: str, moment_ms: int) -> Pace:
    """How a service works at that moment, by the clock of Redis."""
    last, before = _pair(samples, moment_ms)
    if last is None:
        return Pace()
    whole = _since(samples, LATENCY_MS)
    latency = _latency(last, whole, service)
    return Pace(
        None if before is None else _per_s(before, last, service),
        _errors(last, whole, service),
        None if latency is None else latency[0],
        None if latency is None else latency[1],
    )


def outlooks(samples: Sequence[Sample], moment_ms: int) -> dict[str, Forecast]:
    """By queue, what is to be expected if all goes on as in the last seconds; empty before there are two samples."""
    last, before = _pair(samples, moment_ms)
    if last is None or before is None:
        return {}
    return {name: forecast(_movement(name, before, last)) for name in last.depths if name in before.depths}


def depths(samples: Sequence[Sample], name: str, span: Span) -> list[float | None]:
    """The depth of a queue over a time, the newest last; None where nothing is known."""
    return _curve(samples, span, lambda found: [float(one.depths.get(name, 0)) for one in found])


def speeds(samples: Sequence[Sample], service: str, span: Span) -> list[float | None]:
    """What a service did each second over a time, as `depths`."""

    def of(found: Sequence[Sample]) -> list[float | None]:
        pairs = pairwise(found)
        return [None, *(_per_s(before, last, service) for before, last in pairs)]

    return _curve(samples, span, of)


def _pair(samples: Sequence[Sample], moment_ms: int) -> tuple[Sample | None, Sample | None]:
    """The newest sample, and the youngest that is old enough to compare with; None where there is none.

    A newest sample that is older than the moment says nothing about it: then both are None.
    """
    if not samples or moment_ms - samples[-1].at_ms > FRESH_MS:
        return None, None
    last = samples[-1]
    for one in reversed(samples[:-1]):
        age = last.at_ms - one.at_ms
        if age > TOO_OLD_MS:
            break
        if age >= ENOUGH_MS:
            return last, one
    return last, None


def _since(samples: Sequence[Sample], span_ms: int) -> Sample | None:
    """The oldest sample of that time, if there are two."""
    found = [one for one in samples[-200:] if samples[-1].at_ms - one.at_ms <= span_ms]
    return found[0] if len(found) > 1 else None


def _total(sample: Sample, service: str) -> float | None:
    counter = _COUNTED.get(service)
    if counter is not None:
        return sample.counters.get(counter, 0)
    work = sample.work.get(service)
    return None if work is None else work.handled


def _comparable(before: Sample, last: Sample, service: str) -> bool:
    """Whether as many processes told what they counted: else one that was silent once looks like a burst of work."""
    now, then = last.work.get(service), before.work.get(service)
    return now is not None and then is not None and now.pages == then.pages


def _per_s(before: Sample, last: Sample, service: str) -> float | None:
    if service not in _COUNTED and not _comparable(before, last, service):
        return None
    now, then = _total(last, service), _total(before, service)
    seconds = (last.at_ms - before.at_ms) / 1000
    if now is None or then is None or seconds <= 0 or now < then:
        return None
    return (now - then) / seconds


def _errors(last: Sample, before: Sample | None, service: str) -> float | None:
    """The share of the last minute's work that failed; None if there was none."""
    if before is None or not _comparable(before, last, service):
        return None
    now, then = last.work[service], before.work[service]
    if now.handled <= then.handled:
        return None
    return max(0.0, now.failed - then.failed) / (now.handled - then.handled)


def _latency(last: Sample, before: Sample | None, service: str) -> tuple[float | None, float | None] | None:
    if before is None or not _comparable(before, last, service):
        return None
    now, then = last.work[service], before.work[service]
    if now.latency is None:
        return None
    recent = now.latency.since(then.latency)
    return recent.percentile(0.5), recent.percentile(0.95)


def _movement(name: str, before: Sample, last: Sample) -> Movement:
    came = went = None
    if name == pipeline.INGEST:
        came = last.counters.get("accepted", 0) - before.counters.get("accepted", 0)
    elif name == pipeline.ALERT:
        went = left_alert(before.counters, last.counters, before.depths, last.depths)
    if (came or 0) < 0 or (went or 0) < 0:
        came = went = None
    seconds = (last.at_ms - before.at_ms) / 1000
    return Movement(name, before.depths[name], last.depths[name], seconds, None, came, went)


def _curve(
    samples: Sequence[Sample], span: Span, values_of: Callable[[Sequence[Sample]], Sequence[float | None]]
) -> list[float | None]:
    """One value for each part of the time: the last that was known in it, or before it within ten seconds and a part.

    The deployment's own frames are ten seconds apart: a part that is shorter has the value of the part before.
    """
    if not samples or span.points <= 0:
        return [None] * span.points
    step = span.length_ms / span.points
    first = max(0, bisect_right([one.at_ms for one in samples], span.ends_ms - span.length_ms) - 2)
    values, known = values_of(samples[first:]), [one.at_ms for one in samples[first:]]
    found: list[float | None] = []
    for part in range(span.points):
        upto = span.ends_ms - span.length_ms + step * (part + 1)
        place = bisect_right(known, upto) - 1
        fresh = place >= 0 and upto - known[place] <= step + 12_000
        found.append(values[place] if fresh else None)
    return found
