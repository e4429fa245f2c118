"""Takes back what was moved, replayed or put in by hand, as far as nobody has taken it since.

The slices of an operation name its messages in the form in which they landed; those that are still in the queues where
they landed go back to where they were, in the form which they had.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mutt_cli.adapters import operation_slices, transfer
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import pipeline
from mutt_cli.core import transfer as transfers
from mutt_cli.core.transfer import Way
from mutt_cli.errors import RefusedError
from mutt_cli.ops import queues, slices
from mutt_cli.ops.bulk_work import Named, Work, pages, run
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends


@dataclass
class Moved:
    """What an operation moved: names of messages, how often each, and the former form where it changed."""

    names: Counter[bytes] = field(default_factory=Counter)
    originals: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class _Found:
    """Where the messages are now: how many in each queue where they landed."""

    there: dict[str, int]
    gone: int
    moved: Moved


def moved(backends: Backends, recorded: Recorded) -> Moved:
    """What an operation has moved, from its slices. Raises MuttError of PostgreSQL or Redis."""
    last = transfer.last_slice(backends.redis(), backends.keys, recorded.id)
    # A finished operation is forgotten in Redis: all its slices were carried out.
    up_to = last if last or recorded.state in {"open", "interrupted", "failed"} else None
    found = Moved()
    try:
        for one in operation_slices.slices(backends.postgres(), recorded.id, up_to):
            found.names.update(one.names)
            for name, original in zip(one.names, one.originals, strict=False):
                found.originals[name].append(original)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return found


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """How many of its messages are still where they landed. Raises RefusedError MUTT-G005 if none is."""
    found = _look(backends, recorded)
    source = recorded.plan.get("source")
    back = f"go back to {source}" if source else "are taken out again"
    lines = [f"{number:,} messages are still in {name} and {back}" for name, number in found.there.items() if number]
    cannot = [f"{found.gone:,} messages that a worker has taken already"] if found.gone else []
    if not lines:
        raise RefusedError(
            f"nothing of {recorded.id} can be taken back: " + (cannot[0] if cannot else "it moved nothing"),
            code="MUTT-G005", tries=(f"mutt op show {recorded.id}",),
        )  # fmt: skip
    many = sum(found.there.values()) > transfers.FEW
    return Undo(lines, cannot, "B" if many else "W", found)


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Take back what is still there."""
    found: _Found = undo.payload
    known = {queue.name: queue for queue in queues.fixed()}
    source = known.get(str(recorded.plan.get("source")))
    total, left = sum(found.moved.names.values()), found.moved
    taken: dict[str, int] = {}
    number = 0
    for name in (name for name, there in found.there.items() if there):
        work = _work(Way(known[name], source, "moved" if source else "purged"), left, by, recorded.actor)
        work.done_before = number
        progress = run(backends, work)
        taken[name] = progress.moved
        number = transfer.last_slice(backends.redis(), backends.keys, by)
    slices.forget(backends, by)
    slices.forget(backends, recorded.id)
    back = sum(taken.values())
    lines = [f"{back:,} of {total:,} messages taken back" + (f" to {source.name}" if source else "")]
    cannot = [f"{total - back:,} that a worker had taken already"] if back < total else []
    return Undone(lines, cannot, {"taken_back": back, "gone": total - back})


def _work(way: Way, moved_by: Moved, operation: str, actor: str) -> Work:
    def take(message: Message, hand: Hand, name: bytes) -> Transfer:
        originals = moved_by.originals.get(name, [])
        return transfers.transfer(message.element, way, hand, originals[0] if originals else b"")

    return Work(way.source, operation, actor, Named(moved_by.names, take))


def _look(backends: Backends, recorded: Recorded) -> _Found:
    """Count the messages where they landed. An alert that waits for its next try has landed in `alert`."""
    found = moved(backends, recorded)
    left = Counter(found.names)
    there: dict[str, int] = {}
    for queue in _landings(recorded):
        there[queue.name] = 0
        for _, page in pages(backends, queue):
            for message in page:
                name = operation_slices.name_of(message.hash)
                if left[name] > 0:
                    left[name] -= 1
                    there[queue.name] += 1
            if not +left:
                break
    return _Found(there, sum((+left).values()), found)


def _landings(recorded: Recorded) -> list[Queue]:
    names = [str(one) for one in recorded.plan.get("targets") or ()]
    if pipeline.ALERT in names:
        names.append(pipeline.RETRY)
    return [queue for queue in queues.fixed() if queue.name in names]
