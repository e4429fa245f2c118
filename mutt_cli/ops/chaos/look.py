"""Watches the platform while it is broken and until it is well: which checks are bad, and since when."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.chaos import Count, worse
from mutt_cli.ops.health import judged
from mutt_cli.ops.reconcile import measure
from mutt_cli.ops.snapshot import take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.snapshot.local import Folders

LOOK_S: Final = 5.0
_EVERY_S: Final = 2.0
_STEADY: Final = 2
"""Looks in a row that must find it well: what was woken may still fall over its lost lease."""


@dataclass(frozen=True)
class Seen:
    """A check that was bad while it was broken, and how long after it had been broken."""

    check: str
    state: str
    after_s: float


@dataclass(frozen=True)
class Place:
    """The platform, for whoever looks at it."""

    configuration: Configuration
    folders: Folders

    def checks(self) -> tuple[HealthCheck, ...]:
        """What `mutt health` finds now."""
        return judged(take(self.configuration, self.folders, LOOK_S), self.configuration.settings)

    def bad(self) -> dict[str, str]:
        """The checks that somebody should look at, each with its state."""
        return {one.id: one.state for one in self.checks() if one.bad}


@dataclass
class Watching:
    """Looks in a thread of its own, so that nothing has to wait for it. A context manager."""

    place: Place
    before: Mapping[str, str]
    found: dict[str, Seen] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        threading.Thread(target=self._run, args=(boottime_s(),), name="chaos look", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @property
    def seen(self) -> tuple[Seen, ...]:
        """What was bad by itself, in the order in which it was seen."""
        return tuple(self.found.values())

    def _run(self, began: float) -> None:
        while not self._over.is_set():
            causes = [one for one in self.place.checks() if one.state in {"warning", "critical"} and not one.caused_by]
            for one in causes:
                if one.id not in self.before and not self._over.is_set():
                    self.found.setdefault(one.id, Seen(one.id, one.state, round(boottime_s() - began, 1)))
            self._over.wait(_EVERY_S)


@dataclass(frozen=True)
class Recovery:
    """`seconds` from when it was healed until all was well; None if it was not within the time."""

    seconds: float | None
    left: Mapping[str, str] = field(default_factory=dict)


def recovered(place: Place, before: Mapping[str, str], limit_s: float, pause: Callable[[float], object]) -> Recovery:
    """Look until nothing is bad that was not bad before, at most so long."""
    began, well, first = boottime_s(), 0, 0.0
    while True:
        left = worse(before, place.bad())
        spent = boottime_s() - began
        well = 0 if left else well + 1
        first = spent if well == 1 else first
        if well == _STEADY:
            return Recovery(round(first, 1))
        if spent >= limit_s:
            return Recovery(None, left)
        pause(_EVERY_S)


def counted(backends: Backends) -> Count:
    """The ledger's totals now. Raises RedisUnavailableError."""
    balance = measure(backends).balance
    return Count(dict(balance.counters), balance.in_flight, balance.remainder)
