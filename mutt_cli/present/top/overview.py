"""The first screen: is it flowing, where does it stop, since when. 80x24 is its measure; more room shows more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.health.causes import by_importance
from mutt_cli.present import times
from mutt_cli.present.top.alerts import alert_rows
from mutt_cli.present.top.flow import flow_line, flow_lines
from mutt_cli.present.top.head import below, head
from mutt_cli.present.top.keys import footer
from mutt_cli.present.top.line import STATES, WORDS, Line, cell, fitted, line, rule, shown
from mutt_cli.present.top.panel import WIDTH, panel
from mutt_cli.present.top.queues import checks_of, queue_rows
from mutt_cli.present.top.rows import Row, Target, mark_of, painted
from mutt_cli.present.top.services import service_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.present.top.view import View

_FRAME: Final = 4
"""Head, rule, and the two lines of keys."""
_SERVICES: Final = 6
_WAY: Final = 70
"""Columns that the way of an event takes."""
_LEAST_ALERTS: Final = 3
_FEWEST_QUEUES: Final = 5


def rows(view: View, feed: Sequence[str] = (), last_operation: str = "") -> list[Row]:
    """Everything between the head and the keys."""
    if view.size.tiny:
        return _tiny(view)
    return _wide(view, feed, last_operation) if view.size.wide else _narrow(view)


def screen(view: View, chosen: Target | None = None, feed: Sequence[str] = (), last_operation: str = "") -> list[Line]:
    """The whole screen, exactly as many lines as it has."""
    width, height = view.size.width, view.size.height
    if view.size.tiny:
        return _filled([_tiny_head(view), *painted(rows(view), chosen, width)], [_tiny_foot(view)], width, height)
    body = painted(rows(view, feed, last_operation), chosen, width)
    ends = footer("overview", view)
    return _filled([head(view), below(view), *body], ends, width, height)


def targets(drawn: Sequence[Row]) -> list[Target]:
    """What can be chosen, from the top to the bottom."""
    return [one.target for one in drawn if one.target is not None]


def _narrow(view: View) -> list[Row]:
    across = Row(rule(view.size.width, ascii_only=view.ascii_only))
    width, room = view.size.width, view.size.height - _FRAME
    # flow, rule, services, rule, head of queues, rule, rule above the keys
    left = room - 1 - 1 - _SERVICES - 1 - 1 - 1 - 1
    alerts = max(_LEAST_ALERTS, min(10, left - _FEWEST_QUEUES))
    queues = max(1, left - alerts)
    found = [Row(flow_line(view)), across, *service_rows(view, width), across, *queue_rows(view, width, queues), across]
    return _upto([*found, *alert_rows(view, alerts)], room - 1, across)


def _wide(view: View, feed: Sequence[str], last_operation: str) -> list[Row]:
    across = Row(rule(view.size.width, ascii_only=view.ascii_only))
    width, room = view.size.width, view.size.height - _FRAME
    left_width = width - WIDTH - 1
    tall = max(17, room - 22)
    queues = min(10, tall - _SERVICES - 2)
    left = [*service_rows(view, left_width - 1), Row(()), *queue_rows(view, left_width - 1, queues)]
    right = panel(view, last_operation)
    bar = "|" if view.ascii_only else "│"
    height = max(len(left), len(right))
    left += [Row(())] * (height - len(left))
    right += [()] * (height - len(right))
    beside = [
        Row((*fitted(one.line, left_width), (bar, "dim"), *other), one.target)
        for one, other in zip(left, right, strict=True)
    ]
    found = [*(Row(one) for one in flow_lines(view)), across, *beside, across]
    alerts = max(_LEAST_ALERTS, min(6, room - len(found) - 3 - 6))
    found += [Row(line((" ALERTS", "bold"))), *alert_rows(view, alerts)]
    events = room - 1 - len(found) - 2
    if events > 0 and view.mode == "live":
        found += [across, Row(line((" EVENTS", "bold"), ("  a sample, as they pass", "dim")))]
        found += [Row(line(" ", shown(one))) for one in feed[:events]]
    return _upto(found, room - 1, across)


def _upto(found: list[Row], room: int, across: Row) -> list[Row]:
    """As many rows as there is room for, and a rule above the keys."""
    return [*found[:room], *[Row(())] * (room - len(found)), across]


def _filled(body: list[Line], ends: list[Line], width: int, height: int) -> list[Line]:
    room = max(0, height - len(ends))
    lines = [*body[:room], *[()] * (room - len(body)), *ends][:height]
    return [fitted(one, width) for one in lines]


def _tiny_head(view: View) -> Line:
    clock = head(view)[-2][0]
    sign = " PROD" if view.protected else ""
    counts = f" {view.count('critical')}C {view.count('warning')}W" if view.checks else ""
    stale = f" STALE {times.span(round(view.age_s))}" if view.stale else ""
    return line(("MUTT ", "key"), (f"{shown(view.context)}{sign}", "bold"), counts, (stale, "crit"), f" {clock}")


def _tiny(view: View) -> list[Row]:
    """Queues that are not empty, then what is wrong."""
    flow = view.frame.snapshot.pipeline.value if view.frame else None
    queues = sorted(flow.queues, key=lambda one: -one.depth) if flow else []
    found = [
        Row(
            line(
                mark_of(view, checks_of(one.name), old="pipeline" in view.old),
                f"{cell(shown(one.name), 12)}{one.depth:>7} {'-' if one.age_s is None else times.span(one.age_s):>7}",
            ),
            Target("queue", one.name),
        )
        for one in queues[: max(1, view.size.height - 6)]
        if one.depth or one.name in {"ingest", "alert"}
    ]
    bad = [
        Row(
            line((f"!{WORDS[one.state]} ", STATES.get(one.state, "")), one.id, (f"  {shown(one.message)}", "dim")),
            Target("check", one.id),
        )
        for one in by_importance(view.checks)
    ]
    way = [Row(flow_line(view))] if view.size.width >= _WAY else []
    note = Row(line((f" terminal {view.size.width}x{view.size.height}: widen for more", "dim")))
    return [*way, *found, *bad, note][: max(1, view.size.height - 2)]


def _tiny_foot(view: View) -> Line:
    return line((shown(view.message), "warn")) if view.message else line("?help q quit")
