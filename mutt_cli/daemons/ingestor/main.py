"""Starting the ingestor: prepare once, bind the port, fork the workers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mutt_cli.adapters import gauges, host
from mutt_cli.adapters.metrics import Shared, page
from mutt_cli.adapters.redis_client import failures_named, require_noeviction
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.ingestor.app import create_app
from mutt_cli.daemons.ingestor.intake import INGEST_KEY, Intake
from mutt_cli.daemons.ingestor.publication import Publication
from mutt_cli.daemons.meters import IngestMeters
from mutt_cli.daemons.metrics_port import keep_serving
from mutt_cli.daemons.prefork import Prefork, listening_socket
from mutt_cli.daemons.wsgi_server import serve

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.settings import Settings


def main(*, workers: int | None = None) -> int:
    """Run the ingestor until it is told to stop; fails fast if Vault or Redis cannot be reached (C-32)."""
    runtime = runtimes.prepare("ingestor", _pod, [INGEST_KEY])
    settings = runtime.settings.ingest
    client = runtime.redis()
    with failures_named():
        client.ping()
    require_noeviction(client)
    client.close()
    bound = listening_socket(settings.host, settings.port, "INGESTOR_PORT")
    # The port is ours, so no other ingestor counts in this folder.
    shared = Shared(runtime.state_dir / "metrics" / f"ingestor-{settings.port}")
    shared.prepare()
    count = workers or settings.workers
    runtime.log.info("ingestor listens on %s:%d with %d workers", settings.host, settings.port, count)
    jobs = {f"worker {number}": partial(_work, runtime, bound, number, shared) for number in range(1, count + 1)}
    if runtime.settings.platform.prometheus_enabled:
        jobs["exporter"] = partial(_export, runtime, bound, shared)
    return Prefork(runtime.log, jobs, settings.stop_timeout, stopping=bound.close).run()


def _pod(settings: Settings) -> str:
    return settings.worker.pod_name


def _export(parent: Runtime, bound: socket.socket, shared: Shared) -> int:
    """The process that serves METRICS_PORT with the totals over all workers (C-13)."""
    bound.close()
    runtime = parent.forked(parent.pod)
    runtime.listen_to_signals()
    runtime.secret_watch.start()
    settings = runtime.settings.ingest
    keep_serving(runtime, settings.host, settings.metrics_port, "METRICS_PORT", _totals(runtime, shared))
    return int(runtime.failed)


def _totals(runtime: Runtime, shared: Shared) -> Callable[[], str]:
    read = gauges.of_ingestor(runtime.redis(), runtime.keys)
    return lambda: page("ingestor", shared.samples(), read())


def _work(parent: Runtime, bound: socket.socket, number: int, shared: Shared) -> int:
    """One worker process: its own connections, its own Vault session, the shared socket."""
    runtime = parent.forked(parent.pod)
    settings, process = runtime.settings.ingest, f"{runtime.pod}-{number}"
    core = host.pin_to_core(number) if settings.pin_workers else None  # threads inherit it: before any is started
    runtime.listen_to_signals()
    runtime.log.debug("worker %d runs on %s", number, "any core" if core is None else f"core {core}")
    runtime.follow_settings(process)
    shared.join(number)
    meters = IngestMeters()
    runtime.keep_vault(meters.vault)
    runtime.secret_watch.start([INGEST_KEY], stale=True)
    intake = Intake(runtime, process)
    publication = Publication(runtime, intake)
    told = runtime.spawn("witness", publication.run)
    serve(
        create_app(runtime, intake, meters, _totals(runtime, shared)),
        bound,
        runtime.stop,
        threads=settings.threads,
        max_body_bytes=settings.max_body_bytes,
        stop_timeout_s=settings.stop_timeout,
    )
    told.join()  # the port is free by now: a successor may listen while the last totals are published
    publication.publish()
    return runtime.end()
