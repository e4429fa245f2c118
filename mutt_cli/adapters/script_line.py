"""Scripts over a connection that a thread keeps for itself.

The client's pool, retries and hooks cost a caller as much CPU as the round trip (34 us a call, 17 us here; a raw
socket would take 10), which counts where each event is a call of its own: at the door and in the forwarder's clerk.
Address, TLS, passwords and Sentinel are the client's own; so are the exceptions. Nothing is ever repeated here.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import redis

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.redis_client import Client


class ScriptLine:
    """Runs scripts; each thread that calls gets a connection of its own from a client that `connect` makes for it."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._thread = threading.local()

    def evalsha(self, digest: str, numkeys: int, *keys_and_args: Any) -> Any:
        """As the client's. Raises redis.exceptions.RedisError."""
        return self._run("EVALSHA", digest, numkeys, *keys_and_args)

    def eval(self, script: str, numkeys: int, *keys_and_args: Any) -> Any:
        """As the client's. Raises redis.exceptions.RedisError."""
        return self._run("EVAL", script, numkeys, *keys_and_args)

    def _run(self, *words: Any) -> Any:
        connection = self._connection()
        try:
            connection.send_packed_command(connection.pack_command(*words))
            return connection.read_response()
        except redis.exceptions.ResponseError:
            raise  # an answer: the connection is in order
        except BaseException:
            self._drop(connection)  # a reply that comes later must not be taken for the next one's
            raise

    def _connection(self) -> Any:
        """The connection of this thread, made anew if the server has closed it since."""
        connection = getattr(self._thread, "connection", None)
        if connection is not None and self._is_stale(connection):
            self._drop(connection)
            connection = None
        if connection is None:
            self._thread.client = self._connect()
            connection = self._thread.connection = self._thread.client.connection_pool.get_connection()
        return connection

    @staticmethod
    def _is_stale(connection: Any) -> bool:
        """Nothing was asked yet, so what can be read is the end of the connection, or not for us."""
        try:
            return bool(connection.can_read(timeout=0))
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError):
            return True

    def _drop(self, connection: Any) -> None:
        self._thread.connection = None
        connection.disconnect()
