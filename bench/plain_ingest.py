"""The door's work without its promises: what the machine gives to the same falcon and waitress.

A key check, a typed decode, one LPUSH before the answer. No id, no ledger, no cap, no limiter, no witness, no log, no
metrics, no verdict per item. One process with waitress's 4 threads, pinned to one core (performance.md section 5, the
cell "waitress 4 threads, pinned"). Run by bench/ingest.py, which compares the two.

    python -m bench.plain_ingest PORT SOCKET API_KEY
"""

from __future__ import annotations

import hmac
import logging
import os
import sys
import threading
from typing import Annotated

import falcon
import msgspec
import redis
from waitress import serve

QUEUE = "plain:ingest"
THREADS = 4


class Event(msgspec.Struct, gc=False):
    """An event as strict as a type can make it."""

    timestamp: str
    hostname: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    message: Annotated[str, msgspec.Meta(min_length=1, max_length=8192)]
    severity: str = ""
    facility: str = ""


_one = msgspec.json.Decoder(Event).decode
_lines = msgspec.json.Decoder(Event).decode_lines


class Ingest:
    """`POST /ingest`: one object, or lines of them."""

    def __init__(self, socket: str, key: str) -> None:
        self._socket, self._key = socket, key.encode()
        self._local = threading.local()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Check, decode, push, answer."""
        if not hmac.compare_digest((req.get_header("X-API-Key") or "").encode(), self._key):
            raise falcon.HTTPUnauthorized
        data = req.bounded_stream.read()
        events = _lines(data) if "ndjson" in (req.content_type or "") else [_one(data)]
        self._client().lpush(QUEUE, *map(msgspec.json.encode, events))
        resp.data = b'{"status":"queued","n":%d}' % len(events)
        resp.content_type = falcon.MEDIA_JSON

    def _client(self) -> redis.Redis:
        """One connection for each thread: no lock of a pool."""
        if not hasattr(self._local, "client"):
            self._local.client = redis.Redis(unix_socket_path=self._socket, single_connection_client=True)
        client: redis.Redis = self._local.client
        return client


def main(port: int, socket: str, key: str) -> None:
    """Serve until killed."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # where the first worker of the ingestor is too
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = falcon.App()
    app.add_route("/ingest", Ingest(socket, key))
    serve(app, host="127.0.0.1", port=port, threads=THREADS, asyncore_use_poll=True, connection_limit=1000, ident=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
