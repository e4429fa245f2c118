"""One worker's ways to PostgreSQL and Redis: pooled, bounded in time, counted, failures named."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mutt_cli.adapters.postgres import for_reading
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.daemons.webui.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.meters import WebMeters


class Stores:
    """Connections for the threads of one worker process. Both stores may go and come; nothing is restarted for it."""

    def __init__(self, runtime: Runtime, meters: WebMeters) -> None:
        settings, self._meters = runtime.settings.postgres, meters
        reading = for_reading(settings)
        self._primary = self._replica = Server(settings, runtime.db_password)
        if reading != settings:
            self._replica = Server(reading, runtime.db_password)
        self._redis = runtime.redis()
        self._lock = threading.Lock()
        self._lent = {"db": 0, "redis": 0}

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A connection in autocommit mode. Raises MUTT-P101 to P105, also for what fails within the block."""
        with self._primary.lent() as conn, self._counted("db"):
            yield conn

    @contextmanager
    def replica(self) -> Iterator[Connection]:
        """The same for what may be moments old: to POSTGRES_READ_HOST if that is set."""
        with self._replica.lent() as conn, self._counted("db"):
            yield conn

    @contextmanager
    def redis(self) -> Iterator[Client]:
        """The client. Raises RedisUnavailableError or RedisRefusedError."""
        with self._counted("redis"), failures_named():
            yield self._redis

    @property
    def has_replica(self) -> bool:
        """Whether POSTGRES_READ_HOST names another server."""
        return self._replica is not self._primary

    @property
    def servers(self) -> Mapping[str, Server]:
        """The servers of PostgreSQL: `postgres`, and `replica` if there is one."""
        return {"postgres": self._primary} | ({"replica": self._replica} if self.has_replica else {})

    @property
    def client(self) -> Client:
        """The client itself, for those who name its failures themselves."""
        return self._redis

    def close(self) -> None:
        """Give all connections back."""
        for server in self.servers.values():
            server.close()
        self._redis.close()

    def ping_redis(self) -> None:
        """Raises MuttError if Redis does not answer in time."""
        with self.redis() as client:
            client.ping()

    @contextmanager
    def _counted(self, store: str) -> Iterator[None]:
        self._count(store, 1)
        try:
            yield
        finally:
            self._count(store, -1)

    def _count(self, store: str, change: int) -> None:
        with self._lock:
            self._lent[store] += change
            size = sum(server.size for server in self.servers.values())
            self._meters.lent(self._lent["db"], size, self._lent["redis"])
