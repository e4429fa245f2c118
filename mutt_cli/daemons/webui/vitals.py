"""Whether Redis and PostgreSQL answer, as /health and the pages say it; and what is done when PostgreSQL hangs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Event

ASK_EVERY_S: Final = 1.0
HANGS_S: Final = 2.5
"""Who has not answered for so long hangs: less than an attempt to connect takes (adapters/postgres.py)."""
_LOOK_EVERY_S: Final = 0.3
TOLD: Final = ("redis", "postgres")


class Asked(Protocol):
    """A server of PostgreSQL."""

    def ping(self) -> None:
        """Ask it. Raises MuttError if there is no answer."""

    def cut(self, before: float) -> None:
        """End the connections to it that were made before this moment."""


class Stores(Protocol):
    """What is asked."""

    @property
    def servers(self) -> Mapping[str, Asked]:
        """`postgres`, and `replica` if there is one."""

    def ping_redis(self) -> None:
        """Ask Redis. Raises MuttError if there is no answer."""


class Vitals:
    """Whether both stores answer: asked at most once a second, by one thread at a time, which nobody waits for.

    A PostgreSQL that is frozen (SIGSTOP, a dead disk, a firewall that swallows packets) keeps whoever has asked it
    waiting, and its own timeouts are frozen with it. `attend` and `relieve`, each in a thread of its own, see that and
    end the connections to that server, so that requests fail and their threads are free again. An answer that is an
    error is an answer: then nothing is ended.
    """

    def __init__(self, stores: Stores, clock: Callable[[], float] = boottime_s) -> None:
        self._clock, self._servers = clock, stores.servers
        self._asks: dict[str, Callable[[], None]] = {"redis": stores.ping_redis}
        self._asks |= {name: server.ping for name, server in self._servers.items()}
        self._known = dict.fromkeys(self._asks, "error")
        self._asked_at = -ASK_EVERY_S
        self._waiting: tuple[str, float] | None = None
        """Who is being asked, and since when."""
        self._asking = threading.Lock()

    def read(self) -> dict[str, str]:
        """`ok` or `error` for each of TOLD, in the order in which /health names them (SO:288)."""
        if self._asking.acquire(blocking=False):
            try:
                if self._clock() - self._asked_at >= ASK_EVERY_S:
                    self._known = {name: self._asked(name) for name in self._asks}
                    self._asked_at = self._clock()
            finally:
                self._asking.release()
        known, hanging = self._known, self._hanging
        return {name: "error" if hanging and hanging[0] == name else known[name] for name in TOLD}

    def attend(self, stop: Event) -> None:
        """Ask again and again, whether or not anybody looks."""
        while not stop.wait(ASK_EVERY_S):
            self.read()

    def relieve(self, stop: Event) -> None:
        """Free those who wait for a PostgreSQL that hangs."""
        while not stop.wait(_LOOK_EVERY_S):
            name, began = self._hanging or ("", 0.0)
            if name in self._servers:
                self._servers[name].cut(began)

    @property
    def _hanging(self) -> tuple[str, float] | None:
        """Who was asked more than HANGS_S ago and has not answered yet, and when that was."""
        waiting = self._waiting
        return waiting if waiting is not None and self._clock() - waiting[1] > HANGS_S else None

    def _asked(self, name: str) -> str:
        self._waiting = (name, self._clock())
        try:
            self._asks[name]()
        except MuttError:
            return "error"
        finally:
            self._waiting = None
        return "ok"
