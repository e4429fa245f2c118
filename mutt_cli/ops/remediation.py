"""Remediation as an operator sees it: who is at work, what the last cycle did, when the next is due; and one now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import dynamic_store, holds, queue_reading, remediation_notes
from mutt_cli.adapters.clock import boottime_s, now_ms
from mutt_cli.core.pipeline import DLQ_ALERTER, DLQ_MOOG, QUEUES
from mutt_cli.errors import RefusedError
from mutt_cli.ops import dynamic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.remediation_notes import Cycle
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops.backends import Backends

POLL_S: Final = 0.1
SERVICE: Final = "remediation"


@dataclass(frozen=True)
class Seen:
    """Remediation now."""

    enabled: bool
    interval_s: float
    batch_size: int
    at_work: bool
    """Whether an instance holds the lease."""
    instances: tuple[str, ...]
    """Processes that are alive, `name on host`."""
    hold: Hold | None
    last: Cycle | None
    waiting: Mapping[str, int]
    """Letters in the queues that it drains."""
    at_ms: int

    @property
    def next_ms(self) -> int | None:
        """When the next cycle is due, Unix ms; None if none will run as things are."""
        if self.last is None or not self.runs:
            return None
        return self.last.at + int(self.interval_s * 1000)

    @property
    def runs(self) -> bool:
        """Whether cycles run."""
        return self.enabled and self.at_work and self.hold is None


def look(backends: Backends, configuration: Configuration) -> Seen:
    """Everything about it. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    settings = dynamic.view(backends, configuration).settings.remediation
    held, _ = holds.read(client, keys.holds)
    readers = [one for one in dynamic_store.readers(client, keys) if one.service == SERVICE]
    queues = [one for one in QUEUES if one.name in {DLQ_ALERTER, DLQ_MOOG}]
    depths = queue_reading.depths(client, keys, queues)
    return Seen(
        settings.enabled, settings.interval, settings.batch_size, queue_reading.remediation_runs(client, keys),
        tuple(f"{one.name} on {one.host}" for one in readers), held.get(SERVICE),
        remediation_notes.last(client, keys),
        {queue.name: depth for queue, depth in zip(queues, depths, strict=True)}, now_ms(),
    )  # fmt: skip


def require_running(seen: Seen) -> None:
    """Raises RefusedError MUTT-G031 where a wish for a cycle would be heard by nobody."""
    if seen.hold is not None:
        raise _refused(f"remediation is paused {seen.hold.phrase}", "mutt maintenance resume")
    if not seen.enabled:
        raise _refused(
            "remediation is switched off (REMEDIATION_ENABLED=false)", "mutt config set remediation_enabled=true"
        )
    if not seen.at_work:
        raise _refused("no remediation is at work", "systemctl start mutt-remediation")


def run_now(backends: Backends, wish: str, seconds: float) -> Cycle | None:
    """Ask for a cycle and wait for what it did; None if it was not told in time."""
    client, keys = backends.redis(), backends.keys
    remediation_notes.want(client, keys, wish)
    began = boottime_s()
    while boottime_s() - began < seconds:
        last = remediation_notes.last(client, keys)
        if last is not None and last.wanted == wish:
            return last
        time.sleep(POLL_S)
    return None


def ask_only(backends: Backends, wish: str) -> None:
    """Ask for a cycle and wait for nothing."""
    remediation_notes.want(backends.redis(), backends.keys, wish)


def _refused(what: str, attempt: str) -> RefusedError:
    return RefusedError(f"{what}: no cycle would run", code="MUTT-G031", tries=("mutt remediation show", attempt))
