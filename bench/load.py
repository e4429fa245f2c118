"""The load: one process that keeps N connections busy with the same POST, and says how many answers it got.

    python -m bench.load PORT API_KEY single|batch CONNECTIONS SECONDS     load on a server that runs
    python -m bench.load ceiling single|batch CONNECTIONS SECONDS          its own limit

Raw sockets and one epoll loop, no HTTP library: the generator shares the cores with what it measures, so it has to be
cheap. Its ceiling is measured against a responder of the same make that reads the length and answers at once.
Printed is one JSON object.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import statistics
import sys
import time
from dataclasses import dataclass, field

import msgspec

from bench.sink import Sink, is_whole

BATCH = 500
_WAIT_S = 5.0
"""Longest silence of all connections together: the server is stuck, and the run ends with what there is."""


class Result(msgspec.Struct):
    """What one run saw."""

    answers: int
    events: int
    bad: int
    """Answers that were no 200, and connections that broke."""
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: float
    """The generator's own."""


def event(number: int) -> bytes:
    """About 200 bytes, as performance.md section 5 has it."""
    text = f"%LINK-3-UPDOWN: Interface GigabitEthernet1/0/{number % 48}, changed state to up, carrier restored"
    fields = {"hostname": f"acc-ber-{number % 500:03d}", "severity": "info", "facility": "local7", "message": text}
    return msgspec.json.encode(fields | {"timestamp": "2026-11-23T23:00:00.000Z"})


def body(kind: str) -> tuple[bytes, str, int]:
    """Body, content type and number of events of one request."""
    if kind == "single":
        return event(1), "application/json", 1
    return b"\n".join(event(n) for n in range(BATCH)) + b"\n", "application/x-ndjson", BATCH


def request(kind: str, key: str) -> tuple[bytes, int]:
    """The bytes of one request and its events."""
    content, media, events = body(kind)
    head = (
        f"POST /ingest HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content, events


@dataclass
class Exchange:
    """One connection: what is still to be written of the request, and what has come of the answer."""

    sock: socket.socket
    rest: memoryview = field(default_factory=lambda: memoryview(b""))
    got: bytes = b""
    began: float = 0.0


class Generator:
    """Keeps its connections busy until the time is over."""

    def __init__(self, port: int, data: bytes, connections: int) -> None:
        self._data, self._poll = data, select.epoll()
        self._exchanges: dict[int, Exchange] = {}
        self.times: list[float] = []
        self.bad = 0
        for _ in range(connections):
            sock = socket.create_connection(("127.0.0.1", port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(0)
            self._exchanges[sock.fileno()] = Exchange(sock)
            self._poll.register(sock.fileno(), select.EPOLLIN)

    def run(self, seconds: float) -> float:
        """Send and count; returns the seconds it took. What is under way at the end is not counted."""
        began = time.perf_counter()
        for exchange in list(self._exchanges.values()):
            self._ask(exchange)
        ends = began + seconds
        while time.perf_counter() < ends and self._exchanges:
            ready = self._poll.poll(_WAIT_S)
            if not ready:
                self.bad += len(self._exchanges)
                break
            for number, what in ready:
                exchange = self._exchanges[number]
                if what & select.EPOLLOUT:
                    self._write(exchange)
                if what & ~select.EPOLLOUT:
                    self._read(exchange)
        return time.perf_counter() - began

    def _ask(self, exchange: Exchange) -> None:
        exchange.rest, exchange.got, exchange.began = memoryview(self._data), b"", time.perf_counter()
        self._write(exchange)

    def _write(self, exchange: Exchange) -> None:
        whole = len(exchange.rest) == len(self._data)
        try:
            exchange.rest = exchange.rest[exchange.sock.send(exchange.rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(exchange)
            return
        if exchange.rest:
            self._poll.modify(exchange.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)
        elif not whole:
            self._poll.modify(exchange.sock.fileno(), select.EPOLLIN)

    def _read(self, exchange: Exchange) -> None:
        try:
            data = exchange.sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(exchange)
            return
        exchange.got = exchange.got + data if exchange.got else data
        if is_whole(exchange.got):
            self.times.append(time.perf_counter() - exchange.began)
            self.bad += not exchange.got.startswith(b"HTTP/1.1 200")
            self._ask(exchange)

    def _drop(self, exchange: Exchange) -> None:
        self.bad += 1
        self._poll.unregister(exchange.sock.fileno())
        del self._exchanges[exchange.sock.fileno()]
        exchange.sock.close()


def measure(port: int, key: str, kind: str, connections: int, seconds: float) -> Result:
    """Load a server and tell what it did."""
    data, events = request(kind, key)
    generator = Generator(port, data, connections)
    cpu = time.process_time()
    took = generator.run(seconds)
    cpu = time.process_time() - cpu
    times = sorted(generator.times) or [0.0]
    good = len(generator.times) - generator.bad
    late = times[min(len(times) - 1, int(len(times) * 0.99))]
    middle = statistics.median(times)
    return Result(len(generator.times), good * events, generator.bad, took, middle * 1000, late * 1000, cpu)


def ceiling(kind: str, connections: int, seconds: float) -> Result:
    """What the generator reaches against the responder, the two sharing this machine."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        responder = multiprocessing.get_context("fork").Process(target=Sink(listener).run, daemon=True)
        responder.start()
        try:
            return measure(listener.getsockname()[1], "k", kind, connections, seconds)
        finally:
            responder.terminate()
            responder.join()


def main(words: list[str]) -> None:
    """Run and print."""
    if words[0] == "ceiling":
        result = ceiling(words[1], int(words[2]), float(words[3]))
    else:
        result = measure(int(words[0]), words[1], words[2], int(words[3]), float(words[4]))
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
