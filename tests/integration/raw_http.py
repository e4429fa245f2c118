"""Servers that misbehave byte by byte, for the tests of the way out."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutt_cli.adapters.moogsoft import MoogsoftClient

PAYLOAD = b'{"severity":4,"description":"down","source":"core-sw1"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that runs `talk` on each connection; yields the webhook's address."""
    listener = socket.create_server(("127.0.0.1", 0))
    alive: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                talk(connection)
            except OSError:
                return  # the client left, as it should

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            alive.append(connection)
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/events"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in alive:
            connection.close()


def request_of(connection: socket.socket) -> bytes:
    """One whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def answers(answer: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(answer)

    return talk


def lasted(client: MoogsoftClient, payload: bytes = PAYLOAD) -> float:
    """Seconds until a post with a deadline of 0.5 s ended, as a timeout."""
    begun = time.monotonic()
    answer = client.post(payload, "1", deadline_s=0.5)
    client.close()
    assert answer.failure == "timeout", answer
    return time.monotonic() - begun


def drip(text: bytes) -> Callable[[socket.socket], None]:
    """Answers one byte each 50 ms: no single wait is long."""

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        for n in range(len(text)):
            connection.sendall(text[n : n + 1])
            time.sleep(0.05)

    return talk


def silence(connection: socket.socket) -> None:
    """Takes everything and never says a word."""
    while connection.recv(65_536):
        pass
