"""Looking at the messages of a queue before anything is done to them: how many are meant, how old, how large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import transfer
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.queue_reading import now_ms
from mutt_cli.ops import queues
from mutt_cli.ops.paging import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.selection import Selection
    from mutt_cli.ops.backends import Backends

SAMPLES: Final = 3
_ENDS: Final = 50


@dataclass
class Survey:
    """What is meant, as far as it was looked at."""

    queue: Queue
    depth: int
    meant: int = 0
    looked: int = 0
    size_bytes: int = 0
    """Of what is meant; an estimate where not everything was looked at."""
    oldest_ms: int | None = None
    newest_ms: int | None = None
    samples: list[Message] = field(default_factory=list)
    whole: bool = True
    """Whether every message was looked at, or needs no look."""

    def add(self, message: Message) -> None:
        """Count one that is meant."""
        self.meant += 1
        self.size_bytes += len(message.element)
        if len(self.samples) < SAMPLES:
            self.samples.append(message)
        at = message.since_ms
        if at is not None:
            self.oldest_ms = at if self.oldest_ms is None else min(at, self.oldest_ms)
            self.newest_ms = at if self.newest_ms is None else max(at, self.newest_ms)


def survey(backends: Backends, queue: Queue, selection: Selection, *, seconds: float = 60.0) -> Survey:
    """What a selection means in a queue. A look at everything ends after so many seconds, and says so (`whole`)."""
    depth = queues.depth(backends, queue.name)[1]
    found = Survey(queue, depth)
    if selection.everything:
        return _by_ends(backends, found, selection.limit)
    now, ends_at = now_ms(backends.redis()), boottime_s() + seconds
    for _, page in pages(backends, queue):
        for message in page:
            if found.looked >= depth:
                return found
            found.looked += 1
            if selection.means(message, now):
                found.add(message)
                if selection.limit and found.meant >= selection.limit:
                    return found
        if boottime_s() > ends_at:
            found.whole = found.looked >= depth
            return found
    return found


def chosen(backends: Backends, queue: Queue, selection: Selection) -> Iterator[Message]:
    """The messages that are meant, those that leave first first, at most as many as are there at the beginning."""
    depth, now = queues.depth(backends, queue.name)[1], now_ms(backends.redis())
    looked = given = 0
    for _, page in pages(backends, queue):
        for message in page:
            if looked >= depth or (selection.limit and given >= selection.limit):
                return
            looked += 1
            if selection.means(message, now):
                given += 1
                yield message


def _by_ends(backends: Backends, found: Survey, limit: int) -> Survey:
    """All are meant: their number is the depth, their size and age are told by both ends."""
    wanted = min(found.depth, limit) if limit else found.depth
    for start in {0, max(0, wanted - _ENDS)}:
        for message in transfer.page(backends.redis(), backends.keys, found.queue, start, min(_ENDS, wanted or 1)):
            found.looked += 1
            found.add(message)
    average = found.size_bytes / found.looked if found.looked else 0.0
    found.size_bytes = round(average * wanted)
    found.meant = wanted
    return found
