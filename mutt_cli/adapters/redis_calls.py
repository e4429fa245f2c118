"""Tells each call of a client to Redis as it is answered: the command, the key, and how long it took.

Values are never told: they may hold what senders wrote. Calls of a pipeline go out together, so each of their times
begins with the first one.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import redis

from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.redis_client import Client


def watch(client: Client, tell: Callable[[str], None]) -> None:
    """Tell every call from now on. Connections are made anew for it."""
    pool = client.connection_pool
    pool.connection_class = type("Watched", (_Watched, pool.connection_class), {"tell": staticmethod(tell)})
    pool.disconnect()
    pool.reset()


class _Watched(redis.connection.AbstractConnection):
    """What `watch` adds to a kind of connection."""

    tell: Callable[[str], None]

    def _sent(self) -> deque[tuple[str, float]]:
        known: dict[str, Any] = self.__dict__
        waiting: deque[tuple[str, float]] = known.setdefault("_waiting", deque())
        return waiting

    def send_command(self, *args: Any, **options: Any) -> None:
        """One command."""
        self._sent().append((_named(args), boottime_s()))
        super().send_command(*args, **options)  # type: ignore[no-untyped-call]

    def pack_commands(self, commands: Any) -> Any:
        """Those of a pipeline."""
        whole = list(commands)
        self._sent().extend((_named(one), boottime_s()) for one in whole)
        return super().pack_commands(whole)  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **options: Any) -> Any:
        """One answer, to the command that was sent first."""
        try:
            return super().read_response(*args, **options)
        finally:
            waiting = self._sent()
            if waiting:
                words, began = waiting.popleft()
                self.tell(f"redis {(boottime_s() - began) * 1000:7.1f} ms  {words}")


def _named(args: Any) -> str:
    """The command and its key; of a script its first key."""
    words = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in args[:4]]
    command = words[0].upper() if words else ""
    if command.startswith("EVAL"):
        return " ".join([command, *words[3:4]])
    if command in {"AUTH", "HELLO", "CONFIG"}:
        return command
    return " ".join([command, *words[1:2]])
