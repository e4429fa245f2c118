"""The way in, from the sender's side: one POST to the ingest API within one total deadline.

Promise: network trouble never raises; it is a `Silence` that says whether the request may have arrived. A post is
made at most once per call: no retry, no redirect. The key goes to the address given and appears nowhere else.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

import httpcore

from mutt_cli.adapters import clock
from mutt_cli.adapters.deadline import BoundedBackend, deadline
from mutt_cli.core.delivery import retry_after_s
from mutt_cli.core.ingest_reply import Reply, Silence
from mutt_cli.errors import AuthError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

MAX_ANSWER: Final = 4 << 20
"""Bytes read of an answer; five hundred items need about 70 KiB."""
_NOT_SENT: Final = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
_TROUBLE: Final = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)


class IngestClient:
    """Posts batches as NDJSON to one ingestor over a kept connection. Not for several threads."""

    def __init__(self, url: str, api_key: str) -> None:
        """`url` is the ingestor's address, with or without the path. Raises UsageError or AuthError if unusable."""
        self._url, self._host = _target(url)
        self._key = _header_value(api_key)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=1, network_backend=BoundedBackend()
        )

    @property
    def address(self) -> str:
        """Scheme, host and port, for people."""
        return f"{self._url.scheme.decode()}://{self._host.decode()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    def post(self, body: bytes, idempotency_key: str, seconds: float) -> Reply | Silence:
        """Post NDJSON; `seconds` bound all of it."""
        headers = [
            (b"Host", self._host), (b"User-Agent", b"mutt"), (b"Content-Type", b"application/x-ndjson"),
            (b"X-API-Key", self._key), (b"Idempotency-Key", idempotency_key.encode("ascii")),
        ]  # fmt: skip
        try:
            with deadline(seconds), self._pool.stream("POST", self._url, headers=headers, content=body) as response:
                return _read(response)
        except _TROUBLE as error:
            return Silence(_told(error), maybe=not isinstance(error, _NOT_SENT))


def _read(response: httpcore.Response) -> Reply:
    """The whole answer: half of one does not say which events were accepted, and raises like a broken connection."""
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise httpcore.RemoteProtocolError("the answer is too long")
    asked = next((value for name, value in response.headers if name.lower() == b"retry-after"), None)
    wait = None if asked is None else retry_after_s(asked.decode("latin-1"), clock.now_ms())
    return Reply(response.status, body, wait)


def _told(error: Exception) -> str:
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return "no answer in time"
    if isinstance(error, httpcore.ConnectError):
        return "no connection"
    return "the connection broke before the answer"


def _target(text: str) -> tuple[httpcore.URL, bytes]:
    url = text.strip().partition("#")[0]
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.username is None and url.isascii() and url.isprintable() and " " not in url
    except ValueError:  # a port that is no number
        usable = False
    if not usable:
        raise UsageError(
            "the ingestor's address is no plain http or https address",
            code="MUTT-U021",
            tries=("mutt ingest send --url http://127.0.0.1:8080 ...",),
        )
    path = parts.path.rstrip("/")
    whole = url if path.endswith("/ingest") else f"{parts.scheme}://{parts.netloc}{path}/ingest"
    return httpcore.URL(whole), parts.netloc.encode("ascii")


def _header_value(api_key: str) -> bytes:
    key = api_key.strip()
    if not (key and key.isprintable()):
        raise AuthError(
            "the ingest API key is empty or has characters that an HTTP header cannot carry",
            code="MUTT-D402",
            why="The ingestor would refuse every event.",
            tries=("put the key alone on the first line of the file",),
        )
    return key.encode()
