"""Takes back what was moved, replayed or put in by hand, as far as nobody has taken it since.

The slices of an operation name its messages in the form in which they landed; those that are still in the queues where
they landed go back to where they were, in the form which they had.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import operation_slices, operations_reading, transfer
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import pipeline
from mutt_cli.core import transfer as transfers
from mutt_cli.core.transfer import Way
from mutt_cli.errors import RefusedError
from mutt_cli.ops import queues, slices
from mutt_cli.ops.bulk_work import Named, Work, run
from mutt_cli.ops.holding import require
from mutt_cli.ops.paging import pages
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends


UNFINISHED: Final = frozenset({"open", "interrupted", "failed", "stopped"})
"""States of an operation of which Redis still knows the last slice."""


@dataclass
class Moved:
    """What an operation moved: names of messages, how often each, and the former form where it changed."""

    names: Counter[bytes] = field(default_factory=Counter)
    originals: dict[bytes, bytes] = field(default_factory=dict)
    sources: dict[bytes, str] = field(default_factory=dict)
    """The queue where each was; empty for what came from a file."""


@dataclass
class _Found:
    """Where the messages are now: how many in each queue where they landed."""

    there: dict[str, int]
    gone: int
    back: int
    """What an earlier, interrupted undo has brought back."""
    moved: Moved


def moved(backends: Backends, recorded: Recorded) -> Moved:
    """What an operation has moved, from its slices. Raises MuttError of PostgreSQL or Redis."""
    last = transfer.last_slice(backends.redis(), backends.keys, recorded.id)
    # A finished operation is forgotten in Redis: all its slices were carried out.
    up_to = last if last or recorded.state in UNFINISHED else None
    found = Moved()
    try:
        for one in operation_slices.slices(backends.postgres(), recorded.id, up_to):
            found.names.update(one.names)
            found.sources.update(dict.fromkeys(one.names, one.source))
            found.originals.update(zip(one.names, one.originals, strict=False))
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return found


def back_already(backends: Backends, recorded: Recorded) -> Counter[bytes]:
    """What earlier attempts to take it back, which were interrupted, have brought back."""
    found: Counter[bytes] = Counter()
    for attempt in _attempts(backends, recorded):
        if attempt.state in UNFINISHED and transfer.last_slice(backends.redis(), backends.keys, attempt.id):
            found.update(moved(backends, attempt).names)
    return found


def overtaken(backends: Backends, recorded: Recorded, by: str) -> bool:
    """Void what processes that count as dead may have on their way, of it and of attempts before `by` to take it back.

    True if there was such work: what was moved and what is back must be counted anew.
    """
    others = _unfinished(backends, recorded, by)
    for one in others:
        slices.overtake(backends, one, recorded.id)
    return bool(others)


def close(backends: Backends, recorded: Recorded, by: str) -> None:
    """It is taken back by `by`: nothing of it, and of no earlier attempt, is carried out any more."""
    require(backends, recorded.id)
    slices.close(backends, by)
    for one in _unfinished(backends, recorded, by):
        slices.close(backends, one)


def _unfinished(backends: Backends, recorded: Recorded, by: str) -> list[str]:
    known = (recorded, *_attempts(backends, recorded))
    return [one.id for one in known if one.id != by and one.state in UNFINISHED]


def _attempts(backends: Backends, recorded: Recorded) -> list[Recorded]:
    try:
        return operations_reading.undos_of(backends.postgres(), recorded)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """How many of its messages are still where they landed. Raises RefusedError MUTT-G005 if none is."""
    found = _look(backends, recorded)
    homes = {transfers.home_of(name) for name in found.moved.sources.values()}
    names = sorted(one.name for one in homes if one)
    back = f"go back to {', '.join(names)}" if names else "are taken out again"
    lines = [f"{number:,} messages are still in {name} and {back}" for name, number in found.there.items() if number]
    cannot = [f"{found.gone:,} messages that a worker has taken already"] if found.gone else []
    if not lines and found.back:
        return Undo([f"all {found.back:,} messages were taken back before this was interrupted"], cannot, "W", found)
    if not lines:
        raise RefusedError(
            f"nothing of {recorded.id} can be taken back: " + (cannot[0] if cannot else "it moved nothing"),
            code="MUTT-G005", tries=(f"mutt op show {recorded.id}",),
        )  # fmt: skip
    many = sum(found.there.values()) > transfers.FEW
    return Undo(lines, cannot, "B" if many else "W", found)


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Take back what is still there."""
    found: _Found = _look(backends, recorded) if overtaken(backends, recorded, by) else undo.payload
    known = {queue.name: queue for queue in queues.fixed()}
    total, left, number, back = sum(found.moved.names.values()), found.moved, 0, 0
    for name in (name for name, there in found.there.items() if there):
        taker = Named(left.names, partial(_take, known[name], left))
        work = Work(known[name], by, undo.actor, taker, done_before=number)
        back += run(backends, work).moved
        number = transfer.last_slice(backends.redis(), backends.keys, by)
    close(backends, recorded, by)
    back += found.back
    lines = [f"{back:,} of {total:,} messages taken back"]
    cannot = [f"{total - back:,} that a worker had taken already"] if back < total else []
    return Undone(lines, cannot, {"taken_back": back, "gone": total - back})


def _take(queue: Queue, moved_by: Moved, message: Message, hand: Hand, name: bytes) -> Transfer:
    home = transfers.home_of(moved_by.sources.get(name, ""))
    way = Way(queue, home, "moved" if home else "purged")
    return transfers.transfer(message.element, way, hand, moved_by.originals.get(name, b""))


def _look(backends: Backends, recorded: Recorded) -> _Found:
    """Count the messages where they landed. An alert that waits for its next try has landed in `alert`."""
    found, back = moved(backends, recorded), back_already(backends, recorded)
    left = Counter(found.names) - back
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
    return _Found(there, sum((+left).values()), sum(back.values()), found)


def _landings(recorded: Recorded) -> list[Queue]:
    names = [str(one) for one in recorded.plan.get("targets") or ()]
    if pipeline.ALERT in names:
        names.append(pipeline.RETRY)
    return [queue for queue in queues.fixed() if queue.name in names]
