"""Finds an event wherever it waits: every queue, the retry set, every worker's hands; and in the journal stream.

Reading is bounded: slices of `SLICE`, and at most `BOUND` elements from each end of a queue. Whoever calls learns
whether something was left out. Queues are read in the order in which messages flow, each list from the left:
elements that move on meanwhile are met twice rather than missed; one that goes back may be missed, so look again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.ledger import workers
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core import journal, pipeline
from mutt_cli.core.sighting import may_fit, see

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.sighting import AnyOf, Sighting, Wanted
    from mutt_cli.core.why_not import Description
    from mutt_cli.keys import Keys

SLICE: Final = 500
"""Elements that one call reads."""
BOUND: Final = 20_000
"""Elements that are read from each end of a queue: the newest and the oldest."""
_CLOCKS_MS: Final = 60_000
"""How far the clocks of ingestors and Redis may be apart, and then some."""
_ENTRIES: Final = 50
"""Journal entries that one call reads; an entry holds up to a batch of records."""


@dataclass(frozen=True)
class Sighted:
    """What was seen, and the queues that were too long to be read whole: name, length, elements read."""

    sightings: tuple[Sighting, ...]
    cut: tuple[tuple[str, int, int], ...] = ()


def find(client: Client, keys: Keys, wanted: Wanted | AnyOf, *, bound: int = BOUND) -> Sighted:
    """Every element in any queue that is a wanted event. Raises RedisUnavailableError or RedisRefusedError."""
    needles = wanted.needles()
    return _sought(
        client, keys, _everywhere(client, keys), bound,
        lambda element: may_fit(element, needles), lambda one: wanted.fits(one.event_id, one.correlation_id),
    )  # fmt: skip


def described(client: Client, keys: Keys, sought: Description, *, bound: int = BOUND) -> Sighted:
    """As `find`, by what is known of an event whose id is not; refused items in quarantine included."""
    quarantine = tuple(queue for queue in pipeline.QUEUES if queue.name == pipeline.QUARANTINE)
    places = (*_everywhere(client, keys), *quarantine)
    return _sought(client, keys, places, bound, sought.may_fit, sought.fits)


def _sought(  # noqa: PLR0917
    client: Client,
    keys: Keys,
    queues: Iterable[Queue],
    bound: int,
    may: Callable[[bytes], bool],
    fits: Callable[[Sighting], bool],
) -> Sighted:
    seen: list[Sighting] = []
    cut: list[tuple[str, int, int]] = []
    for queue in queues:
        with failures_named():
            length = _length(client, keys, queue)
            if length > 2 * bound:
                cut.append((queue.name, length, 2 * bound))
            for element, due_ms in _elements(client, keys, queue, length, bound):
                if may(element):
                    one = see(queue.name, element, due_ms)
                    if fits(one):
                        seen.append(one)
    return Sighted(tuple(seen), tuple(cut))


def recorded(client: Client, keys: Keys, wanted: Wanted | AnyOf) -> Iterator[tuple[int, journal.Record]]:
    """The wanted event's records in the journal stream, with the time of each, oldest first.

    Entries are ruled out by bytes before they are unpacked; what is no journal entry is passed over.
    """
    needles, after = wanted.needles(), "-"
    while True:
        with failures_named():
            answer: Any = client.xrange(keys.journal, min=after, count=_ENTRIES)
        for _, fields in answer:
            if _holds(fields.get(b"data", b""), needles):
                yield from _fitting(fields, wanted)
        if len(answer) < _ENTRIES:
            return
        after = f"({answer[-1][0].decode()}"


def received(client: Client, keys: Keys, sought: Description) -> Iterator[journal.Record]:
    """Records in the stream that carry an event of that host and time as it was received, oldest first."""
    after = f"{max(0, sought.first_ms - _CLOCKS_MS)}-0"
    while True:
        with failures_named():
            answer: Any = client.xrange(keys.journal, min=after, count=_ENTRIES)
        for _, fields in answer:
            for record in journal.unpack_records(fields.get(b"data", b"")):
                if record.payload is not None and sought.is_of_host(record):
                    yield record
        if len(answer) < _ENTRIES:
            return
        after = f"({answer[-1][0].decode()}"


def now_ms(client: Client) -> int:
    """The clock that queues and journal go by, Unix milliseconds."""
    with failures_named():
        seconds, micros = client.time()
    return int(seconds) * 1000 + int(micros) // 1000


def _holds(data: bytes, needles: tuple[bytes, ...]) -> bool:
    return not needles or any(needle in data for needle in needles)


def _fitting(fields: dict[bytes, bytes], wanted: Wanted | AnyOf) -> Iterator[tuple[int, journal.Record]]:
    try:
        entry = journal.unpack(fields)
    except ValueError:
        return
    for record in entry.records:
        if wanted.fits(record.event_id, record.correlation_id):
            yield entry.at_ms, record


def _everywhere(client: Client, keys: Keys) -> tuple[Queue, ...]:
    """What is in flight in flow order, then the dead. What is in quarantine was never accepted and has no id."""
    held = pipeline.in_flow_order(sorted(workers(client, keys)))
    return (*held, *(queue for queue in pipeline.QUEUES if queue.name == pipeline.DEAD))


def _length(client: Client, keys: Keys, queue: Queue) -> int:
    key = queue.key(keys)
    return int(client.zcard(key) if queue.kind == "zset" else client.llen(key))


def _elements(client: Client, keys: Keys, queue: Queue, length: int, bound: int) -> Iterator[tuple[bytes, int | None]]:
    """Elements of a queue, of a long one the newest and the oldest; of the retry set with the time each is due."""
    key = queue.key(keys)
    if queue.kind == "zset":
        yield from _waiting(client, key, 2 * bound)
    elif length <= 2 * bound:
        yield from _slices(client, key, 0, None)
    else:
        yield from _slices(client, key, 0, bound)
        yield from _slices(client, key, length - bound, None)


def _slices(client: Client, key: str, start: int, end: int | None) -> Iterator[tuple[bytes, None]]:
    """From the left: pushes shift what is still to come to the right, and takes at the right end shift nothing."""
    while end is None or start < end:
        stop = start + SLICE if end is None else min(start + SLICE, end)
        found: list[Any] = client.lrange(key, start, stop - 1)
        for element in found:
            yield bytes(element), None
        if len(found) < stop - start:
            return
        start = stop


def _waiting(client: Client, key: str, most: int) -> Iterator[tuple[bytes, int]]:
    """Members are `settle id|element`. ZSCAN, because ranks shift when members leave."""
    for count, (member, due_ms) in enumerate(client.zscan_iter(key, count=SLICE)):
        if count >= most:
            return
        yield bytes(member).partition(b"|")[2], int(due_ms)
