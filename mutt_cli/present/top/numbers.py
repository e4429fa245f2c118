"""Rates, latencies and shares as the narrow columns of a screen have them; what is not known is `-`."""

from __future__ import annotations

import math

from mutt_cli.present import times


def rate(per_s: float | None) -> str:
    """Of something per second: `1,204`, `4.6`, `0`."""
    if per_s is None:
        return "-"
    return f"{per_s:,.1f}" if 0 < per_s < 9.95 else f"{per_s:,.0f}"


def latency(seconds: float | None, beyond_s: float = math.inf) -> str:
    """`12ms`, `1.2s`; what lies beyond the last step that is measured: `>5s`."""
    if seconds is None:
        return "-"
    if math.isinf(seconds):
        return f">{beyond_s:g}s" if math.isfinite(beyond_s) else "-"
    return f"{seconds * 1000:.0f}ms" if seconds < 0.9995 else times.span(seconds)


def share(part: float | None) -> str:
    """Hundredths: `0.1`, `100`."""
    if part is None:
        return "-"
    return f"{part * 100:.0f}" if part >= 0.0995 else f"{part * 100:.1f}"
