"""A stand-in for Vault that fails in ways in which a healthy server cannot be told to fail. Nothing else uses it."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = {"data": {"ttl": 3600, "creation_ttl": 3600, "renewable": True}}
ANSWERS = {
    "/v1/auth/token/lookup-self": TOKEN,
    "/v1/sys/internal/ui/mounts/secret": {"data": {"options": {"version": "2"}}},
    "/v1/secret/data/mutt/prod": {"data": {"data": {"DB_PASS": "hunter2"}}},
    "/v1/auth/approle/login": {"auth": {"client_token": "s.token"}},
}


class Stub(ThreadingHTTPServer):
    """Answers as Vault would, or as `fault` says: a status, or what `_Handler` knows by name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault = ""
        self.over = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        fault, body = self.server.fault, json.dumps(ANSWERS.get(self.path, {"data": {}})).encode()
        if fault == "hang":
            self.server.over.wait()
            return
        length = len(body) + 100 if fault in {"cut", "reset", "hang in the body"} else len(body)
        if fault == "wrong types" and "mounts" in self.path:
            fault = ""
        if fault in {"text", "list", "wrong types"}:
            body = {
                "text": b"<html>\x1b[31m",
                "list": b"[1]",
                "wrong types": b'{"data":{"ttl":{},"creation_ttl":3600,"data":[]},"auth":[]}',
            }[fault]
            length = len(body)
        self.send_response(int(fault) if fault.isdigit() else 200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body)
        if fault == "hang in the body":
            self.server.over.wait()
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def __getattr__(self, name: str) -> Any:
        """Every method is answered alike."""
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


@contextmanager
def stub() -> Iterator[Stub]:
    """A stub that answers until the block ends."""
    with Stub() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.over.set()
            made.shutdown()
