"""Looking at the messages of a queue before anything is done to them: how many are meant, how old, how large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import transfer
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.queue_reading import now_ms
from mutt_cli.core.selection import Question
from mutt_cli.errors import UsageError
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
    """What a selection means in a queue. A look at everything ends after so many seconds, and says so (`whole`).

    Raises UsageError as `require_understood`.
    """
    depth = queues.depth(backends, queue.name)[1]
    found = Survey(queue, depth)
    if selection.everything:
        return _by_ends(backends, found, selection.limit)
    question = Question(selection.where, now_ms(backends.redis()))
    _look(backends, found, selection, question, boottime_s() + seconds)
    require_understood(question)
    return found


def _look(backends: Backends, found: Survey, selection: Selection, question: Question, ends_at: float) -> None:
    for _, page in pages(backends, found.queue):
        for message in page:
            if found.looked >= found.depth:
                return
            found.looked += 1
            if selection.means(message, question.now_ms, question):
                found.add(message)
                if selection.limit and found.meant >= selection.limit:
                    return
        if boottime_s() > ends_at:
            found.whole = found.looked >= found.depth
            return


def require_understood(question: Question) -> None:
    """Raises UsageError MUTT-U005 for a condition that is true of all or of none because it was misspelled."""
    if question.trouble:
        raise UsageError(question.trouble, code="MUTT-U005", tries=("mutt help filters",))


def chosen(
    backends: Backends, queue: Queue, selection: Selection, question: Question | None = None
) -> Iterator[Message]:
    """The messages that are meant, those that leave first first, at most as many as are there at the beginning.

    Raises UsageError MUTT-U005, after the last one, as `require_understood`; unless `question` is the caller's.
    """
    depth = queues.depth(backends, queue.name)[1]
    asked = question or Question(selection.where, now_ms(backends.redis()))
    looked = given = 0
    for _, page in pages(backends, queue):
        for message in page:
            if looked >= depth or (selection.limit and given >= selection.limit):
                break
            looked += 1
            if selection.means(message, asked.now_ms, asked):
                given += 1
                yield message
        if looked >= depth or (selection.limit and given >= selection.limit):
            break
    if question is None:
        require_understood(asked)


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
