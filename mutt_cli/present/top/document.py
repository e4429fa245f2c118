"""One frame as JSON: what `mutt status` says at that moment, and how fast everything moves."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.snapshot import SERVICES
from mutt_cli.core.top.rates import outlooks, pace
from mutt_cli.ops.status import Status
from mutt_cli.present.output import Document
from mutt_cli.present.status import status_fields
from mutt_cli.present.top.services import state_of

if TYPE_CHECKING:
    from mutt_cli.core.top.frame import Frame
    from mutt_cli.present.top.view import View

KIND: Final = "mutt.top"


def top_document(view: View, frame: Frame) -> Document:
    """The frame of a view. Rates are of the last seconds, percentiles of the last minute; null where not known."""
    status = Status(frame.snapshot, view.checks)
    fields = {
        "at": datetime.fromtimestamp(frame.at_ms / 1000, tz=UTC),
        **status_fields(status),
        "rates": [_rates(view, one) for one in SERVICES],
        "movements": [_movement(name, one) for name, one in outlooks(view.samples, view.moment_ms).items()],
    }
    return Document(KIND, fields, name=status.state)


def _rates(view: View, service: str) -> dict[str, Any]:
    found = pace(view.samples, service, view.moment_ms)
    return {
        "service": service,
        "state": state_of(view, service),
        "per_second": _rounded(found.per_s),
        "failed_share": _rounded(found.errors),
        "p50_seconds": _rounded(found.p50_s),
        "p95_seconds": _rounded(found.p95_s),
    }


def _movement(name: str, one: Any) -> dict[str, Any]:
    return {
        "queue": name,
        "in_per_second": one.in_per_s,
        "out_per_second": one.out_per_s,
        "change_per_second": one.net_per_s,
        "empty_in_seconds": _rounded(one.empty_s),
    }


def _rounded(value: float | None) -> float | None:
    """None also for what lies beyond the last step that is measured: JSON has no infinity."""
    return None if value is None or math.isinf(value) else round(value, 4)
