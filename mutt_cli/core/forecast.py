"""When a queue is full, or empty, from how it moved between two looks; or if messages left it at another rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mutt_cli.core import pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

Trend = Literal["empty", "filling", "draining", "steady"]


@dataclass(frozen=True)
class Movement:
    """One queue between two looks."""

    name: str
    before: int
    depth: int
    seconds: float
    cap: int | None = None
    """Where it is full; None if nothing bounds it but memory."""
    came_in: int | None = None
    """Messages that came in meanwhile, where something counts them."""
    went_out: int | None = None
    planned_per_s: float | None = None
    """What its drainer takes at most, where that is a setting."""


@dataclass(frozen=True)
class Forecast:
    """What is to be expected if all goes on as it is, per second and in seconds; None: never, or not known."""

    name: str
    depth: int
    cap: int | None
    trend: Trend
    in_per_s: float | None
    out_per_s: float | None
    net_per_s: float
    full_s: float | None
    empty_s: float | None
    basis: str


def forecast(seen: Movement, rate_per_s: float | None = None) -> Forecast:
    """The forecast of one queue; with `rate_per_s` as if so many messages left it each second."""
    span = max(seen.seconds, 1e-9)
    net = (seen.depth - seen.before) / span
    came = None if seen.came_in is None else seen.came_in / span
    went = None if seen.went_out is None else seen.went_out / span
    came = net + went if came is None and went is not None else came
    went = came - net if went is None and came is not None else went
    basis = f"measured over {seen.seconds:.1f} s"
    if rate_per_s is not None:
        came = max(net, 0.0) if came is None else came
        net, went, basis = came - rate_per_s, rate_per_s, f"if {rate_per_s:g} left each second"
    elif net >= 0 and seen.planned_per_s and seen.depth:
        net, went, basis = -seen.planned_per_s, seen.planned_per_s, "as its drainer is set, if nothing comes in"
    return _ahead(seen, came, went, net, basis)


def left_alert(
    counted_before: Mapping[str, int], counted: Mapping[str, int], before: Mapping[str, int], depths: Mapping[str, int]
) -> int:
    """Alerts that left the alert queue between two looks: delivered, or set aside, or waiting for their next try.

    What remediation brings back meanwhile is in none of it, so the number may be too small; below zero it says nothing.
    """
    aside = (pipeline.RETRY, pipeline.DLQ_MOOG)
    moved = sum(depths.get(name, 0) - before.get(name, 0) for name in aside)
    return counted.get("forwarded", 0) - counted_before.get("forwarded", 0) + moved


def _ahead(seen: Movement, came: float | None, went: float | None, net: float, basis: str) -> Forecast:
    full = empty = None
    if net > 0 and seen.cap is not None:
        full = max(0, seen.cap - seen.depth) / net
    if seen.depth == 0:
        empty = 0.0
    elif net < 0:
        empty = seen.depth / -net
    trend: Trend = (
        "filling" if net > 0 else "draining" if net < 0 and seen.depth else "steady" if seen.depth else "empty"
    )
    return Forecast(
        seen.name, seen.depth, seen.cap, trend, _r(came), _r(went), round(net, 3), _r(full), _r(empty), basis
    )


def _r(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
