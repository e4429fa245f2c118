"""Serving a WSGI app on waitress over a socket that other processes share, with a stop that finishes what is begun."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from waitress import wasyncore
from waitress.server import create_server

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable

CONNECTIONS: Final = 1000
"""Open connections before accepting pauses: waitress's 100 is filled by a hundred idle peers (reliability.md 2.4)."""
IDLE_S: Final = 15
HEADER_BYTES: Final = 16 * 1024


def serve(
    app: Callable[..., Any],
    bound: socket.socket,
    stop: threading.Event,
    *,
    threads: int,
    max_body_bytes: int,
    stop_timeout_s: float,
    keep_proxy_headers: bool = False,
) -> None:
    """Serve until `stop`, then accept nothing more and finish requests in flight, at most `stop_timeout_s`.

    `keep_proxy_headers`: for an app that asks whether a proxy stands between; nothing they say is believed here.
    """
    channels: dict[int, Any] = {}
    server: Any = create_server(
        app,
        map=channels,
        sockets=[bound],
        threads=threads,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_S,
        cleanup_interval=5,
        asyncore_use_poll=True,
        max_request_body_size=max_body_bytes,
        max_request_header_size=HEADER_BYTES,
        ident=None,
        clear_untrusted_proxy_headers=not keep_proxy_headers,
    )
    while not stop.is_set():
        wasyncore.loop(timeout=0.2, use_poll=True, map=channels, count=1)
    server.del_channel()
    bound.close()  # with the parent's copy gone too, a new sender is refused at once and asks another host
    deadline = time.monotonic() + stop_timeout_s
    while _busy(server) and time.monotonic() < deadline:
        wasyncore.loop(timeout=0.05, use_poll=True, map=channels, count=1)
    server.task_dispatcher.shutdown(cancel_pending=False, timeout=max(0.1, deadline - time.monotonic()))
    server.close()


def _busy(server: Any) -> bool:
    """True while a request is being read, worked on, or its answer is still being written."""
    return any(
        channel.requests or channel.request is not None or channel.total_outbufs_len
        for channel in list(server.active_channels.values())
    )
