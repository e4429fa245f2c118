"""Starting the worker daemons: prepare, look at Redis, and run the processes of each (crew.py) or the one it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import gauges
from mutt_cli.adapters.metrics import Metrics, page
from mutt_cli.adapters.redis_client import RedisUnavailableError, require_noeviction
from mutt_cli.core.metrics import VAULT_TTL
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.alerter import Alerter
from mutt_cli.daemons.crew import Crew, Port
from mutt_cli.daemons.forwarder import Forwarder
from mutt_cli.daemons.historian import Historian
from mutt_cli.daemons.memory_watch import MemoryWatch
from mutt_cli.daemons.meters import AlerterMeters, ForwarderMeters, RemediationMeters
from mutt_cli.daemons.metrics_port import keep_serving
from mutt_cli.daemons.moogsoft_sender import MOOG_KEY, require_usable
from mutt_cli.daemons.probe import Health, health_page, serve
from mutt_cli.daemons.remediation import Remediation

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.crew import Announce
    from mutt_cli.daemons.runtime import Runtime

_NEEDED: Final = ("DB_PASS",)
"""What an alerter needs from Vault."""


def alerter(*, workers: int | None = None) -> int:
    """Run the alerter's processes until they are told to stop: its workers, and the historian."""
    runtime = runtimes.prepare("alerter", lambda settings: settings.worker.alerter_name, _NEEDED)
    settings = runtime.settings.alerter
    _look_at_redis(runtime)
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


def forwarder(*, workers: int | None = None) -> int:
    """Run the forwarder's processes until they are told to stop; Moogsoft's loss never makes it unhealthy (C-54)."""
    runtime = runtimes.prepare("forwarder", lambda settings: settings.worker.forwarder_name, [MOOG_KEY])
    settings = runtime.settings.forwarder
    _look_at_redis(runtime)
    return Crew(
        runtime,
        "forwarder",
        workers or settings.workers,
        Port(settings.health_port, "MOOG_FORWARDER_HEALTH_PORT"),
        Port(settings.metrics_port, "MOOG_FORWARDER_METRICS_PORT"),
        _forward,
        lambda own, pods: gauges.of_forwarder(own.redis(), own.keys, pods),
        lambda own: own.secret_watch.start([MOOG_KEY], require_usable, stale=True),
    ).run()


def _forward(runtime: Runtime, announce: Announce) -> None:
    meters = ForwarderMeters()
    runtime.keep_vault(meters.vault)
    daemon = Forwarder(runtime, meters)
    announce(daemon.worker.ready.is_set)
    daemon.run()


def remediation() -> int:
    """Run remediation until it is told to stop; it needs Redis alone, Vault only for what Redis wants (C-32)."""
    runtime = runtimes.prepare("remediation", lambda settings: settings.worker.pod_name, [], vault_needed=False)
    runtime.listen_to_signals()
    runtime.follow_settings()
    runtime.secret_watch.start(require=require_usable)
    meters = RemediationMeters()
    daemon = Remediation(runtime, meters)

    def health() -> Health:
        return {"status": "healthy" if daemon.redis_answers.is_set() else "unhealthy"}

    _open(runtime, runtime.settings.remediation.health_port, "HEALTH_PORT_REMEDIATION", health)
    depths = gauges.of_remediation(runtime.redis(), runtime.keys)
    port = runtime.settings.remediation.metrics_port
    _show(runtime, port, "METRICS_PORT_REMEDIATION", meters.metrics, lambda: depths() | daemon.gauges())
    daemon.run()
    return runtime.end()


def _show(runtime: Runtime, port: int, setting: str, metrics: Metrics, read: Callable[[], dict[str, float]]) -> None:
    """The metrics port, unless it is switched off."""

    def text() -> str:
        vault = {VAULT_TTL: runtime.vault.token_left_s} if runtime.settings.vault.addr else {}
        return page(metrics.service, metrics.samples(), read() | vault)

    if runtime.settings.platform.prometheus_enabled:
        runtime.spawn("metrics", partial(keep_serving, runtime, "0.0.0.0", port, setting, text))  # noqa: S104 - C-12


def _open(runtime: Runtime, port: int, setting: str, health: Callable[[], Health]) -> None:
    """Vault's keeper, the health port, and the one thing a Redis must promise."""
    runtime.keep_vault()
    serve("0.0.0.0", port, setting, {"/health": health_page(health)})  # noqa: S104 - C-12
    _look_at_redis(runtime)


def _look_at_redis(runtime: Runtime) -> None:
    """Refuse a Redis that may delete queues; one that is away is waited for."""
    client = runtime.redis()
    try:
        require_noeviction(client)
    except RedisUnavailableError as error:
        # Alerter and forwarder reconnect with backoff (SO:185-186); the policy is looked at by doctor again.
        runtime.log.warning("Redis is away at start: %s", error)
    finally:
        client.close()
