"""Bulk work on a queue: look through it, decide each message, carry out slice by slice, so that nothing can be lost.

A slice is written to the operations journal before it is carried out, and carried out by one script, once. Whoever is
interrupted between two slices, or between writing and carrying out, can go on: the number of the last slice is in
Redis beside the messages. What is not picked keeps its place.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from mutt_cli.adapters import operation_slices, transfer
from mutt_cli.adapters.clock import IdSource, boottime_s, now_ms
from mutt_cli.adapters.operation_slices import Slice
from mutt_cli.adapters.transfer import SLICE, Pick
from mutt_cli.core.dead_letter import payload_hash
from mutt_cli.core.transfer import Hand
from mutt_cli.errors import RefusedError
from mutt_cli.ops import queues, slices
from mutt_cli.ops.paging import FIRST_PAGE, page_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.operations import Audited
    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.transfer import Transfer
    from mutt_cli.ops.backends import Backends

_MOST_CHANGED: Final = 200
"""Looks in a row at a queue on the move, before it is given up."""
_ASKED_S: Final = 0.5
"""How often the gate is asked while the rate makes the work wait."""


class Decider(ABC):
    """What becomes of each message. One that remembers overrides `begin` and `commit`: a slice may be decided anew."""

    @abstractmethod
    def decide(self, message: Message, hand: Hand) -> Transfer | None:
        """Decide one message; None if it stays."""

    def begin(self) -> None:  # noqa: B027  one that remembers nothing has nothing to forget
        """What was decided since the last commit was not carried out."""

    def commit(self) -> None:  # noqa: B027
        """What was decided since the last commit is carried out."""


class Named(Decider):
    """Takes the messages of a list of names, each as often as it is named."""

    def __init__(self, left: Counter[bytes], take: Callable[[Message, Hand, bytes], Transfer]) -> None:
        self._left, self._take = left, take
        self._pending: Counter[bytes] = Counter()

    def decide(self, message: Message, hand: Hand) -> Transfer | None:
        """It goes if its name is left."""
        name = operation_slices.name_of(message.hash)
        if self._left[name] - self._pending[name] <= 0:
            return None
        self._pending[name] += 1
        return self._take(message, hand, name)

    def begin(self) -> None:
        """Forget what was not carried out."""
        self._pending.clear()

    def commit(self) -> None:
        """Cross off what was."""
        self._left.subtract(self._pending)
        self._pending.clear()


@dataclass
class Progress:
    """How far the work is. `looked` counts messages that were decided, `moved` those that went."""

    total: int
    """Messages to look at."""
    wanted: int = 0
    """How many are to be moved; 0 if nobody knows."""
    looked: int = 0
    moved: int = 0
    stopped: str = ""
    """Why it ended early; empty if it came to its end."""
    by_target: dict[str, int] = field(default_factory=dict)
    noted: dict[str, Any] = field(default_factory=dict)
    """What undo will need besides what was recorded at the start."""
    audited: list[Audited] = field(default_factory=list)


def _never(_progress: Progress) -> str:
    return ""


@dataclass
class Work:
    """One bulk operation on one queue."""

    source: Queue
    operation: str
    actor: str
    decider: Decider
    most: int = 0
    """Messages to move at most; 0 = as many as are meant."""
    rate: float = 0.0
    """Messages a second, and so many at once at most; 0 = as fast as it goes."""
    keeps_originals: bool = False
    """Whether the elements as they were are kept for undo, because they change."""
    gate: Callable[[Progress], str] = _never
    """Asked before each slice, and twice a second while the next one waits: a reason to stop, or nothing."""
    done_before: int = 0
    """The number of the last slice that an earlier, interrupted run has carried out."""

    @property
    def at_once(self) -> int:
        """How many messages may go in one slice."""
        return min(SLICE, math.ceil(self.rate)) if self.rate > 0 else SLICE


def run(backends: Backends, work: Work, tell: Callable[[Progress], None] = lambda _: None) -> Progress:
    """Carry the work out. Raises RedisUnavailableError if Redis stays away, RefusedError if the queue never rests.

    What was moved until then is moved and recorded; `mutt op resume` goes on. At most as many messages are looked at
    as were there when it began.
    """
    return _Run(backends, work, tell).run()


class _Run:
    """One run over a queue. `_skip` messages at its end were looked at and stay."""

    def __init__(self, backends: Backends, work: Work, tell: Callable[[Progress], None]) -> None:
        self._backends, self._work, self._tell = backends, work, tell
        depth = queues.depth(backends, work.source.name)[1]
        self._progress = Progress(depth, work.most)
        self._slices = _Slices(backends, work)
        self._skip, self._count, self._changed = 0, FIRST_PAGE, 0
        self._last_passed = b""
        self._began = boottime_s()

    def run(self) -> Progress:
        """Until everything was looked at, enough was moved, or the gate closes."""
        work, progress = self._work, self._progress
        while progress.looked < progress.total and not (work.most and progress.moved >= work.most):
            progress.stopped = self._waited()
            if progress.stopped or self._slice() == "end":
                break
            self._tell(progress)
        return progress

    def _waited(self) -> str:
        """Wait as long as the rate asks for; why nothing more may go, if the gate is closed or closes meanwhile."""
        work = self._work
        due = self._began + self._progress.moved / work.rate if work.rate > 0 else self._began
        while True:
            closed, left = work.gate(self._progress), due - boottime_s()
            if closed or left <= 0:
                return closed
            time.sleep(min(left, _ASKED_S))

    def _slice(self) -> Literal["end", "on"]:
        messages = self._page()
        if messages is None:
            return self._start_over()
        if not messages:
            return "end"
        hand = Hand(self._work.operation, self._work.actor, now_ms())
        self._work.decider.begin()
        decided, picks = self._picked(messages, hand)
        if picks and not self._slices.carry_out(picks):
            return self._start_over()
        self._work.decider.commit()
        self._changed = 0
        self._count = page_size(messages, SLICE)
        self._pass(decided, picks)
        return "on"

    def _page(self) -> list[Message] | None:
        """The next messages; None if the queue moved, so that the next ones are elsewhere."""
        before = 1 if self._skip else 0
        wanted = min(self._count, self._progress.total - self._progress.looked) + before
        client, keys = self._backends.redis(), self._backends.keys
        found = transfer.page(client, keys, self._work.source, self._skip - before, wanted)
        if before and (not found or found[0].element != self._last_passed):
            return None
        return found[before:]

    def _start_over(self) -> Literal["on"]:
        """Look again from the end: somebody took messages from there."""
        self._changed += 1
        if self._changed > _MOST_CHANGED:
            raise _restless(self._work)
        self._skip, self._last_passed = 0, b""
        return "on"

    def _picked(self, messages: Sequence[Message], hand: Hand) -> tuple[Sequence[Message], list[Pick]]:
        """Those that were decided, as far as there is room for more, and those of them that go."""
        room = self._work.at_once
        if self._work.most:
            room = min(room, self._work.most - self._progress.moved)
        picks: list[Pick] = []
        for number, message in enumerate(messages):
            if len(picks) >= room:
                return messages[:number], picks
            place = self._skip + number
            decided = self._work.decider.decide(message, hand)
            if decided is not None:
                picks.append(Pick(place, message, decided))
        return messages, picks

    def _pass(self, messages: Sequence[Message], picks: Sequence[Pick]) -> None:
        """Count what was decided; what stays is passed over from now on."""
        progress, taken = self._progress, {pick.place for pick in picks}
        staying = [one for place, one in enumerate(messages, start=self._skip) if place not in taken]
        if staying:
            self._last_passed = staying[-1].element
        self._skip += len(staying)
        progress.moved += len(picks)
        progress.looked = self._skip + progress.moved
        for pick in picks:
            target = pick.transfer.target
            progress.by_target[target] = progress.by_target.get(target, 0) + 1


class _Slices:
    """Numbers the slices of one operation, writes each down, and has it carried out."""

    def __init__(self, backends: Backends, work: Work) -> None:
        self._backends, self._work, self._number = backends, work, work.done_before
        self._ids = IdSource()
        self._targets = {one.name: one.key(backends.keys) for one in queues.fixed() if one.kind == "list"}

    def carry_out(self, picks: Sequence[Pick]) -> bool:
        """Move them; False if the queue had changed and nothing was moved."""
        work, number, uid = self._work, self._number + 1, self._ids.new()
        names = tuple(operation_slices.name_of(_landed_hash(pick)) for pick in picks)
        originals = tuple(pick.message.element for pick in picks) if work.keeps_originals else ()
        slices.write_down(self._backends, work.operation, Slice(number, work.source.name, names, originals))
        answer = slices.insist(
            partial(
                transfer.carry_out, self._backends.redis(), self._backends.keys, picks, operation=work.operation,
                number=number, source=work.source, targets=self._targets, uid=uid,
            )
        )  # fmt: skip
        if answer == "changed":
            return False
        if answer == "already":
            slices.require_ours(self._backends, work.operation, number)
        self._number = number
        return True


def _landed_hash(pick: Pick) -> str:
    return payload_hash(pick.transfer.replacement) if pick.transfer.replacement else pick.message.hash


def _restless(work: Work) -> RefusedError:
    return RefusedError(
        f"{work.source.name} changes faster than messages can be picked from it",
        code="MUTT-G008",
        why="its workers take what was looked at; what was moved so far stays moved",
        tries=(f"mutt queue wait {work.source.name}", f"mutt op resume {work.operation}"),
    )
