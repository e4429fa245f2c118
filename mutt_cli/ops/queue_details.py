"""One queue in detail: its trend, the age of its messages, its size; a look at its messages; waiting for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import queue_reading, transfer
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import pipeline
from mutt_cli.core.selection import Question
from mutt_cli.errors import WaitTimeoutError
from mutt_cli.ops import queues
from mutt_cli.ops.effective import effective
from mutt_cli.ops.paging import newest_first, pages
from mutt_cli.ops.survey import require_understood

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.snapshot import QueueState
    from mutt_cli.core.where import Clause
    from mutt_cli.ops.backends import Backends

BUCKETS: Final = (60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0, float("inf"))
"""Upper bounds of the ages that messages are counted by, in seconds."""
_SAMPLES: Final = 400
_SAMPLE_PAGES: Final = 20
_TREND_S: Final = 1.0
Sample = tuple[tuple[int, ...], int, float | None]
"""How many messages are how old by `BUCKETS`, of how many, and how old the newest is."""
_POLL_S: Final = 0.5


@dataclass(frozen=True)
class Details:
    """One queue. `ages` counts `sampled` messages by `BUCKETS`; `cap` and `warn` are thresholds of its depth."""

    state: QueueState
    size_bytes: int | None
    ages: tuple[int, ...]
    sampled: int
    newest_age_s: float | None
    cap: int | None
    warn: int | None


@dataclass(frozen=True)
class Measured:
    """A queue beside its trend, messages a second; negative while it empties."""

    details: Details
    change_per_s: float


@dataclass(frozen=True)
class Peeked:
    """Messages of a queue as they were looked at."""

    queue: Queue
    messages: list[Message]
    depth: int
    looked: int
    now_ms: int


@dataclass(frozen=True)
class Waited:
    """A queue that was waited for."""

    queue: str
    before: int
    depth: int
    seconds: float


def details(backends: Backends, name: str) -> Details:
    """Everything about one queue that a look tells. Raises NotFoundError."""
    queue, depth = queues.depth(backends, name)
    return _details(backends, queue, depth)


def measured(backends: Backends, name: str) -> Measured:
    """The same with its trend, which takes a second to measure. Raises NotFoundError."""
    queue, before = queues.depth(backends, name)
    began = boottime_s()
    ages = _ages(backends, queue, before)
    time.sleep(max(0.0, began + _TREND_S - boottime_s()))
    found = _details(backends, queue, before, ages)
    return Measured(found, round((found.state.depth - before) / (boottime_s() - began), 1))


def _details(backends: Backends, queue: Queue, depth: int, sample: Sample | None = None) -> Details:
    ages, sampled, newest = sample or _ages(backends, queue, depth)
    state = next(one for one in queues.states(backends) if one.name == queue.name)
    cap = warn = None
    if queue.name == pipeline.INGEST:
        settings = effective(backends)
        cap, warn = settings.ingest.queue_cap, settings.alerter.queue_warn_threshold
    return Details(state, _size(backends, queue), ages, sampled, newest, cap, warn)


def peeked(
    backends: Backends, name: str, where: Sequence[Clause], *, most: int, newest: bool, seconds: float
) -> Peeked:
    """Messages of a queue, not taken. A filter ends after so many seconds. Raises NotFoundError."""
    queue, depth = queues.depth(backends, name)
    now = queue_reading.now_ms(backends.redis())
    ends_at, question = boottime_s() + seconds, Question(where, now)
    found: list[Message] = []
    looked = 0
    oldest_first = (page for _, page in pages(backends, queue))
    for page in newest_first(backends, queue, depth) if newest else oldest_first:
        looked += len(page)
        found += filter(question.fits, page)
        if (most and len(found) >= most) or boottime_s() > ends_at:
            break
    require_understood(question)
    return Peeked(queue, found[: most or None], depth, looked, now)


def awaited(backends: Backends, name: str, below: int, seconds: float, tell: Callable[[int, int, str], None]) -> Waited:
    """Wait until fewer than `below` messages are in a queue. Raises WaitTimeoutError MUTT-U008 after so many seconds.

    Waiting for `alert` means waiting for the retry set too: an alert in it has not been delivered (D28).
    """
    queue, _ = queues.depth(backends, name)
    waiting = [queue, *(one for one in queues.fixed() if queue.name == pipeline.ALERT and one.name == pipeline.RETRY)]
    began, first = boottime_s(), None
    while True:
        depth = sum(queue_reading.depths(backends.redis(), backends.keys, waiting))
        first = depth if first is None else max(first, depth)
        spent = boottime_s() - began
        if depth < below:
            return Waited(queue.name, first, depth, spent)
        if spent >= seconds:
            raise WaitTimeoutError(
                f"{queue.name} still holds {depth:,} messages after {spent:.0f} s; {first:,} when the wait began",
                tries=(f"mutt queue show {queue.name}", "mutt status"),
            )
        tell(first - depth, first, f"{depth:,} wait in {queue.name}")
        time.sleep(min(_POLL_S, max(0.0, seconds - spent)))


def _ages(backends: Backends, queue: Queue, depth: int) -> Sample:
    """How many of a sample of messages, spread evenly, are how old; and how old the newest is."""
    now, counts, sampled = queue_reading.now_ms(backends.redis()), [0] * len(BUCKETS), 0
    newest: float | None = None
    share = max(1, _SAMPLES // _SAMPLE_PAGES)
    starts = sorted({depth * page // _SAMPLE_PAGES for page in range(_SAMPLE_PAGES)} | {max(0, depth - share)})
    seen = 0
    for start in starts:
        skip = max(start, seen)
        for message in transfer.page(backends.redis(), backends.keys, queue, skip, share):
            age = message.age_s(now)
            sampled += 1
            if age is not None:
                newest = age if newest is None else min(newest, age)
                counts[next(place for place, bound in enumerate(BUCKETS) if age < bound)] += 1
        seen = skip + share
    return tuple(counts), sampled, newest


def _size(backends: Backends, queue: Queue) -> int | None:
    """Memory of the key, estimated by the server from a few elements."""
    with failures_named():
        found = backends.redis().memory_usage(queue.key(backends.keys), samples=20)
    return int(found) if found is not None else None
