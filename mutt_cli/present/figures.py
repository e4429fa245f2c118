"""How many events come in, as the web API and the overview show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mutt_cli.ops.figures import Figures


def figures_object(found: Figures) -> dict[str, Any]:
    """The object of `/api/v1/metrics`: events a minute, and events of each hour, the running one last."""
    return {
        "summary": {
            "current_rate_1m": round(found.last_minute, 3),
            "avg_rate_15m": round(found.quarter, 3),
            "avg_rate_1h": round(found.hour, 3),
        },
        "chart_24h": {
            "labels": [f"{one.at:%Y-%m-%dT%H:00Z}" for one in found.hours],
            "data": [one.accepted for one in found.hours],
        },
        "warnings": list(found.warnings),
    }
