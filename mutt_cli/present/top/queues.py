"""The table of queues: how many messages wait, since when, how fast they come and go, and when it will be empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.pipeline import ALERT, DEAD, DLQ_ALERTER, DLQ_MOOG, INGEST, OPERATOR
from mutt_cli.core.top.rates import depths, outlooks
from mutt_cli.present import times
from mutt_cli.present.top import numbers
from mutt_cli.present.top.line import cell, shown, sparkline
from mutt_cli.present.top.rows import Row, Target, mark_of
from mutt_cli.present.top.services import span_minutes, span_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.forecast import Forecast
    from mutt_cli.core.snapshot import QueueState
    from mutt_cli.present.top.line import Line
    from mutt_cli.present.top.view import View

ALWAYS: Final = (INGEST, ALERT, DLQ_ALERTER, DLQ_MOOG, DEAD)
"""Queues that are on every overview; the others only while something is in them, or where there is room."""
_FIXED: Final = 61
_STEADY: Final = 0.02
"""A queue that grows or shrinks by less than this share of what leaves it stays as it is."""
_HANDS: Final = "inflight-"


def queue_rows(view: View, width: int, most: int) -> list[Row]:
    """The head of the table and at most `most` queues; where they are too many, the empty ones give way."""
    curve = f"LAST {span_minutes(view)} MIN"
    head = f" {'QUEUE':<14}{'DEPTH':>8}{'OLDEST':>9}{'IN/S':>8}{'OUT/S':>8}{'EMPTY IN':>10}  {curve}"
    flow = view.frame.snapshot.pipeline.value if view.frame else None
    rows = [Row(((head, "bold"),))]
    if flow is None or view.frame is None:
        return [*rows, *(Row(((f"?{name:<14}{'?':>8}", "unkn"),), Target("queue", name)) for name in ALWAYS)]
    ahead = outlooks(view.samples, view.moment_ms)
    room = max(0, width - _FIXED)
    return rows + [
        Row(_line(view, one, ahead.get(one.name), room), Target("queue", one.name)) for one in chosen(flow.queues, most)
    ]


def chosen(queues: Sequence[QueueState], most: int) -> list[QueueState]:
    """Those that are shown, in the order of the pipeline: what is not empty first, then what is always there."""
    ranks = {one.name: (not one.depth, one.name not in ALWAYS, place) for place, one in enumerate(queues)}
    names = set(sorted(ranks, key=lambda name: ranks[name])[: max(0, most)])
    return [one for one in queues if one.name in names]


def checks_of(name: str) -> tuple[str, ...]:
    """The checks of `mutt health` that are about a queue."""
    if name.startswith(_HANDS):
        return ("queue.orphans",)
    plain = name.removeprefix("dlq-")
    return (f"queue.{name}.depth", f"queue.{name}.age", f"dlq.{plain}.depth")


def empty_in(queue: QueueState, ahead: Forecast | None) -> str:
    """When a queue will be empty: `now`, `4m11s`, `never`, or who must do it; `steady`: as much leaves it as comes."""
    if not queue.depth:
        return "now"
    if queue.drained_by == (OPERATOR,):
        return "manual"
    if queue.held_by:
        return "held"
    if ahead is None:
        return "-"
    if ahead.out_per_s and abs(ahead.net_per_s) <= ahead.out_per_s * _STEADY:
        return "steady"
    return "never" if ahead.empty_s is None else times.span(ahead.empty_s)


def _line(view: View, queue: QueueState, ahead: Forecast | None, room: int) -> Line:
    checks = checks_of(queue.name) if not queue.name.startswith(_HANDS) or not queue.consumers else ()
    mark, style = mark_of(view, checks, old="pipeline" in view.old)
    oldest = "-" if queue.age_s is None else times.span(queue.age_s)
    came, went = _moved(ahead)
    curve = sparkline(depths(view.samples, queue.name, span_of(view, room)), ascii_only=view.ascii_only)
    name = cell(shown(_short(queue.name)), 14, ascii_only=view.ascii_only)
    numbers_text = f"{queue.depth:>8,}{oldest:>9}{came:>8}{went:>8}{empty_in(queue, ahead):>10}"
    return ((mark, style), (name, ""), (numbers_text, ""), ("  ", ""), (curve, "dim"))


def _short(name: str) -> str:
    """`inflight-alerter-vm` is `in alerter vm` where there is little room."""
    return name.replace(_HANDS, "in ", 1).replace("-", " ", 1) if name.startswith(_HANDS) else name


def _moved(ahead: Forecast | None) -> tuple[str, str]:
    """In and out each second; where only the change of the depth is known, that, with its sign, on its side."""
    if ahead is None:
        return "-", "-"
    if ahead.in_per_s is not None or ahead.out_per_s is not None:
        return numbers.rate(_positive(ahead.in_per_s)), numbers.rate(_positive(ahead.out_per_s))
    if not ahead.net_per_s:
        return "-", "-"
    changed = numbers.rate(abs(ahead.net_per_s))
    return (f"+{changed}", "-") if ahead.net_per_s > 0 else ("-", f"-{changed}")


def _positive(rate: float | None) -> float | None:
    return None if rate is None else max(0.0, rate)
