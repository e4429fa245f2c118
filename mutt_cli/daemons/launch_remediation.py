"""Starting remediation: prepare, look at Redis, and be the one process that it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mutt_cli.adapters import gauges
from mutt_cli.adapters.metrics import Metrics, page
from mutt_cli.core.metrics import VAULT_TTL
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.launch import look_at_redis
from mutt_cli.daemons.meters import RemediationMeters
from mutt_cli.daemons.metrics_port import keep_serving
from mutt_cli.daemons.moogsoft_sender import require_usable
from mutt_cli.daemons.probe import Health, health_page, serve
from mutt_cli.daemons.remediation import Remediation

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.runtime import Runtime


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
    look_at_redis(runtime)
