"""Frames at moments: what a deployment counted, and what waits in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mutt_cli.core.ledger import Balance
from mutt_cli.core.snapshot import Part
from mutt_cli.core.top.frame import Frame, Sample
from mutt_cli.core.top.work import Work
from mutt_cli.present.top.view import Size, View
from tests.core.health.snapshots import NOW, WELL, checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from mutt_cli.core.snapshot import Snapshot

BOUNDS = (0.01, 0.1, 1.0)


def sample(
    seconds: float, accepted: int = 0, forwarded: int = 0, depths: Mapping[str, int] | None = None, **work: Work
) -> Sample:
    """What was counted so many seconds after NOW."""
    counters = {"accepted": accepted, "forwarded": forwarded}
    return Sample(NOW + round(seconds * 1000), counters, depths or {"ingest": 0, "alert": 0}, work)


def worked(handled: float, failed: float = 0, *upto: float) -> Work:
    """What one process counted."""
    return Work(1, handled, failed, BOUNDS if upto else (), upto)


def frame(
    snapshot: Snapshot = WELL, seconds: float = 0, accepted: int = 5, forwarded: int = 5,
    works: Mapping[str, Work] | None = None,
) -> Frame:  # fmt: skip
    """A deployment so many seconds after NOW."""
    at_ms = NOW + round(seconds * 1000)
    flow = snapshot.pipeline.value
    if flow is not None:
        balance = Balance({"accepted": accepted, "forwarded": forwarded}, 0)
        snapshot = replace(snapshot, pipeline=Part(replace(flow, at_ms=at_ms, balance=balance), None, at_ms))
    return Frame(replace(snapshot, at_ms=at_ms), Part(works or {}, None, at_ms))


def view(
    size: tuple[int, int] = (80, 24), snapshot: Snapshot = WELL, samples: Sequence[Sample] = (), **changes: Any
) -> View:
    """A view of a deployment at NOW."""
    shown = frame(snapshot)
    found = View(
        Size(*size), "prod-east", protected=True, frame=shown, checks=tuple(checks(snapshot).values()),
        samples=samples, now_ms=NOW + 400, moment_ms=NOW,
    )  # fmt: skip
    return replace(found, **changes)
