"""One moment of `mutt top`, and the few numbers of it that are remembered for rates and curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mutt_cli.core.snapshot import Part, Snapshot
from mutt_cli.core.top.work import Work


@dataclass(frozen=True)
class Frame:
    """The snapshot that every view shows, and what the services counted; nothing of what messages hold."""

    snapshot: Snapshot
    work: Part[Mapping[str, Work]] = field(default_factory=Part)

    @property
    def at_ms(self) -> int:
        """When it was taken, by the clock of the host that took it."""
        return self.snapshot.at_ms


@dataclass(frozen=True)
class Sample:
    """The counters and depths of one moment; `at_ms` by the clock of Redis, which counted them."""

    at_ms: int
    counters: Mapping[str, int]
    """Of the ledger."""
    depths: Mapping[str, int]
    """By queue."""
    work: Mapping[str, Work] = field(default_factory=dict)


def sample(frame: Frame) -> Sample | None:
    """What is remembered of a frame; None where Redis did not answer."""
    flow = frame.snapshot.pipeline.value
    if flow is None or flow.balance is None:
        return None
    depths = {one.name: one.depth for one in flow.queues}
    return Sample(flow.at_ms, flow.balance.counters, depths, frame.work.value or {})
