"""Queues as an operator sees them: how deep, how old, who fills and who drains them. Nothing is taken."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters import holds, ledger, queue_reading
from mutt_cli.core import pipeline
from mutt_cli.core.dead_letter import open_letter
from mutt_cli.core.moment import unix_ms
from mutt_cli.core.snapshot import QueueState
from mutt_cli.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.keys import Role
    from mutt_cli.ops.backends import Backends

_MOMENTS: Final = ("received_at", "matched_at")
"""What tells an element's age, in this order."""


def depth(backends: Backends, name: str) -> tuple[Queue, int]:
    """One queue by its short name or its key. Raises NotFoundError that names a near one."""
    client, keys = backends.redis(), backends.keys
    asked = [queue for queue in pipeline.QUEUES if name in {queue.name, queue.key(keys)}]
    # Only the list of a worker needs to know the workers, which takes a SCAN.
    queue = asked[0] if asked else named(name, everything(backends), backends)
    return queue, queue_reading.depths(client, keys, [queue])[0]


def depths(backends: Backends) -> list[tuple[Queue, int]]:
    """Every queue and its depth."""
    queues = everything(backends)
    return list(zip(queues, queue_reading.depths(backends.redis(), backends.keys, queues), strict=True))


def states(backends: Backends, workers: Sequence[Worker] | None = None) -> list[QueueState]:
    """Every queue, with the age of its oldest message and its consumers."""
    client, keys = backends.redis(), backends.keys
    known = queue_reading.workers(client, keys, ledger.workers(client, keys)) if workers is None else workers
    queues = _with_hands((one.role, one.pod) for one in known)
    now = queue_reading.now_ms(client)
    remediation = queue_reading.remediation_runs(client, keys)
    limit = queue_reading.delivery_limit(client, keys, backends.settings.moog)
    lengths, ends = queue_reading.depths(client, keys, queues), queue_reading.oldest(client, keys, queues)
    paused, _ = holds.read(client, keys.remediation_paused)
    found = []
    for queue, length, end in zip(queues, lengths, ends, strict=True):
        since = accepted_ms(end) if end is not None else None
        age = None if since is None else max(0, now - since) / 1000
        consumers, drained_by = _drained(queue, known, remediation=remediation)
        held_by = limit.words if limit and limit.full and length and queue.name == pipeline.ALERT else ""
        held_by = paused[queue.name].words if queue.name in paused else held_by
        found.append(
            QueueState(
                queue.name,
                queue.key(keys),
                queue.meaning,
                length,
                since,
                age,
                consumers,
                drained_by,
                queue.in_flight,
                held_by,
            )
        )
    return found


def accepted_ms(element: bytes) -> int | None:
    """When a message was accepted (else matched), Unix ms; None if it does not say, as what a hand pushed."""
    fields = open_letter(element).fields or {}
    for name in _MOMENTS:
        try:
            found = unix_ms(msgspec.json.decode(fields[name])) if name in fields else None
        except msgspec.DecodeError:
            continue
        if found is not None:
            return found
    return None


def fixed() -> tuple[Queue, ...]:
    """The queues that are always there: all but the lists of workers."""
    return pipeline.QUEUES


def everything(backends: Backends) -> list[Queue]:
    """All queues, the lists of workers last."""
    return _with_hands(ledger.workers(backends.redis(), backends.keys))


def named(name: str, queues: Sequence[Queue], backends: Backends) -> Queue:
    """The queue of this short name or key. Raises NotFoundError."""
    keys = backends.keys
    for queue in queues:
        if name in {queue.name, queue.key(keys)}:
            return queue
    words = [word for queue in queues for word in (queue.name, queue.key(keys))]
    near = get_close_matches(name, words, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise NotFoundError(f"there is no queue {name}{hint}", tries=("mutt queue list",))


def _with_hands(workers: Iterable[tuple[Role, str]]) -> list[Queue]:
    return [*pipeline.QUEUES, *(pipeline.in_hand(role, pod) for role, pod in sorted(workers))]


def _drained(queue: Queue, workers: Sequence[Worker], *, remediation: bool) -> tuple[int, tuple[str, ...]]:
    """How many take from a queue now, and who is meant to."""
    owner = pipeline.worker_of(queue.name)
    if owner is not None:
        alive = sum((one.role, one.pod) == owner and one.heartbeat is not None for one in workers)
        return alive, (pipeline.WORKER_STAGES[owner[0]].name,)
    drained_by = pipeline.drainers(queue.name)
    roles = {stage.role for stage in pipeline.STAGES if stage.name in drained_by and stage.role}
    alive = sum(one.role in roles and one.heartbeat is not None for one in workers)
    return alive + (1 if remediation and "remediation" in drained_by else 0), drained_by
