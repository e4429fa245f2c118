"""A stand-in for Moogsoft: it shows what arrived and can be told to fail. For `mutt up`, drills and fault tests.

Promise: an accepted post is in memory, and in the record file if there is one, before its answer leaves; a refused
one never is. What `/received` and the file show was accepted, whether or not the sender heard of it.

- `POST` any path: the webhook. `HEAD` any path: 200, or the status that a post with its key would get; at once.
- `GET /health`: 200. `GET /received?since=N&limit=M`: accepted posts with `seq` above N, oldest first.
- `GET /counts`: `posts` accepted = `unique` + `duplicates` (by Idempotency-Key), and `refused`.
- `PUT /behaviour`: how to fail (`Behaviour`), `GET` shows it, `DELETE` heals. `DELETE /received` forgets all.
"""

from __future__ import annotations

import secrets
import signal
import socket
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from mutt_cli.adapters import clock
from mutt_cli.core.moment import rfc3339
from mutt_cli.daemons.behaviour import Behaviour, Fate, fate
from mutt_cli.daemons.mailbox import Mailbox

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

MAX_BODY: Final = 1 << 20
PAGE: Final = 10_000
"""Most records in one answer of `/received`."""
IDLE_S: Final = 60.0
"""A connection that says nothing for so long is closed."""

_chance = secrets.SystemRandom().random


@dataclass(frozen=True)
class _Set:
    """A behaviour and when it was set."""

    behaviour: Behaviour
    since_s: float


class _Server(ThreadingHTTPServer):
    """One thread per connection; all of them end with the process."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.told = _Set(Behaviour(), 0.0)
        self.stopping = threading.Event()
        self.open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request_thread(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Serve one connection and know it while it is open."""
        self.open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.open.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that went away is no news; tests make many of them."""


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_S

    def do_POST(self) -> None:
        """The webhook: decide, record, wait, answer."""
        body = self._body()
        if body is None:
            return
        told = self.server.told
        sent = self.headers.get("Authorization", "")
        end = fate(told.behaviour, body, clock.boottime_s() - told.since_s, _chance(), sent)
        if end.accepted:
            key = self.headers.get("Idempotency-Key", "")
            self.server.mailbox.accept(rfc3339(clock.now_ms()), key, self.path, body)
        else:
            self.server.mailbox.refuse()
        if end.delay_s:
            self.server.stopping.wait(end.delay_s)
        if end.drop:
            self.close_connection = True
            return
        self._answer(end.status, _said(end), told.behaviour.retry_after)

    def do_HEAD(self) -> None:
        """The probe of contradictions.md C-54: no side effect."""
        told = self.server.told
        age_s = clock.boottime_s() - told.since_s
        end = fate(told.behaviour, b"", age_s, _chance(), self.headers.get("Authorization", ""))
        self._answer(end.status, b"", told.behaviour.retry_after)

    def do_GET(self) -> None:
        """What arrived."""
        url = urlsplit(self.path)
        if url.path == "/health":
            self._answer(200, b'{"status":"healthy"}')
        elif url.path == "/counts":
            self._answer(200, msgspec.json.encode(self.server.mailbox.counts()))
        elif url.path == "/behaviour":
            self._answer(200, msgspec.json.encode(self.server.told.behaviour))
        elif url.path == "/received":
            words = parse_qs(url.query)
            since, limit = _number(words.get("since"), 0), _number(words.get("limit"), PAGE)
            self._answer(200, self.server.mailbox.since(since, min(limit, PAGE)))
        else:
            self._answer(404, b'{"error":"not found"}')

    def do_PUT(self) -> None:
        """Set how to fail."""
        body = self._body()
        if body is None:
            return
        if self.path != "/behaviour":
            self._answer(404, b'{"error":"not found"}')
            return
        try:
            behaviour = msgspec.json.decode(body, type=Behaviour)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._answer(400, msgspec.json.encode({"error": str(error)}))
            return
        self.server.told = _Set(behaviour, clock.boottime_s())
        self._answer(200, msgspec.json.encode(behaviour))

    def do_DELETE(self) -> None:
        """Heal, or forget what arrived."""
        if self.path == "/behaviour":
            self.server.told = _Set(Behaviour(), 0.0)
        elif self.path == "/received":
            self.server.mailbox.clear()
        else:
            self._answer(404, b'{"error":"not found"}')
            return
        self._answer(200, b"{}")

    def log_message(self, *_: object) -> None:
        """The record is the log."""

    def _body(self) -> bytes | None:
        """The request's body; None if it was answered with an error, or the peer went away while sending it."""
        self.close_connection = self.close_connection or "Transfer-Encoding" in self.headers
        length = _number([self.headers.get("Content-Length", "")], -1)
        if length < 0 or length > MAX_BODY:
            self.close_connection = True
            self._answer(411 if length < 0 else 413, b"{}")
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return None
        return body

    def _answer(self, status: int, body: bytes, retry_after: int | None = None) -> None:
        """Write one answer in one packet; written by hand because `send_response` formats a date each time."""
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", "Content-Type: application/json"]
        if status != 204:
            lines.append(f"Content-Length: {len(body)}")
        if retry_after is not None and status >= 300:
            lines.append(f"Retry-After: {retry_after}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self.wfile.write(head if self.command == "HEAD" or status in {204, 304} else head + body)


def _said(end: Fate) -> bytes:
    return msgspec.json.encode({"status": end.detail} if end.accepted else {"error": end.detail})


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Told"


def _number(words: list[str] | None, otherwise: int) -> int:
    text = words[0] if words else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else otherwise


class Simulator:
    """The simulator in threads of this process; `with Simulator() as simulator:` serves until the block ends."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, record_file: Path | None = None) -> None:
        """Port 0 takes a free one. Raises OSError if the address is taken or the file cannot be opened."""
        self.mailbox = Mailbox(record_file)
        try:
            self._server = _Server((host, port), self.mailbox)
        except OSError:
            self.mailbox.close()
            raise
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The webhook's address."""
        return f"http://{self._server.server_address[0]!s}:{self.port}/webhook"

    def behave(self, behaviour: Behaviour) -> None:
        """As `PUT /behaviour`; the empty one heals."""
        self._server.told = _Set(behaviour, clock.boottime_s())

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, end all connections and close the file."""
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for connection in tuple(self._server.open):
            _shut(connection)
        self.mailbox.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it ended by itself meanwhile


def serve(host: str, port: int, record_file: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT; to be called in the main thread. Raises OSError if it cannot begin."""
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread begins, so that only sigwait takes them
    with Simulator(host, port, record_file):
        signal.sigwait(ends)
