"""What one worker of the web UI counts."""

from __future__ import annotations

from mutt_cli.adapters.metrics import Metrics
from mutt_cli.core.metrics import VAULT_TTL


class WebMeters:
    """Counts of one worker process; any of its threads may count."""

    def __init__(self) -> None:
        self.metrics = Metrics("webui")

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one request to the API."""
        kind = "5xx" if status >= 500 else "4xx" if status >= 400 else "2xx"
        self.metrics.add("mutt_webui_api_requests_total", endpoint, kind)
        self.metrics.observe("mutt_webui_api_latency_seconds", seconds, endpoint)

    def vault(self, left_s: float) -> None:
        """Note how long this worker's token lives."""
        self.metrics.set(VAULT_TTL, left_s)

    def lent(self, database: int, database_size: int, redis: int) -> None:
        """Note how many connections are in use, and how many PostgreSQL has given us."""
        self.metrics.set("mutt_webui_db_pool_in_use", database)
        self.metrics.set("mutt_webui_db_pool_size", database_size)
        self.metrics.set("mutt_webui_redis_pool_in_use", redis)
