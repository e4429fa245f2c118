"""The limiters as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Column, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.ops.ratelimit import Limiter

_COLUMNS: Final = (
    Column("limiter"),
    Column("state", "state"),
    Column("limit", "count"),
    Column("window_seconds", "seconds", "window"),
    Column("used", "count"),
    Column("headroom", "count"),
    Column("hits", "count"),
    Column("waiting", "count"),
    Column("returns_in_seconds", "seconds", "goes back in"),
    Column("counts", "free"),
)


def limiter_listing(kind: str, found: Sequence[Limiter]) -> Listing:
    """`mutt ratelimit show`."""
    warnings = ["RATE_LIMIT_ENABLED=false: neither limiter limits anything" for one in found[:1] if not one.enabled]
    return Listing(kind, _COLUMNS, [_row(one) for one in found], warnings=warnings)


def _row(one: Limiter) -> dict[str, Any]:
    return {
        "limiter": one.name,
        "state": one.state,
        "enabled": one.enabled,
        "limit": one.limit,
        "window_seconds": one.window_s,
        "per_second": round(one.limit / one.window_s, 3),
        "used": one.used,
        "headroom": one.headroom,
        "hits": None if one.hits is None else int(one.hits),
        "waiting": one.waiting,
        "returns_in_seconds": one.returns_s,
        "counts": one.counts,
    }
