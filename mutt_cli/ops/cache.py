"""The rules that each alerter holds: which revision, since when, how large; and reading them again, everywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import ledger, queue_reading, rule_announcement, rule_caches, rule_store
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.adapters.rule_caches import Known
    from mutt_cli.ops.backends import Backends

POLL_S: Final = 0.1
LONGEST_WAIT_S: Final = 20.0
"""Ten thousand rules are read and compiled in half a second; an alerter that has not by then will not."""
State = Literal["ok", "warn", "unkn"]


@dataclass(frozen=True)
class Held:
    """The rules of one alerter's worker that is alive; `known` is None until it has said what it holds."""

    worker: Worker
    known: Known | None
    age_s: float | None
    current: int | None
    """The revision in the database, None if that cannot be read."""

    @property
    def state(self) -> State:
        """`warn` if it decides by other rules than the database has."""
        if self.known is None or self.current is None:
            return "unkn"
        return "ok" if self.known.cache.revision == self.current and not self.known.cache.kept else "warn"


@dataclass(frozen=True)
class Caches:
    """What all of them hold."""

    held: tuple[Held, ...]
    revision: int | None
    trouble: str = ""
    """Why the database's revision is not known."""


def caches(backends: Backends) -> Caches:
    """What every alerter that is alive holds. Raises RedisUnavailableError; without PostgreSQL less is known."""
    client, keys = backends.redis(), backends.keys
    names = [one for one in ledger.workers(client, keys) if one[0] == "alerter"]
    alive = [one for one in queue_reading.workers(client, keys, names) if one.heartbeat is not None]
    known, now = rule_caches.read(client, keys)
    revision, trouble = _revision(backends)
    held = []
    for worker in alive:
        one = known.get(worker.pod)
        held.append(Held(worker, one, max(0.0, (now - one.at_ms) / 1000) if one else None, revision))
    return Caches(tuple(held), revision, trouble)


def reload(backends: Backends) -> int:
    """Tell every alerter to read the rules now; returns the moment, Unix ms by the clock of Redis."""
    client, keys = backends.redis(), backends.keys
    rule_caches.forget_the_dead(client, keys)
    asked = queue_reading.now_ms(client)
    rule_announcement.announce(client, keys, _revision(backends)[0] or 0)
    return asked


def wait(backends: Backends, asked_ms: int, seconds: float) -> tuple[Caches, tuple[str, ...], float]:
    """Wait until every alerter has read them since then; returns the names of those that have not, and the time."""
    began = boottime_s()
    while True:
        found, spent = caches(backends), boottime_s() - began
        behind = tuple(
            one.worker.pod
            for one in found.held
            if one.known is None or one.known.at_ms < asked_ms or one.state == "warn"
        )
        if not behind or spent >= min(seconds, LONGEST_WAIT_S):
            return found, behind, spent
        time.sleep(POLL_S)


def _revision(backends: Backends) -> tuple[int | None, str]:
    try:
        return rule_store.revision(backends.postgres()), ""
    except DatabaseError as error:
        return None, explain(error, backends.settings.postgres).message
    except MuttError as error:
        return None, error.message
