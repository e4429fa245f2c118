"""The ingestor's WSGI app: thin falcon resources over `Intake`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import falcon
import msgspec

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.exposition import CONTENT_TYPE
from mutt_cli.core.intake_answer import stopped_retry_s
from mutt_cli.daemons.ingestor.intake import Request
from mutt_cli.daemons.probe import health_text
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.core.intake_answer import Reply
    from mutt_cli.daemons.ingestor.intake import Intake
    from mutt_cli.daemons.meters import IngestMeters
    from mutt_cli.daemons.runtime import Runtime

PATHS = ("/ingest", "/api/v1/ingest", "/api/v2/ingest")
"""One door, three names (C-06)."""
PING_EVERY_S = 1.0


class IngestResource:
    """`POST /ingest`."""

    def __init__(self, intake: Intake, meters: IngestMeters) -> None:
        self._intake, self._meters = intake, meters

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take one object, an array or NDJSON."""
        began, reply = boottime_s(), None
        request = Request(
            body=req.bounded_stream.read(),
            content_type=(req.content_type or "").lower(),
            content_encoding=req.get_header("Content-Encoding") or "",
            api_key=req.get_header("X-API-Key") or "",
            correlation_id=req.get_header("X-Correlation-ID") or "",
            idempotency_key=req.get_header("Idempotency-Key") or "",
            sender=req.remote_addr or "",
        )
        try:
            reply = self._intake.take(request)
        finally:
            self._meters.answered(reply, boottime_s() - began)
        _answer(resp, reply)


class MetricsResource:
    """`GET /metrics`: the totals over all workers, as on METRICS_PORT (C-01)."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Prometheus text."""
        resp.text = self._read()
        resp.content_type = CONTENT_TYPE


class HealthResource:
    """`GET /health`: 503 without Redis, and while the intake is stopped.

    Vault's loss is shown and harmless while secrets are in memory (C-32).
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._client = runtime.redis()
        self._lock = threading.Lock()
        self._asked_at, self._redis = -PING_EVERY_S, "error"

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The body of SO:284, keys in that order."""
        redis, holds = self._redis_word(), self._runtime.holds
        status = "stopped" if holds.hold else "healthy" if redis == "ok" else "unhealthy"
        resp.data = health_text({"status": status, "redis": redis, "vault": self._runtime.vault.health})
        resp.content_type = falcon.MEDIA_JSON
        resp.status = falcon.HTTP_200 if status == "healthy" else falcon.HTTP_503
        if status == "stopped":
            resp.set_header("Retry-After", str(stopped_retry_s(holds.left_s)))

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


def create_app(
    runtime: Runtime, intake: Intake, meters: IngestMeters, metrics: Callable[[], str]
) -> falcon.App[falcon.Request, falcon.Response]:
    """The app of one worker process."""
    app = falcon.App()
    ingest = IngestResource(intake, meters)
    for path in PATHS:
        app.add_route(path, ingest)
    app.add_route("/health", HealthResource(runtime))
    app.add_route("/metrics", MetricsResource(metrics))
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
