"""Which rules the alerters run with, and waiting until they run with those of a change.

Every alerter process says the revision of its rules with its heartbeat, and at once when it has read other ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import ledger, queue_reading, rule_announcement
from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from mutt_cli.ops.backends import Backends

POLL_S: Final = 0.1
LONGEST_WAIT_S: Final = 20.0
"""As in ops/dynamic.py: longer than an alerter needs that missed the announcement."""


@dataclass(frozen=True)
class Alerter:
    """One alerter process that is alive, and the revision of the rules it decides with; 0 before its first load."""

    name: str
    host: str
    pid: int
    revision: int


@dataclass(frozen=True)
class Cached:
    """The alerters beside the revision that was asked for."""

    revision: int
    alerters: tuple[Alerter, ...]
    waited_s: float

    @property
    def behind(self) -> tuple[Alerter, ...]:
        """Those that still decide with older rules."""
        return tuple(one for one in self.alerters if one.revision < self.revision)


def alerters(backends: Backends) -> tuple[Alerter, ...]:
    """Every alerter that is alive, by name. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    names = [(role, pod) for role, pod in ledger.workers(client, keys) if role == "alerter"]
    return tuple(
        Alerter(one.pod, one.heartbeat.host, one.heartbeat.pid, one.heartbeat.rules_revision)
        for one in queue_reading.workers(client, keys, names)
        if one.heartbeat is not None
    )


def announce(backends: Backends, revision: int) -> None:
    """Tell every alerter to read the rules now. Raises RedisUnavailableError."""
    rule_announcement.announce(backends.redis(), backends.keys, revision)


def wait(backends: Backends, revision: int, seconds: float) -> Cached:
    """Wait until every alerter decides with these rules or newer ones, at most so long."""
    began = boottime_s()
    while True:
        seen = Cached(revision, alerters(backends), boottime_s() - began)
        if not seen.behind or seen.waited_s >= min(seconds, LONGEST_WAIT_S):
            return seen
        time.sleep(POLL_S)
