"""What is wrong, the worst first: the checks of `mutt health` that are bad, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.core.health.causes import by_importance
from mutt_cli.present.top.line import STATES, WORDS, Line, cell, fitted, shown, wide
from mutt_cli.present.top.rows import Row, Target

if TYPE_CHECKING:
    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.present.top.view import View


def alert_rows(view: View, most: int) -> list[Row]:
    """At most `most` rows; the last says how many more there are. Never empty where all is well."""
    bad = by_importance(view.checks)
    if not bad:
        text = "nothing is wrong" if view.checks else view.trouble or "looking ..."
        return [Row(((" ", ""), ("OK   " if view.checks else "     ", "ok"), (shown(text), "")))]
    width = view.size.width
    rows = [Row(alert_line(view, one, width), Target("check", one.id)) for one in bad[:most]]
    if len(bad) > most and rows:
        more = f"  +{len(bad) - most} more: a"
        kept = fitted(alert_line(view, bad[most - 1], width - wide(more)), width - wide(more))
        rows[-1] = Row((*kept, (more, "bold")), rows[-1].target)
    return rows


def alert_line(view: View, check: HealthCheck, width: int) -> Line:
    """`CRIT breaker.moog  open 4m12s`, its cause, or its limits where there is room for them."""
    after = _after(check)
    if not check.caused_by and wide(shown(check.message)) + wide(after) + 2 > width - 27:
        after = ""
    room = max(10, width - 28 - (wide(after) + 2 if after else 0))
    said = cell(shown(check.message), room, ascii_only=view.ascii_only)
    return (
        (" ", ""), (f"{WORDS[check.state]:<4} ", STATES.get(check.state, "")), (cell(check.id, 20) + " ", ""),
        (said, ""), (f"  {after}" if after else "", "dim"),
    )  # fmt: skip


def _after(check: HealthCheck) -> str:
    if check.caused_by:
        return f"caused by {check.caused_by}"
    one = check.definition
    limits = [f"{word} {bound.words}" for word, bound in (("warn", one.warn), ("crit", one.crit)) if bound]
    return f"({', '.join(limits)})" if limits and check.value is not None else ""
