"""The metrics port of a service. If it is taken, that is logged and nothing else stops (C-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.daemons.probe import metrics_page, serve
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.daemons.runtime import Runtime

RETRY_S: Final = 10.0


def keep_serving(runtime: Runtime, host: str, port: int, setting: str, read: Callable[[], str]) -> None:
    """Serve `/metrics` until the daemon stops, as soon as the port can be had."""
    told = False
    while not runtime.stop.is_set():
        try:
            server = serve(host, port, setting, {"/metrics": metrics_page(read)})
        except MuttError as error:
            if not told:
                runtime.log.error("%s; metrics wait for the port, everything else goes on", error)  # noqa: TRY400 - told in full
            told = True
            runtime.stop.wait(RETRY_S)
            continue
        if told:
            runtime.log.info("metrics are served on port %d (%s) now", port, setting)
        runtime.stop.wait()
        server.shutdown()
        server.server_close()
