"""Starting the worker daemons: prepare, open the health and metrics ports, run, and turn errors into sysexits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import gauges
from mutt_cli.adapters.metrics import Metrics, page
from mutt_cli.adapters.redis_client import RedisUnavailableError, require_noeviction
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.alerter import Alerter
from mutt_cli.daemons.forwarder import Forwarder
from mutt_cli.daemons.meters import AlerterMeters, ForwarderMeters, RemediationMeters
from mutt_cli.daemons.metrics_port import keep_serving
from mutt_cli.daemons.probe import Health, health_page, serve
from mutt_cli.daemons.remediation import Remediation

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.settings import Settings

MOOG_KEY: Final = "MOOG_API_KEY"


def alerter() -> int:
    """Run one alerter until it is told to stop."""
    runtime = runtimes.prepare("alerter", _alerter_name, ["DB_PASS"])
    runtime.follow_settings()
    meters = AlerterMeters()
    daemon = Alerter(runtime, meters)

    def health() -> Health:
        fine = daemon.worker.ready.is_set() and daemon.rulebook.database_ok
        return {"status": "healthy" if fine else "unhealthy"}

    _open(runtime, runtime.settings.alerter.health_port, "ALERTER_HEALTH_PORT", health)
    read = gauges.of_alerter(runtime.redis(), runtime.keys, runtime.pod)
    _show(runtime, runtime.settings.alerter.metrics_port, "ALERTER_METRICS_PORT", meters.metrics, read)
    daemon.run()
    return 1 if runtime.failed else 0


def forwarder() -> int:
    """Run one forwarder until it is told to stop; Moogsoft's loss never makes it unhealthy (C-54)."""
    runtime = runtimes.prepare("forwarder", _forwarder_name, [MOOG_KEY])
    runtime.follow_settings()
    meters = ForwarderMeters()
    daemon = Forwarder(runtime, meters)

    def health() -> Health:
        return {"status": "healthy" if daemon.worker.ready.is_set() else "unhealthy"}

    runtime.spawn("secrets", lambda: runtime.follow_secrets([MOOG_KEY], lambda: _new_key(daemon)))
    _open(runtime, runtime.settings.forwarder.health_port, "MOOG_FORWARDER_HEALTH_PORT", health)
    read = gauges.of_forwarder(runtime.redis(), runtime.keys, runtime.pod)
    _show(runtime, runtime.settings.forwarder.metrics_port, "MOOG_FORWARDER_METRICS_PORT", meters.metrics, read)
    daemon.run()
    return 1 if runtime.failed else 0


def remediation() -> int:
    """Run remediation until it is told to stop; it needs Redis alone, Vault only for what Redis wants (C-32)."""
    runtime = runtimes.prepare("remediation", lambda settings: settings.worker.pod_name, [], vault_needed=False)
    runtime.follow_settings()
    meters = RemediationMeters()
    daemon = Remediation(runtime, meters)

    def health() -> Health:
        return {"status": "healthy" if daemon.redis_answers.is_set() else "unhealthy"}

    _open(runtime, runtime.settings.remediation.health_port, "HEALTH_PORT_REMEDIATION", health)
    depths = gauges.of_remediation(runtime.redis(), runtime.keys)
    port = runtime.settings.remediation.metrics_port
    _show(runtime, port, "METRICS_PORT_REMEDIATION", meters.metrics, lambda: depths() | daemon.gauges())
    daemon.run()
    return 1 if runtime.failed else 0


def _new_key(daemon: Forwarder) -> None:
    daemon.client.use_key(daemon.runtime.secrets.current(MOOG_KEY))


def _alerter_name(settings: Settings) -> str:
    return settings.worker.alerter_instance or settings.worker.pod_name


def _forwarder_name(settings: Settings) -> str:
    return settings.worker.forwarder_instance or settings.worker.pod_name


def _show(runtime: Runtime, port: int, setting: str, metrics: Metrics, read: Callable[[], dict[str, float]]) -> None:
    """The metrics port, unless it is switched off."""

    def text() -> str:
        return page(metrics.service, metrics.samples(), read())

    if runtime.settings.platform.prometheus_enabled:
        runtime.spawn("metrics", partial(keep_serving, runtime, "0.0.0.0", port, setting, text))  # noqa: S104 - C-12


def _open(runtime: Runtime, port: int, setting: str, health: Callable[[], Health]) -> None:
    """Signals, Vault's keeper, the health port, and the one thing a Redis must promise."""
    runtime.listen_to_signals()
    if runtime.settings.vault.addr:
        runtime.spawn("vault", partial(runtime.vault.keep_alive, runtime.stop))
    serve("0.0.0.0", port, setting, {"/health": health_page(health)})  # noqa: S104 - C-12
    try:
        require_noeviction(runtime.redis())
    except RedisUnavailableError as error:
        # Alerter and forwarder reconnect with backoff (SO:185-186); the policy is looked at by doctor again.
        runtime.log.warning("Redis is away at start: %s", error)
