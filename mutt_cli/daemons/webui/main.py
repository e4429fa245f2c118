"""Starting the web UI: prepare once, bind the port, fork the workers."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import configuration
from mutt_cli.adapters.metrics import Shared, page
from mutt_cli.daemons import runtime as runtimes
from mutt_cli.daemons.prefork import Prefork, listening_socket
from mutt_cli.daemons.webui.api.endpoint import Place
from mutt_cli.daemons.webui.app import create_app
from mutt_cli.daemons.webui.frames import FrameKeeper, folders_of
from mutt_cli.daemons.webui.keys import WEBUI_KEY
from mutt_cli.daemons.webui.meters import WebMeters
from mutt_cli.daemons.webui.stores import Stores
from mutt_cli.daemons.webui.vitals import Vitals
from mutt_cli.daemons.wsgi_server import serve

if TYPE_CHECKING:
    import socket

    from mutt_cli.daemons.runtime import Runtime

SECRETS: Final = (WEBUI_KEY, "DB_PASS")
THREADS: Final = 8
"""Requests at a time in one worker; fewer than POSTGRES_POOL_MAX, so that none waits for a connection."""
MAX_BODY_BYTES: Final = 64 * 1024
STOP_S: Final = 30.0
"""contract.md 1.4: requests in flight are finished within this time."""


def main(*, workers: int | None = None) -> int:
    """Run the web UI until it is told to stop; fails fast without Vault, waits for Redis and PostgreSQL (SO:188)."""
    runtime = runtimes.prepare("webui", lambda settings: settings.worker.pod_name, SECRETS)
    settings = runtime.settings.webui
    bound = listening_socket(settings.host, settings.port, "WEBUI_PORT")
    # The port is ours, so no other web UI counts in this folder.
    shared = Shared(runtime.state_dir / "metrics" / f"webui-{settings.port}")
    shared.prepare()
    count = workers or settings.workers
    runtime.log.info("web UI listens on %s:%d with %d workers", settings.host, settings.port, count)
    jobs = {f"worker {number}": partial(_work, runtime, bound, number, shared) for number in range(1, count + 1)}
    return Prefork(runtime.log, jobs, STOP_S, stopping=bound.close).run()


def _work(parent: Runtime, bound: socket.socket, number: int, shared: Shared) -> int:
    """One worker process: its own connections, its own Vault session, the shared socket."""
    runtime = parent.forked(parent.pod)
    runtime.listen_to_signals()
    runtime.follow_settings(f"{runtime.pod}-{number}")
    shared.join(number)
    meters = WebMeters()
    runtime.keep_vault(meters.vault)
    runtime.secret_watch.start(SECRETS, stale=True)
    stores = Stores(runtime, meters)
    if number == 1:
        runtime.spawn("frames", FrameKeeper(runtime).run)
    place = Place(runtime, configuration.load(os.environ), folders_of(runtime))
    vitals = Vitals(stores)
    runtime.spawn("vitals", partial(vitals.attend, runtime.stop))
    runtime.spawn("relief", partial(vitals.relieve, runtime.stop))
    app = create_app(place, stores, vitals, meters, lambda: page("webui", shared.samples(), {}))
    serve(
        app, bound, runtime.stop, threads=THREADS, max_body_bytes=MAX_BODY_BYTES, stop_timeout_s=STOP_S,
        keep_proxy_headers=True,
    )  # fmt: skip
    stores.close()
    return runtime.end()
