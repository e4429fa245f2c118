"""Putting a ledger right: what is lost goes round again, copies are taken out into a file, known ends are counted.

The plan rests on one search (ops/reconcile.py) and one look at everything that is named; before the first change all
of it is looked at once more. Each slice is carried out only if nobody else corrected the ledger since. Whoever is
killed in between calls it again: what is done is not missing any more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters import ledger, message_file, operation_slices, transfer
from mutt_cli.adapters.clock import IdSource, now_ms
from mutt_cli.adapters.ledger import Correction
from mutt_cli.adapters.message_file import Writer
from mutt_cli.adapters.operation_slices import Slice
from mutt_cli.core import journal, ledger_repair, pipeline
from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.core.ledger_repair import Judged, Left, Removal
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.reconciliation import ENDED
from mutt_cli.core.transfer import Hand
from mutt_cli.errors import RefusedError
from mutt_cli.ops import queues, slices
from mutt_cli.ops.bulk_work import Named, Work, run
from mutt_cli.ops.ledger_evidence import gather
from mutt_cli.ops.message_files import writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mutt_cli.core.message import Message
    from mutt_cli.core.transfer import Transfer
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.bulk_work import Progress
    from mutt_cli.ops.operation import Operation
    from mutt_cli.ops.reconcile import Reconciliation

_SLICE: Final = 100
_SLICE_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class RepairPlan:
    """What would be done, and the search on which that rests."""

    judged: Judged
    result: Reconciliation


@dataclass
class Repaired:
    """What was done; `plan` says what was meant."""

    plan: RepairPlan
    operation: str = ""
    emitted: int = 0
    dead: int = 0
    removed: int = 0
    ended: int = 0
    backup: str = ""


def plan(backends: Backends, result: Reconciliation) -> RepairPlan:
    """What can be put right of what `result` found. Raises MuttError if PostgreSQL cannot be asked."""
    evidence = gather(backends, {*result.missing, *result.extra})
    parts: list[Judged] = []
    if result.names_too_many:
        named = (*result.missing, *result.extra)
        parts.append(Judged(left=(Left("unsure", len(named), named),)))
    else:
        flying = {one.event_id for one in evidence.copies}
        lost = ledger_repair.judge_lost(
            (one for one in result.missing if one not in flying),
            evidence.last,
            evidence.contents,
            evidence.dead,
            evidence.unread,
        )
        parts += [lost, ledger_repair.judge_extra(result.extra, evidence.last, evidence.copies)]
        nameless = 0 if result.balanced else abs(result.remainder - len(result.missing) + len(result.extra))
        parts.append(Judged(left=(Left("unnamed", nameless),) if nameless else ()))
    parts.append(Judged(ended=result.forgotten - result.gone))
    return RepairPlan(ledger_repair.together(parts), result)


def recorded_plan(planned: RepairPlan) -> dict[str, Any]:
    """For the operations journal: what is meant, and what undo needs."""
    judged = planned.judged
    return {
        "what": "repair", "targets": [pipeline.INGEST], "emitted": len(judged.emitted),
        "counted_dead": len(judged.dead), "removed": len(judged.removals), "ended": judged.ended.total(),
        "forgotten": dict(planned.result.gone), "left": {one.why: one.number for one in judged.left},
    }  # fmt: skip


def carry_out(backends: Backends, planned: RepairPlan, operation: Operation, actor: str, folder: Path) -> Repaired:
    """Do it, after one more look: what came back or ended meanwhile is left alone.

    Raises RefusedError MUTT-G018 if somebody else corrected the ledger in between; MuttError MUTT-U013 if the file of
    copies cannot be written: then none is taken out.
    """
    done = Repaired(planned, operation.id)
    work = _Carrying(backends, planned, operation, actor, done)
    try:
        work.count_known_ends()
        work.copies_out(folder)
        work.send_again()
    finally:
        operation.counts = {
            "emitted": done.emitted, "counted_dead": done.dead, "removed": done.removed, "ended": done.ended,
        }  # fmt: skip
    slices.forget(backends, operation.id)
    return done


class _Carrying:
    """One repair under way: its slices are numbered through."""

    def __init__(
        self, backends: Backends, planned: RepairPlan, operation: Operation, actor: str, done: Repaired
    ) -> None:
        self._backends, self._judged, self._operation, self._done = backends, planned.judged, operation, done
        self._actor, self._ids, self._number = actor, IdSource(), 0
        self._after, self._forgotten = planned.result.corrected, Counter(planned.result.gone)
        judged = planned.judged
        self._evidence = gather(
            backends, {*judged.emitted, *judged.dead, *(one.copy.event_id for one in judged.removals)}
        )

    def count_known_ends(self) -> None:
        """The first slice, also where there is none: from now on the ledger is in our hands."""
        self._slice((), Correction((), ledger_repair.known_again(self._judged.ended), b""))
        self._done.ended = self._judged.ended.total()

    def copies_out(self, folder: Path) -> None:
        """Write the copies to a file, read it back, then take out what it holds."""
        removals = self._still_too_many()
        if not removals:
            return
        path = folder / f"reconcile-{self._operation.id}.jsonl.gz"
        self._operation.backup_path, self._operation.backup_sha256 = str(path), _backup(path, removals)
        self._done.backup = str(path)
        for name in dict.fromkeys(one.copy.queue for one in removals):
            self._take_out(name, [one for one in removals if one.copy.queue == name])

    def _still_too_many(self) -> list[Removal]:
        """Removals that still are: as many copies as before are there, or it was delivered."""
        there = Counter(one.event_id for one in self._evidence.copies)
        going = Counter(one.copy.event_id for one in self._judged.removals)
        kept = []
        for one in self._judged.removals:
            event_id, ended = one.copy.event_id, self._evidence.last.get(one.copy.event_id, "")
            if ended == "delivered" or (ended not in ENDED and there[event_id] > going[event_id]):
                kept.append(one)
        return kept

    def _take_out(self, name: str, removals: Sequence[Removal]) -> None:
        by_name = {operation_slices.name_of(payload_hash(one.copy.element)): one for one in removals}
        left = Counter(operation_slices.name_of(payload_hash(one.copy.element)) for one in removals)
        queue = queues.named(name, queues.fixed(), self._backends)

        def take(message: Message, hand: Hand, which: bytes) -> Transfer:
            one = by_name[which]
            ended = self._evidence.last.get(one.copy.event_id, "") in ENDED
            return ledger_repair.removed(one, message.element, hand, ended=ended)

        work = Work(
            queue, self._operation.id, self._actor, Named(left, take), most=len(removals), gate=self._overtaken,
            done_before=self._number,
        )  # fmt: skip
        progress = run(self._backends, work)
        self._number = transfer.last_slice(self._backends.redis(), self._backends.keys, self._operation.id)
        self._done.removed += progress.moved
        if progress.stopped:
            raise _others()

    def send_again(self) -> None:
        """Send what is lost round again, and count what lies among the dead, a hundred at a time."""
        flying = {one.event_id for one in self._evidence.copies}
        lost = [one for one in (*self._judged.dead, *self._judged.emitted) if one not in flying]
        lost = [one for one in lost if self._evidence.last.get(one, "") not in ENDED]
        for some in self._slices(lost):
            self._send(some)

    def _slices(self, ids: Sequence[str]) -> Iterator[list[str]]:
        size, some = 0, list[str]()
        for one in ids:
            size += len(self._evidence.contents.get(one, (b"", 0))[0])
            if some and (len(some) >= _SLICE or size > _SLICE_BYTES):
                yield some
                size, some = 0, []
            some.append(one)
        if some:
            yield some

    def _send(self, ids: Sequence[str]) -> None:
        hand = Hand(self._operation.id, self._actor, now_ms())
        dead = [(one, self._evidence.dead[one]) for one in ids if one in self._evidence.dead]
        buried = [ledger_repair.counted_dead(one, element, hand) for one, element in dead]
        again = [
            ledger_repair.emission(one, self._evidence.contents[one], hand, self._forgotten)
            for one in ids
            if one not in self._evidence.dead and one in self._evidence.contents
        ]
        entries = [entry for _, entry in buried] + [entry for one in again for entry in one.ledger]
        records = [record for record, _ in buried] + [one.record for one in again]
        names = [operation_slices.name_of(payload_hash(one.element)) for one in again]
        self._slice(names, Correction([one.element for one in again], entries, journal.pack(records)))
        self._done.emitted += len(again)
        self._done.dead += len(buried)

    def _slice(self, names: Sequence[bytes], correction: Correction) -> None:
        self._number += 1
        uid = self._ids.new()
        slices.write_down(self._backends, self._operation.id, Slice(self._number, "", tuple(names), ()))
        answer = slices.insist(
            partial(
                ledger.repair, self._backends.redis(), self._backends.keys, correction, operation=self._operation.id,
                number=self._number, uid=uid, after=self._after,
            )
        )  # fmt: skip
        if answer == "changed":
            raise _others()
        self._after = uid

    def _overtaken(self, _progress: Progress) -> str:
        found = ledger.corrected(self._backends.redis(), self._backends.keys)
        return "" if found == self._after else "somebody else corrected the ledger"


def _backup(path: Path, removals: Sequence[Removal]) -> str:
    """Write the copies; returns the SHA-256 of the file."""
    head = {"queue": "reconcile", "created_at": rfc3339(now_ms())}
    with writing(path, "nothing was taken from a queue"), Writer(path, head) as writer:
        for one in removals:
            writer.add(one.copy.element)
        written = writer.finish()
    message_file.verify(path)
    return written.sha256


def _others() -> RefusedError:
    return RefusedError(
        "somebody else corrected the ledger in between; what was not done yet is not done", code="MUTT-G018",
        tries=("mutt reconcile",),
    )  # fmt: skip
