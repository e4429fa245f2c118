"""Sending dead letters round again, as they are or repaired: a batch with an id that stops itself and can be undone.

Each letter is judged by the same function when the plan is shown and when it is carried out, so that what happens is
what was agreed to. A letter that cannot be sent (nobody knows where to, no repair for its fault) stays where it is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mutt_cli.adapters import breaker, queue_reading
from mutt_cli.adapters.clock import IdSource
from mutt_cli.core import edits as editing
from mutt_cli.core import pipeline
from mutt_cli.core import transfer as transfers
from mutt_cli.core.edits import Edits, Wrong
from mutt_cli.core.event import Arrival, Limits, Refusal, accept
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.repair import Bench, Fault, propose
from mutt_cli.core.selection import Question
from mutt_cli.core.standing import text_of
from mutt_cli.core.transfer import Way
from mutt_cli.errors import NotFoundError, RefusedError, UsageError
from mutt_cli.ops import queues
from mutt_cli.ops.bulk_work import Decider
from mutt_cli.ops.effective import effective
from mutt_cli.ops.survey import chosen, require_understood

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.selection import Selection
    from mutt_cli.core.transfer import Hand, Transfer
    from mutt_cli.ops.backends import Backends

LETTERS: Final = tuple(queue for queue in pipeline.QUEUES if queue.dead_letters)
"""The queues that dead letters lie in."""
SHOWN: Final = 3
"""Diffs of one kind that are shown where there are many (ux.md 4.2)."""


@dataclass(frozen=True)
class Wish:
    """How letters are to be sent again."""

    to: str = ""
    """Short name of the target; empty = where each came from."""
    fix: bool = False
    only_repaired: bool = False
    """Whether a letter with which nothing is wrong stays."""
    edits: Edits = field(default_factory=Edits)

    def as_mapping(self) -> dict[str, Any]:
        """For the operations journal."""
        return {
            "to": self.to, "fix": self.fix, "only_repaired": self.only_repaired, "edits": self.edits.as_mapping(),
        }  # fmt: skip


def recalled(stored: Mapping[str, Any]) -> Wish:
    """The wish that `as_mapping` described."""
    edits = editing.recalled(stored["edits"])
    return Wish(str(stored["to"]), bool(stored["fix"]), bool(stored["only_repaired"]), edits)


@dataclass(frozen=True)
class Judged:
    """What becomes of one letter: where it goes and what it says there, or why it stays."""

    message: Message
    source: Queue
    target: str = ""
    element: bytes = b""
    """Its new form; empty if it stays."""
    faults: tuple[Fault, ...] = ()
    fields: Mapping[str, Any] | None = None
    """What it says from now on, if that changes."""
    stays: str = ""
    """Why it cannot be sent; empty if it can."""


@dataclass
class ReplayPlan:
    """Which letters would be sent where, by queue; samples of what would change."""

    wish: Wish
    selection: Selection
    sources: list[Queue]
    going: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many, by source and target."""
    staying: Counter[str] = field(default_factory=Counter)
    """How many stay, by the reason."""
    samples: list[Judged] = field(default_factory=list)
    by_fault: Counter[str] = field(default_factory=Counter)
    looked: int = 0

    @property
    def count(self) -> int:
        """How many would be sent."""
        return sum(self.going.values())

    @property
    def targets(self) -> list[str]:
        """Where they would go."""
        return sorted({target for _, target in self.going})


class Judge:
    """Judges letters of one deployment by its limits and queue names."""

    def __init__(self, backends: Backends, wish: Wish) -> None:
        settings = effective(backends).ingest
        limits = Limits(settings.max_event_bytes, settings.max_depth, settings.required_fields)
        self._bench = Bench(limits, queue_reading.now_ms(backends.redis()))
        self._wish, self._ids = wish, IdSource()
        self.now_ms = self._bench.now_ms
        self._names = {name: queue.name for queue in pipeline.QUEUES for name in (queue.name, queue.key(backends.keys))}

    def judge(self, message: Message, source: Queue) -> Judged:
        """What becomes of this letter."""
        target = self._wish.to or transfers.way_back(message.element, source, self._names)
        if not target:
            return Judged(message, source, stays="nobody knows which queue it came from: name one with --to")
        faults: tuple[Fault, ...] = ()
        fields: dict[str, Any] | None = None
        if self._wish.fix:
            found = propose(message, transfers.kind_of(target), self._bench)
            faults, fields = tuple(found.faults), found.fields
            if faults and not found.possible and not self._wish.edits:
                return Judged(message, source, target, faults=faults, stays=_unknown(faults[0]))
            if not faults and self._wish.only_repaired and not self._wish.edits:
                return Judged(message, source, target, stays="nothing is wrong with the message itself")
        if self._wish.edits:
            made = editing.edited(fields if fields is not None else message.fields, self._wish.edits)
            if isinstance(made, Wrong):
                return Judged(message, source, target, faults=faults, stays=made.reason)
            fields = made
        return self._sealed(message, source, target, faults, fields)

    def _sealed(
        self, message: Message, source: Queue, target: str, faults: tuple[Fault, ...], fields: dict[str, Any] | None
    ) -> Judged:  # fmt: skip
        if source.name == pipeline.QUARANTINE:
            return self._accepted(message, source, target, faults, fields)
        element = transfers.sent_again(message.element, self._bench.now_ms, fields)
        return Judged(message, source, target, element, faults, fields)

    def _accepted(
        self, message: Message, source: Queue, target: str, faults: tuple[Fault, ...], fields: dict[str, Any] | None
    ) -> Judged:  # fmt: skip
        """What was refused at the door goes through the checks of the door again."""
        at = text_of(message.letter, "received_at") or rfc3339(self._bench.now_ms)
        event_id = text_of(message.letter, "event_id") or self._ids.new()
        arrival = Arrival(event_id, at, text_of(message.letter, "_source") or "hand", "operator", "", event_id)
        said = {name: value for name, value in (fields or {}).items() if name not in {"received_at", "_source"}}
        raw = msgspec.json.encode(said) if fields is not None else message.letter.body
        found = accept(raw, arrival, self._bench.limits)
        if isinstance(found, Refusal):
            return Judged(message, source, target, faults=faults, stays=f"is refused again: {found.detail}")
        return Judged(message, source, target, found.element, faults, fields)


