"""Queues as rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.present import times
from mutt_cli.present.output import Column, Document, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.snapshot import QueueState
    from mutt_cli.keys import Keys
    from mutt_cli.ops.queue_details import Details, Measured, Waited

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


def details_fields(found: Details) -> dict[str, Any]:
    """One queue as it stands."""
    return {
        **queue_row(found.state),
        "size_bytes": found.size_bytes,
        "newest_age_seconds": found.newest_age_s,
        "ages": [{"below_seconds": bound, "messages": number} for bound, number in _buckets(found)],
        "sampled": found.sampled,
        "cap": found.cap,
        "warn_threshold": found.warn,
    }


def details_document(measured: Measured) -> Document:
    """`mutt queue show`."""
    found, trend = measured.details, measured.change_per_s
    left = found.state.depth / -trend if trend < 0 and found.state.depth else None
    fields = {
        **details_fields(found),
        "change_per_second": trend,
        "time_to_empty_seconds": None if left is None else round(left, 1),
    }
    return Document("mutt.queue.show", fields, text=list(_screen(found, trend, left)), name=found.state.name)


def waited_document(waited: Waited) -> Document:
    """`mutt queue wait`."""
    fields = {
        "queue": waited.queue, "depth": waited.depth, "most": waited.before, "waited_seconds": round(waited.seconds, 3),
    }  # fmt: skip
    text = f"{waited.queue} holds {waited.depth:,} messages, after {times.span(waited.seconds)}"
    return Document("mutt.queue.wait", fields, text=(text,), name=str(waited.depth))


def _screen(found: Details, change: float, left: float | None) -> Iterator[str]:
    one = found.state
    yield f"{one.name}  {one.meaning}"
    trend = f"{change:+,.1f}/s" + (f", empty in about {times.span(left)}" if left is not None else "")
    yield f"depth    {one.depth:,}   {trend}"
    if found.cap is not None:
        yield f"limits   warn {found.warn or 0:,}, cap {found.cap:,} ({100 * one.depth / found.cap:.1f} % full)"
    newest = "-" if found.newest_age_s is None else times.span(found.newest_age_s)
    yield f"age      oldest {'-' if one.age_s is None else times.span(one.age_s)}, newest {newest}"
    size = "-" if found.size_bytes is None else times.size(found.size_bytes)
    yield f"size     {size} in Redis, estimated by it"
    held = f", held by {one.held_by}" if one.held_by else ""
    yield f"drained  by {', '.join(one.drained_by) or 'nobody'}, {one.consumers} at work{held}"
    yield f"key      {one.key}"
    if found.sampled:
        yield f"ages of {found.sampled:,} messages:"
        most = max(found.ages) or 1
        for bound, number in _buckets(found):
            label = f"below {times.span(bound)}" if bound is not None else "older"
            yield f"  {label:<14} {number:>6,}  {'#' * round(30 * number / most)}".rstrip()


def _buckets(found: Details) -> Iterator[tuple[float | None, int]]:
    """The ages with their upper bounds; the last has none."""
    from mutt_cli.ops.queue_details import BUCKETS  # noqa: PLC0415

    for bound, number in zip(BUCKETS, found.ages, strict=True):
        yield (None if bound == float("inf") else bound), number
