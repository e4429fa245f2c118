"""Starting the forwarder: prepare, look at Redis, and run its processes (crew.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import gauges
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.crew import Crew, Port
from mutt_cli.daemons.forwarder import Forwarder
from mutt_cli.daemons.launch import look_at_redis
from mutt_cli.daemons.meters import ForwarderMeters
from mutt_cli.daemons.moogsoft_sender import require_usable

if TYPE_CHECKING:
    from mutt_cli.daemons.crew import Announce
    from mutt_cli.daemons.runtime import Runtime


def forwarder(*, workers: int | None = None) -> int:
    """Run the forwarder's processes until they are told to stop; Moogsoft's loss never makes it unhealthy (C-54)."""
    runtime = runtimes.prepare("forwarder", lambda settings: settings.worker.forwarder_name, [runtimes.MOOG_KEY])
    settings = runtime.settings.forwarder
    look_at_redis(runtime)
    return Crew(
        runtime,
        "forwarder",
        workers or settings.workers,
        Port(settings.health_port, "MOOG_FORWARDER_HEALTH_PORT"),
        Port(settings.metrics_port, "MOOG_FORWARDER_METRICS_PORT"),
        _forward,
        lambda own, pods: gauges.of_forwarder(own.redis(), own.keys, pods),
        lambda own: own.secret_watch.start([runtimes.MOOG_KEY], require_usable, stale=True),
    ).run()


def _forward(runtime: Runtime, announce: Announce) -> None:
    meters = ForwarderMeters()
    runtime.keep_vault(meters.vault)
    daemon = Forwarder(runtime, meters)
    announce(daemon.worker.ready.is_set)
    daemon.run()
