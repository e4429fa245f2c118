"""Service levels as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.slo import BURN_WINDOW_S
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.times import span

if TYPE_CHECKING:
    from mutt_cli.core.slo import Level
    from mutt_cli.ops.slo import Levels

_COLUMNS: Final = (
    Column("slo"),
    Column("target_percent", title="target %"),
    Column("availability_percent", title="now %"),
    Column("burn_rate", title="burn"),
    Column("budget_left_percent", title="budget left %"),
    Column("state", "state"),
    Column("good", "count", wide=True),
    Column("bad", "count", wide=True),
)


def slo_listing(found: Levels) -> Listing:
    """`mutt slo show`."""
    about = {"source": found.source, "window_seconds": found.window_s, "burn_window_seconds": BURN_WINDOW_S}
    footer = [f"of {span(found.window_s)}, burn rate of the last {span(BURN_WINDOW_S)}; source: {found.source}"]
    rows = [_row(one) for one in found.levels]
    return Listing("mutt.slo.show", _COLUMNS, rows, warnings=found.warnings, fields=about, footer=footer)


def _row(level: Level) -> dict[str, Any]:
    return {
        "slo": level.objective.name,
        "target_percent": _percent(level.objective.target),
        "availability_percent": _percent(level.availability),
        "burn_rate": None if level.burn_rate is None else round(level.burn_rate, 2),
        "budget_left_percent": None if level.budget_left is None else round(100 * level.budget_left, 1),
        "state": level.state,
        "good": round(level.window.good),
        "bad": round(level.window.bad),
    }


def _percent(share: float | None) -> float | None:
    """Failures never round up to 100."""
    if share is None:
        return None
    rounded = round(100 * share, 3)
    return 99.999 if rounded >= 100 and share < 1 else rounded
