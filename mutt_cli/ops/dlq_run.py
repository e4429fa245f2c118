"""Carrying a replay out: the canary first, then the rest, while somebody watches whether it comes straight back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import breaker, history, journal_stream, queue_reading, transfer
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.core import pipeline, replay_batch
from mutt_cli.ops import queues, slices
from mutt_cli.ops.bulk_work import Progress, Work, run
from mutt_cli.ops.dlq_replay import Judge, Replaying, Wish
from mutt_cli.ops.dlq_replay import recalled as recalled_wish
from mutt_cli.ops.resume import left_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.operations_reading import Recorded
    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.replay_batch import Fate
    from mutt_cli.core.selection import Selection
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends

PATIENCE_S: Final = 60.0
"""How long a canary may take to come to its end."""
_POLL_S: Final = 0.5
_RECENT: Final = 200
"""So many of the newest dead letters are looked at for what came straight back."""
_REMEMBERED: Final = 100_000


@dataclass(frozen=True)
class Batch:
    """What is to be sent, and how carefully. `sources` are queues of dead letters, in order."""

    sources: tuple[Queue, ...]
    selection: Selection
    wish: Wish
    count: int
    canary: int = 0
    rate: float = 0.0
    patience_s: float = PATIENCE_S
    to_moogsoft: bool = False
    """Whether any of it goes to `alert`: then an open breaker ends it."""


def carry_out(
    backends: Backends, batch: Batch, operation: str, actor: str, tell: Callable[[Progress], None]
) -> Progress:
    """Send the letters; the progress says why it stopped early, if it did. Raises what `bulk_work.run` raises."""
    return _Sending(backends, batch, operation, actor, tell).run()


def resume(backends: Backends, recorded: Recorded, actor: str, tell: Callable[[Progress], None]) -> Progress:
    """Go on with a replay that was interrupted or that stopped itself. The canary has had its turn."""
    slices.overtake(backends, recorded.id, recorded.id)
    selection = left_of(backends, recorded)
    if selection is None:
        return Progress(0)
    names = list(recorded.plan["sources"])
    sources = tuple(queue for queue in queues.fixed() if queue.name in names)
    rate, wish = float(recorded.plan["rate"]), recalled_wish(recorded.plan["wish"])
    to_moogsoft = bool(recorded.plan.get("to_moogsoft", pipeline.ALERT in recorded.plan["targets"]))
    batch = Batch(sources, selection, wish, selection.limit, rate=rate, to_moogsoft=to_moogsoft)
    return carry_out(backends, batch, recorded.id, actor, tell)


class _Remembering(Replaying):
    """Knows the events that it has sent."""

    def __init__(self, judge: Judge, source: Queue, selection: Selection, sent: list[str]) -> None:
        super().__init__(judge, source, selection)
        self._sent, self._pending = sent, list[str]()
        self._had = set(sent)

    def decide(self, message: Message, hand: Hand) -> Transfer | None:
        """As `Replaying`."""
        decided = super().decide(message, hand)
        if decided is None or decided.record.event_id in self._had:
            return None  # what came straight back is not sent a second time by the same batch
        self._pending.append(decided.record.event_id)
        return decided

    def begin(self) -> None:
        """Forget what was not carried out."""
        self._pending.clear()

    def commit(self) -> None:
        """Remember what was."""
        self._had.update(self._pending)
        self._sent += self._pending[: max(0, _REMEMBERED - len(self._sent))]
        self._pending.clear()


class _Sending:
    """One replay under way."""

    def __init__(
        self, backends: Backends, batch: Batch, operation: str, actor: str, tell: Callable[[Progress], None]
    ) -> None:
        self._backends, self._batch, self._operation, self._actor, self._tell = backends, batch, operation, actor, tell
        self._judge = Judge(backends, batch.wish)
        self._began_ms = queue_reading.now_ms(backends.redis())
        self._sent: list[str] = []
        self._whole = Progress(batch.count, wanted=batch.count)
        self._checked = 0.0

    def run(self) -> Progress:
        """The canary, its fate, and the rest."""
        if self._batch.canary and self._batch.canary < self._batch.count:
            self._send(self._batch.canary)
            if not self._whole.stopped:
                self._whole.stopped = self._canary()
        if not self._whole.stopped:
            self._send(self._batch.count - self._whole.moved)
        return self._whole

    def _send(self, most: int) -> None:
        """Send up to so many letters, queue by queue."""
        for source in self._batch.sources:
            if most <= 0 or self._whole.stopped:
                return
            before = self._whole.moved
            decider = _Remembering(self._judge, source, self._batch.selection, self._sent)
            number = transfer.last_slice(self._backends.redis(), self._backends.keys, self._operation)
            work = Work(
                source, self._operation, self._actor, decider, most=most, rate=self._batch.rate, keeps_originals=True,
                gate=self._gate, done_before=number,
            )  # fmt: skip
            done = run(self._backends, work, lambda progress, before=before: self._told(before, progress))  # type: ignore[misc]
            self._add(before, done)
            most -= done.moved

    def _told(self, before: int, progress: Progress) -> None:
        self._tell(Progress(self._whole.total, self._whole.wanted, progress.looked, before + progress.moved))

    def _add(self, before: int, done: Progress) -> None:
        self._whole.moved = before + done.moved
        self._whole.looked += done.looked
        self._whole.stopped = done.stopped
        for name, number in done.by_target.items():
            self._whole.by_target[name] = self._whole.by_target.get(name, 0) + number

    def _gate(self, _progress: Progress) -> str:
        """Why no more is sent now; looked at twice a second."""
        if boottime_s() < self._checked + _POLL_S:
            return ""
        self._checked = boottime_s()
        if self._batch.to_moogsoft:
            state = breaker.read(self._backends.redis(), self._backends.keys).state
            if state != "CLOSED":
                return f"the breaker is {state}"
        return replay_batch.verdict_on_returns(self._returned(), len(self._sent))

    def _returned(self) -> int:
        """How many of what was sent lie among the newest dead letters again."""
        sent, back = set(self._sent), 0
        for source in self._batch.sources:
            depth = queues.depth(self._backends, source.name)[1]
            recent = transfer.page(
                self._backends.redis(), self._backends.keys, source, max(0, depth - _RECENT), _RECENT
            )
            back += sum(one.event_id in sent and (one.delivery.last_failed_ms or 0) >= self._began_ms for one in recent)
        return back

    def _canary(self) -> str:
        """Wait for the end of what was sent first: empty if all went well, else why the rest is not sent."""
        ends_at, canary = boottime_s() + self._batch.patience_s, list(self._sent)
        while True:
            fates = self._fates(canary)
            verdict = replay_batch.verdict_on_canary(fates)
            if verdict is not None:
                return verdict
            if boottime_s() >= ends_at:
                return replay_batch.canary_is_late(fates, self._batch.patience_s)
            time.sleep(_POLL_S)

    def _fates(self, event_ids: Sequence[str]) -> dict[str, Fate]:
        """What became of each event since the replay began, from the journal and the history."""
        wanted = set(event_ids)
        records = [
            (entry.at_ms, record)
            for entry in journal_stream.scan(self._backends.redis(), self._backends.keys, since_ms=self._began_ms)
            for record in entry.records
            if record.event_id in wanted
        ]
        try:
            for one in wanted:
                records += [(step.recorded_ms, step.record) for step in history.find(self._backends.postgres(), one)]
        except DatabaseError as error:
            raise explain(error, self._backends.settings.postgres) from error
        return {one: replay_batch.fate(one, records, self._began_ms) for one in event_ids}
