"""The small HTTP server of a worker: `/health` on one port, `/metrics` on another.

Bodies are exactly those of contract.md section 6, keys in that order; `/health?verbose=1` adds detail (C-03).
"""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mutt_cli.errors import EX_CONFIG, MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    Page = Callable[[], tuple[int, str, bytes]]
    Pages = dict[str, Page]

Health = dict[str, str]
"""Fields of the health body; `status` is `healthy` or `unhealthy`."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 15
    pages: Pages

    def do_GET(self) -> None:
        page = self.pages.get(urlsplit(self.path).path)
        status, kind, body = page() if page else (404, "text/plain", b"not here\n")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def log_message(self, *_args: object) -> None:
        """Health checks are not news; a checker that resets connections must not fill the log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """A peer that hangs up (HAProxy's checker does) is no error of ours."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def health_page(read: Callable[[], Health]) -> Callable[[], tuple[int, str, bytes]]:
    """200 with the body while healthy, 503 otherwise."""

    def page() -> tuple[int, str, bytes]:
        body = read()
        status = 200 if body.get("status") == "healthy" else 503
        return status, "application/json", health_text(body)

    return page


def health_text(body: Health) -> bytes:
    """The JSON of a health body with the spaces of SO:284-288: scripts compare it as text (C-03)."""
    return json.dumps(body).encode()


def metrics_page(read: Callable[[], str]) -> Callable[[], tuple[int, str, bytes]]:
    """Prometheus text."""
    return lambda: (200, "text/plain; version=0.0.4; charset=utf-8", read().encode())


def serve(host: str, port: int, setting: str, pages: Pages) -> _Server:
    """Serve pages in the background. Raises MuttError MUTT-D120 naming the setting if the port is taken."""
    try:
        server = (_Server6 if ":" in host else _Server)((host, port), _handler(pages))
    except OSError as error:
        raise MuttError(
            f"cannot listen on {host}:{port} ({setting}): {error.strerror}",
            code="MUTT-D120",
            tries=(f"ss -ltnp 'sport = :{port}'", f"set another {setting}"),
            exit_code=EX_CONFIG,
        ) from error
    return _begin(server)


def serve_on(bound: socket.socket, pages: Pages) -> None:
    """Serve pages in the background on a socket that listens already."""
    server = _Server(bound.getsockname()[:2], _handler(pages), bind_and_activate=False)
    server.socket.close()
    server.socket = bound
    _begin(server)


def _handler(pages: Pages) -> type[_Handler]:
    return type("Handler", (_Handler,), {"pages": pages})


def _begin(server: _Server) -> _Server:
    threading.Thread(target=server.serve_forever, name=f"http-{server.server_address[1]}", daemon=True).start()
    return server
