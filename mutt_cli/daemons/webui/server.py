"""One PostgreSQL server as a worker of the web UI uses it: connections for requests, and one for asking how it is."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, bounded, connect_rotating, cut, explain, make_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.rotating_secret import RotatingSecret
    from mutt_cli.settings import Postgres

_NAME: Final = "mutt-webui"
_PING_MS: Final = 1000


class Server:
    """Any thread may borrow from it; one at a time may ask how it is."""

    def __init__(self, settings: Postgres, password: RotatingSecret) -> None:
        self._settings, self._password = settings, password
        self._lock = threading.Lock()
        self._made: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        """Every connection, and when it was made."""
        self._asking: Connection | None = None
        self._pool = make_pool(settings, password, _NAME, self._note)
        self._pool.open()

    @property
    def size(self) -> int:
        """Connections in the pool."""
        return int(self._pool.get_stats().get("pool_size", 0))

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A connection in autocommit mode. Raises MUTT-P101 to P105, also for what fails within the block."""
        try:
            with self._pool.connection() as conn:
                yield conn
        except DatabaseError as error:
            raise explain(error, self._settings) from error

    def ping(self) -> None:
        """Raises MuttError if it does not answer. Not through the pool: that all of it is lent is no illness."""
        try:
            if self._asking is None or self._asking.closed:
                self._asking = connect_rotating(self._settings, self._password, _NAME)
                self._note(self._asking)
            with bounded(self._asking, _PING_MS):
                self._asking.execute(b"SELECT 1")
        except DatabaseError as error:
            raise explain(error, self._settings) from error

    def cut(self, before: float) -> None:
        """End connections made before this moment: who waits on one for an answer gets an error."""
        with self._lock:
            made = dict(self._made)
        for conn, at in made.items():
            if at <= before:
                cut(conn)

    def close(self) -> None:
        """Give all connections back."""
        self._pool.close()
        if self._asking is not None:
            self._asking.close()

    def _note(self, conn: Connection) -> None:
        with self._lock:
            self._made[conn] = boottime_s()
