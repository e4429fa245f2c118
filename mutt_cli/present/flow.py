"""How a deployment moved, as rows: of each frame that it kept of itself what was counted, and what waited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mutt_cli.core.snapshot import SERVICES
from mutt_cli.core.top.frame import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.top.frame import Frame


def flow_rows(frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """Oldest first; numbers and states alone. Of a frame without Redis only who was at work is known."""
    return [_row(one) for one in frames]


def _row(frame: Frame) -> dict[str, Any]:
    found, flow = sample(frame), frame.snapshot.pipeline.value
    return {
        "at": datetime.fromtimestamp(frame.at_ms / 1000, tz=UTC),
        "counters": dict(found.counters) if found else {},
        "depths": dict(found.depths) if found else {},
        "breaker": flow.breaker.state if flow else None,
        "working": {name: sum(one.state == "ok" for one in frame.snapshot.instances(name)) for name in SERVICES},
    }
