"""The way out: one POST to the Moogsoft webhook, and a probe without side effect, each within one total deadline.

Promise: network trouble never raises; an `Answer` says what happened in one short clean line without secrets. A post
is made at most once per call: no retry, no redirect (a 302 turned into a GET answers 200 and loses the alert,
reliability.md 2.3). As soon as the receiver's status is read it counts, whatever happens to the rest of the answer.
Built on httpcore, the engine of httpx, because httpx offers no place for a total deadline.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpcore

from mutt_cli.adapters import clock
from mutt_cli.adapters.deadline import BoundedBackend, deadline
from mutt_cli.core.delivery import Answer, retry_after_s
from mutt_cli.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAX_ANSWER: Final = 64 * 1024
"""Bytes read of an answer; a connection with more to say is closed."""
KEEPALIVE_S: Final = 15.0
SHOWN: Final = 160
"""Characters of an error answer's body that go into the text."""


@dataclass(frozen=True)
class _Target:
    """An address and the Host header that belongs to it."""

    url: httpcore.URL
    host: bytes


class MoogsoftClient:
    """Posts alerts. Safe for many threads at once, of which each keeps one connection; `close` ends them."""

    def __init__(
        self,
        url: str,
        api_key: str = "",
        timeout_s: float = 10.0,
        *,
        health_url: str = "",
        ca_file: Path | None = None,
    ) -> None:
        """`timeout_s` bounds a request in all (`MOOG_TIMEOUT`). Raises ConfigError for an address or key of no use."""
        self._webhook = _target("MOOG_WEBHOOK_URL", url)
        self._health = _target("MOOG_HEALTH_URL", health_url) if health_url else self._webhook
        self._timeout_s = timeout_s
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._thread = threading.local()
        self._pools: list[httpcore.ConnectionPool] = []
        self._key = header_key(api_key)

    def post(
        self, payload: bytes, idempotency_key: str, deadline_s: float | None = None, *, api_key: str | None = None
    ) -> Answer:
        """Post one JSON payload. `deadline_s` bounds all of it, in seconds from now (default `timeout_s`).

        `api_key` is for this post alone; None: the client's own.
        """
        headers = [(b"Content-Type", b"application/json"), (b"Idempotency-Key", _plain(idempotency_key))]
        key = self._key if api_key is None else header_key(api_key)
        return self._request("POST", self._webhook, headers, payload, deadline_s, key=key)

    def probe(self, deadline_s: float | None = None) -> Answer:
        """HEAD on the health address, else on the webhook (C-54); read it with `delivery.health`."""
        return self._request("HEAD", self._health, [], b"", deadline_s, key=self._key)

    def close(self) -> None:
        """End all connections."""
        for pool in self._pools:
            pool.close()

    def _pool(self) -> httpcore.ConnectionPool:
        """The pool of this thread alone: one that 64 threads share is searched for each request (performance.md 6)."""
        if not hasattr(self._thread, "pool"):
            self._thread.pool = httpcore.ConnectionPool(
                ssl_context=self._tls,
                max_connections=1,
                keepalive_expiry=KEEPALIVE_S,
                network_backend=BoundedBackend(),
            )
            self._pools.append(self._thread.pool)
        pool: httpcore.ConnectionPool = self._thread.pool
        return pool

    def _request(
        self,
        method: str,
        target: _Target,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        deadline_s: float | None,
        *,
        key: str,
    ) -> Answer:
        begun = clock.boottime_s()
        seconds = self._timeout_s if deadline_s is None else min(deadline_s, self._timeout_s)
        sent = [(b"Host", target.host), (b"User-Agent", b"mutt"), (b"Accept", b"application/json"), *headers]
        if key and target.url.origin == self._webhook.url.origin:  # the key belongs to the webhook's host alone
            sent.append((b"Authorization", f"Bearer {key}".encode()))
        limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), max(seconds, 0.001))}
        try:
            with (
                deadline(seconds),
                self._pool().stream(method, target.url, headers=sent, content=body, extensions=limits) as response,
            ):
                answer = _read(response, key)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            answer = _failure(error, seconds)
        return replace(answer, elapsed_s=clock.boottime_s() - begun)


def header_key(api_key: str) -> str:
    """The key as a header carries it. Raises ConfigError MUTT-M102 if none can."""
    key = api_key.strip()
    if key.isascii() and key.isprintable():
        return key
    raise ConfigError(
        "MOOG_API_KEY has characters that an HTTP header cannot carry.",
        code="MUTT-M102",
        why="No alert can be sent with it.",
        tries=("put the key into Vault again, without line breaks",),
    )


def _target(setting: str, text: str) -> _Target:
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and all("!" <= c <= "~" for c in text.strip())
        if usable and parts.username is None:
            return _Target(httpcore.URL(text.strip().partition("#")[0]), parts.netloc.encode("ascii"))
    except ValueError:  # a port that is no number, a host that is not ASCII
        usable = False
    raise ConfigError(
        f"{setting} {'holds a user name or password' if usable else 'is no http or https address'}.",
        code="MUTT-M101",
        why="No alert can be sent to it." if not usable else "It would be readable wherever the address is shown.",
        tries=(f"set {setting} to an address such as https://moogsoft.example.com/events/webhook",)
        + (("put the key into Vault as MOOG_API_KEY",) if usable else ()),
    )


def _read(response: httpcore.Response, key: str) -> Answer:
    """The answer that arrived. Its status stands, also if the rest is cut off, too long or late."""
    body = b""
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > MAX_ANSWER:
                break
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError):
        pass  # the connection is closed with the response
    wait = next((value for name, value in response.headers if name.lower() == b"retry-after"), None)
    return Answer(
        status=response.status,
        text=_told(response.status, body, key),
        retry_after_s=None if wait is None else retry_after_s(wait.decode("latin-1"), clock.now_ms()),
    )


def _told(status: int, body: bytes, key: str) -> str:
    """`HTTP 400 Bad Request: severity: required`: the status and the beginning of what was said about it."""
    try:
        line = f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        line = f"HTTP {status}"
    if 200 <= status < 300 or not body:
        return line
    said = body[:MAX_ANSWER].decode(errors="replace")
    if key:
        said = said.replace(key, "***")
    return f"{line}: {_clean(said)}"


def _clean(text: str) -> str:
    """One bounded line that can be printed."""
    shown = " ".join(text[: 4 * SHOWN].split())[:SHOWN]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)


def _failure(error: Exception, seconds: float) -> Answer:
    """What kept a status from arriving."""
    cause = error.args[0] if error.args else None  # the pool drops __cause__
    if isinstance(error, httpcore.TimeoutException | TimeoutError):
        return Answer(failure="timeout", text=f"no answer within {seconds:g} s")
    if isinstance(cause, ssl.SSLError):
        reason = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
        return Answer(failure="tls", text=f"TLS: {_clean(str(reason))}")
    if isinstance(error, httpcore.ProtocolError) and "disconnected" not in str(error):
        return Answer(failure="protocol", text=f"not HTTP: {_clean(str(error))}")
    return Answer(failure="connection", text=f"no connection: {_clean(str(error)) or type(error).__name__}")


def _plain(word: str) -> bytes:
    """A word as a header can carry it."""
    return "".join(c if "!" <= c <= "~" else "_" for c in word[:255]).encode()
