"""Whether Redis and PostgreSQL answer, as /health and the pages say it; and what is done when PostgreSQL hangs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

ASK_EVERY_S: Final = 1.0
HANGS_S: Final = 3.0
"""A store that has not answered for so long does not answer."""


class Stores(Protocol):
    """Both pings raise MuttError if there is no answer."""

    def ping_redis(self) -> None:
        """Ask Redis."""

    def ping_database(self) -> None:
        """Ask PostgreSQL."""

    def cut_database(self, before: float) -> None:
        """End the connections to PostgreSQL that were made before this moment."""


class Vitals:
    """Whether both stores answer: asked at most once a second, by one thread at a time, which nobody waits for.

    A PostgreSQL that is frozen (SIGSTOP, a dead disk, a firewall that swallows packets) keeps whoever has asked it
    waiting, and its own timeouts are frozen with it. `attend` and `relieve`, each in a thread of its own, see that and
    end the connections, so that requests fail and their threads are free again.
    """

    def __init__(self, stores: Stores, clock: Callable[[], float] = boottime_s) -> None:
        self._clock, self._stores = clock, stores
        self._asks: dict[str, Callable[[], None]] = {"redis": stores.ping_redis, "postgres": stores.ping_database}
        self._known = dict.fromkeys(self._asks, "error")
        self._asked_at = -ASK_EVERY_S
        self._waiting: tuple[str, float] | None = None
        """Who is being asked, and since when."""
        self._failed_from: float | None = None
        """When PostgreSQL was asked, if the last thing that is known is that it did not answer."""
        self._asking = threading.Lock()

    def read(self) -> dict[str, str]:
        """`ok` or `error` for each, in the order in which /health names them (SO:288)."""
        if self._asking.acquire(blocking=False):
            try:
                if self._clock() - self._asked_at >= ASK_EVERY_S:
                    self._known = {name: self._asked(name) for name in self._asks}
                    self._asked_at = self._clock()
            finally:
                self._asking.release()
        elif self.hanging:
            return {**self._known, self.hanging: "error"}  # what was known is of before that
        return self._known

    @property
    def hanging(self) -> str:
        """The store that was asked more than HANGS_S ago and has not answered yet; empty if there is none."""
        name, began = self._waiting or ("", 0.0)
        return name if name and self._clock() - began > HANGS_S else ""

    def attend(self, stop: Event) -> None:
        """Ask again and again, whether or not anybody looks."""
        while not stop.wait(ASK_EVERY_S):
            self.read()

    def relieve(self, stop: Event) -> None:
        """Free those who wait for a PostgreSQL that hangs."""
        while not stop.wait(ASK_EVERY_S):
            began = self._unanswered
            if began is not None:
                self._stores.cut_database(began)

    @property
    def _unanswered(self) -> float | None:
        """When PostgreSQL was asked last, if it has not answered that: what is connected since is not to blame."""
        if self.hanging == "postgres":
            return self._waiting[1] if self._waiting else None
        return self._failed_from

    def _asked(self, name: str) -> str:
        began = self._clock()
        self._waiting = (name, began)
        try:
            self._asks[name]()
        except MuttError:
            word = "error"
        else:
            word = "ok"
        self._waiting = None
        if name == "postgres":
            self._failed_from = None if word == "ok" else began
        return word
