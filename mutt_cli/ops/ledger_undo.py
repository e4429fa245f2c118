"""Takes back a correction of the ledger: an accepted remainder is open again, a repaired event is missing again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mutt_cli.adapters import ledger, operation_slices, operations_reading, transfer
from mutt_cli.adapters.clock import IdSource
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import pipeline
from mutt_cli.core.ledger_repair import taken_back
from mutt_cli.errors import RefusedError
from mutt_cli.ops import ledger_accept, queues, slices
from mutt_cli.ops.bulk_undo import UNFINISHED
from mutt_cli.ops.bulk_work import Named, Work, run
from mutt_cli.ops.paging import pages
from mutt_cli.ops.reconcile import measure
from mutt_cli.ops.undo import Undo, Undone

if TYPE_CHECKING:
    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.message import Message
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends


def plan_undo(backends: Backends, recorded: Recorded) -> Undo:
    """What would be taken back. Raises RefusedError MUTT-G005 where nothing can be."""
    if recorded.plan.get("what") == "accept":
        return _plan_accepted(backends, recorded)
    return _plan_repaired(backends, recorded)


def carry_out(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    """Take it back."""
    if recorded.plan.get("what") == "accept":
        return _carry_out_accepted(backends, recorded, undo, by)
    return _carry_out_repaired(backends, recorded, undo, by)


def _plan_accepted(backends: Backends, recorded: Recorded) -> Undo:
    if not _was_done(backends, recorded):
        raise _nothing(recorded, "it was interrupted before it changed anything")
    if any(_was_done(backends, one) for one in _unfinished(backends, recorded)):
        return Undo(["the remainder was opened again before this was interrupted"])
    missing, extra = list(recorded.originals.get("missing", ())), list(recorded.originals.get("extra", ()))
    amount = int(recorded.plan.get("amount", 0))
    lines = [f"a remainder of {amount:,} is open again: {len(missing):,} missing, {len(extra):,} extra by id"]
    cannot = ["that extra ids were recorded as put in"] if extra else []
    return Undo(lines, cannot, payload=(recorded.originals.get("ledger", ()), missing))


def _carry_out_accepted(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    if undo.payload is not None:
        entries, missing = undo.payload
        negated = [(str(minute), str(source), str(name), -int(n)) for minute, source, name, n in entries]
        after = ledger.corrected(backends.redis(), backends.keys)
        seen = measure(backends).balance.accounted
        records = [ledger_accept.record(one, "returned", "accept_undone", undo.actor, by) for one in missing]
        ledger_accept.write(backends, negated, records, uid=IdSource().new(), seen=seen, after=after, operation=by)
    for one in (by, recorded.id, *(one.id for one in _unfinished(backends, recorded))):
        slices.forget(backends, one)
    return Undone(list(undo.lines), list(undo.cannot), {"opened": int(recorded.plan.get("amount", 0))})


def _plan_repaired(backends: Backends, recorded: Recorded) -> Undo:
    """Events that wait in the ingest queue still go out of it; what else was done stays, and is said."""
    sent = _sent(backends, recorded)
    there = _waiting(backends, sent)
    cannot = _stays(recorded, sent.total() - there.total())
    if not there:
        raise _nothing(recorded, "; ".join(cannot) or "it sent nothing again")
    lines = [f"{there.total():,} events are still in ingest and are taken out: they are missing again"]
    return Undo(lines, cannot, payload=there)


def _carry_out_repaired(backends: Backends, recorded: Recorded, undo: Undo, by: str) -> Undone:
    names: Counter[bytes] = undo.payload
    wanted = names.total()
    forgotten = Counter({str(minute): int(n) for minute, n in dict(recorded.plan.get("forgotten", {})).items()})

    def take(message: Message, hand: Hand, _name: bytes) -> Transfer:
        return taken_back(message.element, hand, forgotten)

    done = run(backends, Work(_ingest(), by, undo.actor, Named(Counter(names), take), most=wanted)).moved
    for one in (by, recorded.id):
        slices.forget(backends, one)
    gone = [f"{wanted - done:,} that a worker has taken meanwhile"] if done < wanted else []
    return Undone([f"{done:,} events taken out of ingest again"], [*undo.cannot, *gone], {"taken_back": done})


def _stays(recorded: Recorded, taken: int) -> list[str]:
    counts = recorded.counts
    stays = [f"{taken:,} events that a worker has taken already"] if taken else []
    if removed := int(counts.get("removed", 0)):
        stays.append(f"{removed:,} copies that were taken out: mutt queue import QUEUE {recorded.backup_path}")
    for name, told in (("counted_dead", "dead letters that were counted"), ("ended", "known ends that were counted")):
        if number := int(counts.get(name, 0)):
            stays.append(f"{number:,} {told}: that is what they are")
    return stays


def _sent(backends: Backends, recorded: Recorded) -> Counter[bytes]:
    """Names of the events that it sent again, also if it was killed in between."""
    last = transfer.last_slice(backends.redis(), backends.keys, recorded.id)
    up_to = last if last or recorded.state in UNFINISHED else None
    found: Counter[bytes] = Counter()
    try:
        for one in operation_slices.slices(backends.postgres(), recorded.id, up_to):
            if not one.source:
                found.update(one.names)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return found


def _waiting(backends: Backends, names: Counter[bytes]) -> Counter[bytes]:
    left, there = Counter(names), Counter[bytes]()
    for _, page in pages(backends, _ingest()) if names else ():
        for message in page:
            name = operation_slices.name_of(message.hash)
            if left[name] > 0:
                left[name] -= 1
                there[name] += 1
    return there


def _ingest() -> pipeline.Queue:
    return next(queue for queue in queues.fixed() if queue.name == pipeline.INGEST)


def _was_done(backends: Backends, recorded: Recorded) -> bool:
    """Whether its one step was made: it was closed, or Redis says so."""
    if recorded.state not in UNFINISHED:
        return True
    return transfer.last_slice(backends.redis(), backends.keys, recorded.id) > 0


def _unfinished(backends: Backends, recorded: Recorded) -> list[Recorded]:
    """Attempts to take it back that were interrupted."""
    try:
        found = operations_reading.undos_of(backends.postgres(), recorded)
    except DatabaseError as error:
        raise explain(error, backends.settings.postgres) from error
    return [one for one in found if one.state in UNFINISHED]


def _nothing(recorded: Recorded, why: str) -> RefusedError:
    return RefusedError(
        f"nothing of {recorded.id} can be taken back: {why}", code="MUTT-G005",
        tries=(f"mutt op show {recorded.id}",),
    )  # fmt: skip
