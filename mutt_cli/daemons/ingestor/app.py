"""The ingestor's WSGI app: thin falcon resources over `Intake`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import falcon
import msgspec

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.daemons.ingestor.intake import Request
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from mutt_cli.core.intake_answer import Reply
    from mutt_cli.daemons.ingestor.intake import Intake
    from mutt_cli.daemons.runtime import Runtime

PATHS = ("/ingest", "/api/v1/ingest", "/api/v2/ingest")
"""One door, three names (C-06)."""
PING_EVERY_S = 1.0


class IngestResource:
    """`POST /ingest`."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take one object, an array or NDJSON."""
        request = Request(
            body=req.bounded_stream.read(),
            content_type=(req.content_type or "").lower(),
            content_encoding=req.get_header("Content-Encoding") or "",
            api_key=req.get_header("X-API-Key") or "",
            correlation_id=req.get_header("X-Correlation-ID") or "",
            idempotency_key=req.get_header("Idempotency-Key") or "",
            sender=req.remote_addr or "",
        )
        _answer(resp, self._intake.take(request))


class HealthResource:
    """`GET /health`: 503 without Redis; Vault's loss is shown and harmless while secrets are in memory (C-32)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._client = runtime.redis()
        self._lock = threading.Lock()
        self._asked_at, self._redis = -PING_EVERY_S, "error"

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The body of SO:284, keys in that order."""
        redis = self._redis_word()
        status = "healthy" if redis == "ok" else "unhealthy"
        resp.data = msgspec.json.encode({"status": status, "redis": redis, "vault": self._runtime.vault.health})
        resp.content_type = falcon.MEDIA_JSON
        resp.status = falcon.HTTP_200 if redis == "ok" else falcon.HTTP_503

    def _redis_word(self) -> str:
        with self._lock:
            if boottime_s() - self._asked_at >= PING_EVERY_S:
                try:
                    with failures_named():
                        self._client.ping()
                    self._redis = "ok"
                except MuttError:
                    self._redis = "error"
                self._asked_at = boottime_s()
            return self._redis


def create_app(runtime: Runtime, intake: Intake) -> falcon.App[falcon.Request, falcon.Response]:
    """The app of one worker process."""
    app = falcon.App()
    ingest = IngestResource(intake)
    for path in PATHS:
        app.add_route(path, ingest)
    app.add_route("/health", HealthResource(runtime))
    app.set_error_serializer(_plain_error)
    return app


def _answer(resp: falcon.Response, reply: Reply) -> None:
    resp.data = msgspec.json.encode(reply.body)
    resp.content_type = falcon.MEDIA_JSON
    resp.status = falcon.code_to_http_status(reply.status)
    if reply.retry_after_s:
        resp.set_header("Retry-After", str(reply.retry_after_s))


def _plain_error(_req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    """Errors of the framework (404, 405, 500) look like ours; no trace leaves the process."""
    resp.data = msgspec.json.encode({"status": "error", "reason": "http", "detail": error.title or "error"})
    resp.content_type = falcon.MEDIA_JSON
