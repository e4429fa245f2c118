"""Forecasts as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.output import Column, Listing

if TYPE_CHECKING:
    from mutt_cli.ops.forecast import Outlook

_COLUMNS: Final = (
    Column("queue"),
    Column("depth", "count"),
    Column("trend"),
    Column("net_per_second", "count", "net/s"),
    Column("seconds_to_full", "seconds", "full in"),
    Column("seconds_to_empty", "seconds", "empty in"),
    Column("basis", "free"),
    Column("in_per_second", "count", "in/s", wide=True),
    Column("out_per_second", "count", "out/s", wide=True),
    Column("cap", "count", wide=True),
)


def forecast_listing(kind: str, found: Outlook) -> Listing:
    """`mutt forecast`."""
    rows = [
        {
            "queue": one.name, "depth": one.depth, "cap": one.cap, "trend": one.trend, "in_per_second": one.in_per_s,
            "out_per_second": one.out_per_s, "net_per_second": one.net_per_s, "seconds_to_full": one.full_s,
            "seconds_to_empty": one.empty_s, "basis": one.basis,
        }
        for one in found.rows
    ]  # fmt: skip
    return Listing(kind, _COLUMNS, rows, fields={"notes": list(found.notes)}, footer=found.notes)
