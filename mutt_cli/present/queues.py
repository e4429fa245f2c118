"""Queues as rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core.pipeline import Queue
    from mutt_cli.keys import Keys
    from mutt_cli.ops.queues import QueueState

_COLUMNS: Final = (
    Column("queue"),
    Column("depth", "count"),
    Column("oldest_age_seconds", "seconds", "oldest"),
    Column("consumers", "count"),
    Column("drained_by"),
    Column("meaning", "free", wide=True),
    Column("key", wide=True),
    Column("oldest_at", "time", wide=True),
    Column("in_flight", wide=True),
    Column("held_by", wide=True),
)


def queue_row(state: QueueState) -> dict[str, Any]:
    """One queue in JSON."""
    at = None if state.oldest_ms is None else datetime.fromtimestamp(state.oldest_ms / 1000, tz=UTC)
    return {
        "queue": state.name,
        "key": state.key,
        "depth": state.depth,
        "oldest_age_seconds": state.age_s,
        "oldest_at": at,
        "consumers": state.consumers,
        "drained_by": list(state.drained_by),
        "in_flight": state.in_flight,
        "held_by": state.held_by or None,
        "meaning": state.meaning,
    }


def queue_listing(states: Sequence[QueueState]) -> Listing:
    """`mutt queue list`."""
    return Listing("mutt.queue.list", _COLUMNS, [queue_row(state) for state in states])


def depth_document(queue: Queue, depth: int, keys: Keys) -> Document:
    """`mutt queue depth NAME`: the bare number."""
    fields = {"queue": queue.name, "key": queue.key(keys), "depth": depth}
    return Document("mutt.queue.depth", fields, text=(str(depth),), name=str(depth))


def depth_listing(found: Sequence[tuple[Queue, int]], keys: Keys) -> Listing:
    """`mutt queue depth`."""
    rows = [{"queue": queue.name, "key": queue.key(keys), "depth": depth} for queue, depth in found]
    return Listing("mutt.queue.depth", (Column("queue"), Column("depth", "count"), Column("key", wide=True)), rows)