class Replaying(Decider):
    """Sends the letters that are meant and can be sent."""

    def __init__(self, judge: Judge, source: Queue, selection: Selection) -> None:
        self._judge, self._source, self._selection = judge, source, selection
        self._known = {queue.name: queue for queue in pipeline.QUEUES}

    def decide(self, message: Message, hand: Hand) -> Transfer | None:
        """It goes if it is meant and nothing keeps it."""
        if not self._selection.means(message, self._judge.now_ms):
            return None
        judged = self._judge.judge(message, self._source)
        if judged.stays:
            return None
        way = Way(self._source, self._known[judged.target], "replayed")
        return transfers.transfer(message.element, way, hand, judged.element)


def letters(backends: Backends, name: str | None) -> list[Queue]:
    """The queue of dead letters that is meant, or all of them. Raises NotFoundError or UsageError."""
    if name is None:
        return list(LETTERS)
    queue = queues.named(name, pipeline.QUEUES, backends)
    if not queue.dead_letters:
        raise UsageError(
            f"{queue.name} holds no dead letters: {queue.meaning}",
            tries=(f"mutt queue peek {queue.name}", "mutt dlq list"),
        )
    return [queue]


def plan(
    backends: Backends, sources: Sequence[Queue], selection: Selection, wish: Wish, forced: Collection[str] = ()
) -> ReplayPlan:
    """Which letters would be sent where.

    Raises NotFoundError for an id that no letter has, UsageError for one that several have, and RefusedError
    MUTT-G012 if they would go to Moogsoft while the breaker is open.
    """
    if wish.to and wish.to not in {pipeline.INGEST, pipeline.ALERT}:
        raise UsageError(f"a replay goes to ingest or alert, not to {wish.to}", tries=("mutt queue move ... --to ...",))
    judge = Judge(backends, wish)
    planned = ReplayPlan(wish, selection, list(sources))
    addressed: dict[str, dict[str, str]] = {}
    question = Question(selection.where, queue_reading.now_ms(backends.redis()))
    for source in sources:
        for message in chosen(backends, source, replace(selection, limit=0), question):
            planned.looked += 1
            if selection.limit and planned.count >= selection.limit:
                break
            for prefix in (one for one in selection.ids if message.addressed_by(one)):
                addressed.setdefault(prefix, {})[message.hash] = source.name
            _add(planned, judge.judge(message, source))
    require_understood(question)
    _check_ids(selection, addressed)
    _check_breaker(backends, planned, forced)
    return planned


def recorded_plan(planned: ReplayPlan, canary: int, rate: float, *, to_moogsoft: bool) -> dict[str, Any]:
    """For the operations journal: all that resume and undo need."""
    return {
        "sources": [queue.name for queue in planned.sources], "targets": planned.targets, "count": planned.count,
        "exact": True, "selection": planned.selection.as_mapping(), "wish": planned.wish.as_mapping(),
        "canary": canary, "rate": rate, "to_moogsoft": to_moogsoft,
        "source": planned.sources[0].name if len(planned.sources) == 1 else None,
    }  # fmt: skip


def _unknown(fault: Fault) -> str:
    """Why a letter stays, and what a person could do who knows more."""
    field = re.search(r"[a-z_]+", fault.what.removeprefix("Moogsoft: "))
    advice = f"; if you know better: --set {field.group()}=VALUE" if fault.kind == "refused_field" and field else ""
    return f"no repair is known: {fault.what}{advice}"


def _add(planned: ReplayPlan, judged: Judged) -> None:
    if judged.stays:
        planned.staying[judged.stays] += 1
    else:
        planned.going[judged.source.name, judged.target] += 1
    kind = judged.faults[0].kind if judged.faults else ""
    planned.by_fault[kind or "none"] += 1
    few = len(planned.samples) < transfers.FEW
    if few or (planned.by_fault[kind or "none"] <= SHOWN and not judged.stays):
        planned.samples.append(judged)


def _check_ids(selection: Selection, addressed: Mapping[str, Mapping[str, str]]) -> None:
    for prefix in selection.ids:
        found = addressed.get(prefix, {})
        if not found:
            raise NotFoundError(f"no dead letter is called {prefix}", tries=("mutt dlq list", f"mutt trace {prefix}"))
        if len(found) > 1:
            names = [f"{one[:12]} in {where}" for one, where in list(found.items())[:5]]
            raise UsageError(
                f"{prefix} fits {len(found)} letters: {', '.join(names)}", tries=("name one by more digits",)
            )


def _check_breaker(backends: Backends, planned: ReplayPlan, forced: Collection[str]) -> None:
    if pipeline.ALERT not in planned.targets or "breaker-open" in forced:
        return
    state = breaker.read(backends.redis(), backends.keys).state
    if state != "CLOSED":
        raise RefusedError(
            f"the breaker is {state}: Moogsoft does not take alerts now",
            code="MUTT-G012",
            why="what is sent to `alert` now comes straight back",
            tries=("mutt breaker show", "mutt moog test", "add --force breaker-open"),
        )
