"""Starting the alerter: prepare, look at Redis, and run its processes (crew.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import gauges
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.alerter import Alerter
from mutt_cli.daemons.crew import Crew, Port
from mutt_cli.daemons.historian import Historian
from mutt_cli.daemons.launch import look_at_redis
from mutt_cli.daemons.memory_watch import MemoryWatch
from mutt_cli.daemons.meters import AlerterMeters

if TYPE_CHECKING:
    from mutt_cli.daemons.crew import Announce
    from mutt_cli.daemons.runtime import Runtime

_NEEDED: Final = ("DB_PASS",)
"""What an alerter needs from Vault."""


def alerter(*, workers: int | None = None) -> int:
    """Run the alerter's processes until they are told to stop: its workers, and the historian."""
    runtime = runtimes.prepare("alerter", lambda settings: settings.worker.alerter_name, _NEEDED)
    settings = runtime.settings.alerter
    look_at_redis(runtime)
    return Crew(
        runtime,
        "alerter",
        workers or settings.workers,
        Port(settings.health_port, "ALERTER_HEALTH_PORT"),
        Port(settings.metrics_port, "ALERTER_METRICS_PORT"),
        _alert,
        lambda own, pods: gauges.of_alerter(own.redis(), own.keys, pods),
        lambda own: own.secret_watch.start(_NEEDED, stale=True),
        {"historian": _remember},
    ).run()


def _alert(runtime: Runtime, announce: Announce) -> None:
    meters = AlerterMeters()
    runtime.keep_vault(meters.vault)
    daemon = Alerter(runtime, meters)
    announce(lambda: daemon.worker.ready.is_set() and daemon.rulebook.database_ok)
    runtime.spawn("memory", MemoryWatch(runtime, daemon.rulebook, meters).run)
    daemon.run()


def _remember(runtime: Runtime) -> None:
    runtime.keep_vault(AlerterMeters().vault)
    Historian(runtime).run()
