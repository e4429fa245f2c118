"""The table of services: how many processes work, what they do each second, how long it takes, how much of it fails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mutt_cli.core.pipeline import ALERT
from mutt_cli.core.snapshot import SERVICES
from mutt_cli.core.top.rates import Span, pace, speeds
from mutt_cli.present.top import numbers
from mutt_cli.present.top.line import Line, Style, cell, sparkline
from mutt_cli.present.top.rows import Row, Target, mark_of

if TYPE_CHECKING:
    from mutt_cli.core.snapshot import Pipeline
    from mutt_cli.present.top.view import View

_FIXED: Final = 51
STATES: Final[dict[str, Style]] = {
    "ok": "ok", "part": "warn", "down": "crit", "unwell": "crit", "blocked": "crit", "held": "warn",
    "limited": "warn", "?": "unkn",
}  # fmt: skip


def service_rows(view: View, width: int) -> list[Row]:
    """The head of the table and a row for each service."""
    wide = view.size.wide
    room = max(0, width - _FIXED - (7 if wide else 0))
    p50 = f"{'P50':>7}" if wide else ""
    curve = f"LAST {span_minutes(view)} MIN"
    head = f" {'SERVICE':<11} {'UP':>5}  {'STATE':<8}{'EV/S':>7}{'ERR%':>7}{p50}{'P95':>7}  {curve}"
    return [Row(((head, "bold"),)), *(Row(_line(view, one, room), Target("service", one)) for one in SERVICES)]


def span_minutes(view: View) -> int:
    """How many minutes curves show."""
    return 5 if view.size.wide else 2


def span_of(view: View, points: int) -> Span:
    """The time that a curve of so many points shows."""
    return Span(view.moment_ms, span_minutes(view) * 60_000, points)


def state_of(view: View, service: str) -> str:
    """How a service is, in a word."""
    if view.frame is None:
        return "?"
    found = view.frame.snapshot.instances(service)
    check = view.check(f"svc.{service}")
    working = sum(one.state == "ok" for one in found)
    if check is not None and check.state == "unknown":
        return "?"
    if not working:
        return "unwell" if any(one.state == "unhealthy" for one in found) else "down"
    flow = view.frame.snapshot.pipeline.value
    hindered = _hindered(flow, service) if flow is not None else ""
    return hindered or ("ok" if working == len(found) else "part")


def _hindered(flow: Pipeline, service: str) -> str:
    """Why a service that works does nothing; empty if nothing hinders it."""
    if any(one.what.partition("/")[0] == service for one in flow.off):
        return "held"
    if service != "forwarder":
        return ""
    return "blocked" if flow.breaker.state != "CLOSED" else "limited" if _waits_for_permits(flow) else ""


def _waits_for_permits(flow: Pipeline) -> bool:
    """Whether alerts wait because the limit that all forwarders share is used up."""
    waiting = flow.queue(ALERT)
    return flow.limit is not None and flow.limit.full and waiting is not None and waiting.depth > 0


def _line(view: View, service: str, room: int) -> Line:
    frame = view.frame
    found = frame.snapshot.instances(service) if frame else ()
    works = frame.work.value or {} if frame else {}
    bounds = works[service].bounds if service in works else ()
    beyond = bounds[-1] if bounds else math.inf
    known, state = pace(view.samples, service, view.moment_ms), state_of(view, service)
    mark, style = mark_of(view, (f"svc.{service}",), old="work" in view.old)
    if state == "blocked" and mark == " ":
        mark, style = "!", "crit"
    up = f"{sum(one.state == 'ok' for one in found)}/{len(found)}" if state != "?" else "?"
    p50 = f"{numbers.latency(known.p50_s, beyond):>7}" if view.size.wide else ""
    numbers_text = (
        f"{numbers.rate(known.per_s):>7}{numbers.share(known.errors):>7}{p50}{numbers.latency(known.p95_s, beyond):>7}"
    )
    curve = sparkline(speeds(view.samples, service, span_of(view, room)), ascii_only=view.ascii_only)
    return (
        (mark, style), (cell(service, 11), ""), (f" {up:>5}  ", ""), (cell(state, 8), STATES[state]),
        (numbers_text, ""), ("  ", ""), (curve, "dim"),
    )  # fmt: skip
