"""What Redis knows of the flow: queues, breaker, journal, switches, and who runs with which rules and settings."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import breaker as breakers
from mutt_cli.adapters import drill_notes, journal_stream, ledger, maintenance, queue_reading, rule_caches
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.pipeline import WORKER_STAGES
from mutt_cli.core.snapshot import BreakerState, JournalState, LastDrill, Orphans, Pipeline, RuleCache
from mutt_cli.ops import dynamic, queues
from mutt_cli.ops.reconcile import measure
from mutt_cli.ops.switches import switched_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings

_SECOND_LOOK_S: Final = 1.0
"""A daemon that has not read what was published a moment ago is no news; one that still has not is."""


@dataclass(frozen=True)
class Seen:
    """The flow, who was seen in it, and the settings with what was set at run time."""

    flow: Pipeline
    workers: Sequence[Worker]
    readers: Sequence[Reader]
    settings: Settings


def look(backends: Backends, configuration: Configuration) -> Seen:
    """What Redis knows now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    workers = queue_reading.workers(client, keys, ledger.workers(client, keys))
    seen, behind = _settled(backends, configuration)
    windows, now = maintenance.read(client, keys)
    reading = measure(backends)
    found = Pipeline(
        at_ms=now,
        queues=tuple(queues.states(backends, workers)),
        breaker=_breaker(breakers.read(client, keys)),
        journal=JournalState(
            journal_stream.length(client, keys), journal_stream.size_bytes(client, keys),
            seen.settings.history.journal_max_bytes,
        ),
        limit=queue_reading.delivery_limit(client, keys, seen.settings.moog),
        off=switched_off(backends),
        windows=tuple(one for one in windows if one.open(now)),
        caches=_caches(backends, workers),
        behind=behind,
        orphans=_orphans(workers),
        drill=_drill(drill_notes.read(client, keys), seen.settings.drills.interval),
        remediates=seen.settings.remediation.enabled,
        balance=reading.balance,
        per_minute=ledger.of_minute(client, keys, rfc3339(now - 60_000)[:16]),
    )  # fmt: skip
    return Seen(found, workers, seen.readers, seen.settings)


def _settled(backends: Backends, configuration: Configuration) -> tuple[dynamic.View, tuple[str, ...]]:
    """What is published, and who still does not run with it at a second look."""
    seen = dynamic.view(backends, configuration)
    first = _behind(seen)
    if not first:
        return seen, ()
    time.sleep(_SECOND_LOOK_S)
    seen = dynamic.view(backends, configuration)
    return seen, tuple(sorted(first & _behind(seen)))


def _behind(seen: dynamic.View) -> set[str]:
    """Who has not read what is published, or could not use some of it; who is told not to obey it is neither."""
    return {
        f"{one.service} {one.name}" for one in seen.readers if seen.state(one, one.refused) in {"not yet", "refused"}
    }


def _breaker(found: breakers.Breaker) -> BreakerState:
    open_s = max(0.0, (found.now_ms - found.opened_ms) / 1000) if found.opened_ms and found.state != "CLOSED" else 0.0
    return BreakerState(
        found.state, found.failures, found.opened_ms, open_s, found.trip is not None,
        found.last.text if found.last and found.state != "CLOSED" else "",
    )  # fmt: skip


def _drill(noted: drill_notes.Noted, interval_s: int) -> LastDrill:
    return LastDrill(interval_s, noted.last_ms, noted.last_ok_ms, noted.result, noted.stage)


def _caches(backends: Backends, workers: Sequence[Worker]) -> tuple[RuleCache, ...]:
    known, now = rule_caches.read(backends.redis(), backends.keys)
    alive = [one for one in workers if one.role == "alerter" and one.heartbeat is not None and one.pod in known]
    return tuple(
        RuleCache(
            one.pod, cache.cache.revision, max(0.0, (now - cache.at_ms) / 1000), cache.cache.kept, cache.cache.refused
        )
        for one in alive
        for cache in [known[one.pod]]
    )


def _orphans(workers: Sequence[Worker]) -> Orphans:
    alone = [one for one in workers if one.heartbeat is None and one.in_hand]
    alive = {one.role for one in workers if one.heartbeat is not None}
    nobody = [WORKER_STAGES[one.role].name for one in alone if one.role not in alive]
    return Orphans(sum(one.in_hand for one in alone), not nobody, nobody[0] if nobody else "")
