"""One worker's ways to PostgreSQL and Redis: pooled, bounded in time, counted, failures named."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, bounded, cut, explain, for_reading, make_pool
from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.postgres import Connection, Pool
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.meters import WebMeters
    from mutt_cli.settings import Postgres

_PING_MS: Final = 1000


class Stores:
    """Connections for the threads of one worker process. Both stores may go and come; nothing is restarted for it."""

    def __init__(self, runtime: Runtime, meters: WebMeters) -> None:
        self._settings, self._meters = runtime.settings.postgres, meters
        self._reading = for_reading(self._settings)
        self._lock = threading.Lock()
        self._made: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        self._pool = self._replica = make_pool(self._settings, runtime.db_password, "mutt-webui", self._note)
        self._pool.open()
        if self._reading != self._settings:
            self._replica = make_pool(self._reading, runtime.db_password, "mutt-webui", self._note)
            self._replica.open()
        self._redis = runtime.redis()
        self._lent = {"db": 0, "redis": 0}

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A connection in autocommit mode. Raises MUTT-P101 to P105, also for what fails within the block."""
        with self._lending(self._pool, self._settings) as conn:
            yield conn

    @contextmanager
    def replica(self) -> Iterator[Connection]:
        """The same for what may be moments old: to POSTGRES_READ_HOST if that is set."""
        with self._lending(self._replica, self._reading) as conn:
            yield conn

    @contextmanager
    def redis(self) -> Iterator[Client]:
        """The client. Raises RedisUnavailableError or RedisRefusedError."""
        with self._counted("redis"), failures_named():
            yield self._redis

    @property
    def has_replica(self) -> bool:
        """Whether POSTGRES_READ_HOST names another server."""
        return self._replica is not self._pool

    @property
    def client(self) -> Client:
        """The client itself, for those who name its failures themselves."""
        return self._redis

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()
        self._replica.close()
        self._redis.close()

    def cut_database(self, before: float) -> None:
        """End connections to PostgreSQL made before this moment: who waits on one for an answer gets an error."""
        with self._lock:
            made = dict(self._made)
        for conn, at in made.items():
            if at < before:
                cut(conn)

    def ping_database(self) -> None:
        """Raises MuttError if PostgreSQL does not answer in time."""
        with self.database() as conn, bounded(conn, _PING_MS):
            conn.execute(b"SELECT 1")

    def ping_redis(self) -> None:
        """Raises MuttError if Redis does not answer in time."""
        with self.redis() as client:
            client.ping()

    def _note(self, conn: Connection) -> None:
        with self._lock:
            self._made[conn] = boottime_s()

    @contextmanager
    def _lending(self, pool: Pool, where: Postgres) -> Iterator[Connection]:
        try:
            with pool.connection() as conn, self._counted("db"):
                yield conn
        except DatabaseError as error:
            raise explain(error, where) from error

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
            size = sum(pool.get_stats().get("pool_size", 0) for pool in {self._pool, self._replica})
            self._meters.lent(self._lent["db"], size, self._lent["redis"])
