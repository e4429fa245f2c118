"""Messages in the hands of workers that are gone: what the janitor returns by itself, seen and done by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import lease, ledger, queue_reading
from mutt_cli.adapters.clock import IdSource, boottime_s, now_ms
from mutt_cli.adapters.lease import CRASH_LIMIT
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import pipeline
from mutt_cli.core.moment import rfc3339
from mutt_cli.errors import NotFoundError, RefusedError
from mutt_cli.ops.effective import effective
from mutt_cli.ops.queues import accepted_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.keys import Role
    from mutt_cli.ops.backends import Backends

_POLL_S: Final = 0.3
"""More often than a sixth of any lease, so that the script sees somebody looking all the time."""


@dataclass(frozen=True)
class Orphan:
    """The list of a worker that holds no lease."""

    role: Role
    pod: str
    queue: str
    key: str
    messages: int
    oldest_ms: int | None
    target: str
    """Short name of the queue where they go back to."""


@dataclass(frozen=True)
class Recovered:
    """One list that was given back."""

    orphan: Orphan
    returned: int
    buried: int
    """Messages that have now been in too many dead hands: they lie in `dead`."""


def orphans(backends: Backends) -> list[Orphan]:
    """Every list without a worker, also those in nobody's name. An empty list is none."""
    client, keys = backends.redis(), backends.keys
    names = set(ledger.workers(client, keys))
    for role in pipeline.WORKER_STAGES:
        prefix = keys.processing(role, "")
        with failures_named():
            for key in client.scan_iter(match=keys.processing_pattern(role), count=500):
                names.add((role, key.decode("utf-8", "surrogateescape").removeprefix(prefix)))
    alone = [one for one in queue_reading.workers(client, keys, names) if one.heartbeat is None and one.in_hand]
    queues = [pipeline.in_hand(one.role, one.pod) for one in alone]
    oldest = queue_reading.oldest(client, keys, queues)
    return [
        Orphan(
            one.role, one.pod, queue.name, queue.key(keys), one.in_hand, accepted_ms(end) if end else None,
            pipeline.INGEST if one.role == "alerter" else pipeline.ALERT,
        )
        for one, queue, end in zip(alone, queues, oldest, strict=True)
    ]  # fmt: skip


def lease_s(backends: Backends) -> float:
    """How many seconds a worker may be silent before what it holds is anybody's."""
    return float(effective(backends).worker.heartbeat_expiry)


def of_pod(backends: Backends, pod: str | None) -> list[Orphan]:
    """The orphans of one worker name, or all. Raises NotFoundError, or RefusedError if its worker is alive."""
    found = orphans(backends)
    if pod is None:
        return found
    own = [one for one in found if pod in {one.pod, one.queue, one.key}]
    if own:
        return own
    workers = queue_reading.workers(backends.redis(), backends.keys, ledger.workers(backends.redis(), backends.keys))
    if any(one.pod == pod and one.heartbeat is not None for one in workers):
        raise RefusedError(
            f"{pod} is alive: what it holds is being worked on", code="MUTT-G013", tries=("mutt status --services",)
        )
    raise NotFoundError(f"no list without a worker belongs to {pod}", tries=("mutt queue orphan list",))


def recover(backends: Backends, found: Sequence[Orphan], seconds: float) -> list[Recovered]:
    """Give the messages back as the janitor does, one crash counted each. Raises RefusedError if a worker came back.

    While nobody has looked after workers for some time, Redis may have been away and their leases expired in
    it: then half a lease is waited first, in which they come back.
    """
    settings, ids, ends_at = effective(backends), IdSource(), boottime_s() + seconds
    lease_ms = settings.worker.heartbeat_expiry * 1000
    done = []
    for one in found:
        limit = settings.alerter.max_retries if one.role == "alerter" else CRASH_LIMIT
        while True:
            answer = lease.reap(
                backends.redis(), backends.keys, one.role, one.pod, lease_ms=lease_ms,
                uid=ids.new(), stamp=rfc3339(now_ms()), crash_limit=limit,
            )  # fmt: skip
            if answer.state == "reaped":
                done.append(Recovered(one, answer.returned, answer.buried))
                break
            if answer.state == "alive":
                raise RefusedError(f"the worker {one.pod} came back: it works on its list again", code="MUTT-G013")
            if boottime_s() >= ends_at:
                raise RefusedError(
                    "workers are given time to come back: nobody has looked after them for a while", code="MUTT-G013",
                    tries=("mutt queue orphan recover --timeout 60s",),
                )  # fmt: skip
            time.sleep(_POLL_S)
    return done
