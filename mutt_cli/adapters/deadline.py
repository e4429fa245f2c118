"""A network layer for httpcore in which one deadline bounds everything a request does.

Timeouts of HTTP libraries bound each wait: a peer that sends one byte a second never exceeds them. Here the thread
sets when its request has to be over, and name resolution, connect, TLS handshake, each write and each read get
what is left of it. Clock: CLOCK_BOOTTIME, which leases are judged by too.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore

from mutt_cli.adapters import clock

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

Resolver = Callable[..., Iterable[tuple[Any, ...]]]
"""As socket.getaddrinfo."""

_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """All network work of this thread inside the block ends within `seconds`."""
    _thread.ends_at = clock.boottime_s() + seconds
    try:
        yield
    finally:
        _thread.ends_at = None


def remaining(error: type[Exception]) -> float | None:
    """Seconds left to this thread, None outside of `deadline`. Raises `error` when they are used up."""
    ends_at: float | None = getattr(_thread, "ends_at", None)
    if ends_at is None:
        return None
    left = ends_at - clock.boottime_s()
    if left <= 0:
        raise error("deadline")
    return left


class BoundedStream(httpcore.NetworkStream):
    """A connection whose every operation ends with its thread's deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, empty at the end. Raises httpcore.ReadTimeout or ReadError."""
        return self._inner.read(max_bytes, remaining(httpcore.ReadTimeout) or timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All bytes. Raises httpcore.WriteTimeout or WriteError."""
        connection: socket.socket = self._inner.get_extra_info("socket")
        view = memoryview(buffer)
        while view:  # the library's own loop would give each piece the whole time again
            connection.settimeout(remaining(httpcore.WriteTimeout) or timeout)
            try:
                view = view[connection.send(view) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection under TLS. Raises httpcore.ConnectTimeout or ConnectError."""
        left = remaining(httpcore.ConnectTimeout) or timeout
        return BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """What the connection below knows (`socket`, `is_readable`, ...)."""
        return self._inner.get_extra_info(info)


class BoundedBackend(httpcore.NetworkBackend):
    """Opens TCP connections within the thread's deadline, trying each address of a name in turn."""

    def __init__(self, resolver: Resolver = socket.getaddrinfo) -> None:
        self._inner = httpcore.SyncBackend()
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection. Raises httpcore.ConnectTimeout or ConnectError."""
        last: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("the name has no address")
        addresses = _resolve(self._resolver, host, port)
        for place, address in enumerate(addresses):
            left = remaining(httpcore.ConnectTimeout) or timeout
            share = left / (len(addresses) - place) if left is not None else None
            try:
                return BoundedStream(self._inner.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


def _resolve(resolver: Resolver, host: str, port: int) -> list[str]:
    """The addresses of a name, in the system's order.

    The resolver cannot be interrupted, so it runs in a thread of its own that is left behind if it is too slow.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = resolver(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=remaining(httpcore.ConnectTimeout))
    except queue.Empty as error:
        raise httpcore.ConnectTimeout("name resolution") from error
    if isinstance(answer, OSError):
        raise httpcore.ConnectError(f"name resolution: {answer}") from answer
    return answer
