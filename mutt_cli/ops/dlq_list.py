"""Dead letters, one by one or counted by what they have in common; one of them with all that is known about it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import holds, queue_reading, transfer
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core import pipeline
from mutt_cli.core.selection import Question
from mutt_cli.errors import NotFoundError, UsageError
from mutt_cli.ops.dlq_replay import LETTERS, Judge, Wish
from mutt_cli.ops.paging import newest_first, pages
from mutt_cli.ops.survey import require_understood

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.core.message import Message
    from mutt_cli.core.pipeline import Queue
    from mutt_cli.core.where import Clause
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.dlq_replay import Judged

By = Literal["reason", "error", "host", "rule"]

EXACT: Final = 20_000
"""Up to so many letters of a queue are all looked at when they are counted; of more a sample is."""
_SAMPLE_PAGES: Final = 40
_PAGE: Final = 250
_NEAR: Final = 2_000
"""Letters of a queue among which one is looked for first."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Letter:
    """One dead letter and the queue it lies in."""

    message: Message
    queue: Queue


@dataclass
class Letters:
    """Dead letters as they were looked at, the newest first, and what there is in all."""

    letters: list[Letter]
    depths: dict[str, int]
    drained_by: dict[str, tuple[str, ...]]
    held_by: dict[str, str]
    """Queues in which somebody has stopped remediation: who, and until when."""
    now_ms: int
    looked: int = 0
    whole: bool = True
    """Whether there was time for all of them, or for as many as were wanted."""


@dataclass
class Group:
    """Letters of one queue that have something in common. `messages` is an estimate where only a sample was seen."""

    queue: str
    value: str
    messages: int = 0
    seen: int = 0
    oldest_ms: int | None = None
    newest_ms: int | None = None
    sample: str = ""
    """Payload hash of one of them."""

    def add(self, message: Message) -> None:
        """Count one."""
        self.seen += 1
        self.sample = self.sample or message.hash
        at = message.delivery.last_failed_ms or message.since_ms
        if at is not None:
            self.oldest_ms = at if self.oldest_ms is None else min(at, self.oldest_ms)
            self.newest_ms = at if self.newest_ms is None else max(at, self.newest_ms)


@dataclass
class Groups:
    """Counted letters; `sampled` names the queues of which only a part was looked at."""

    groups: list[Group]
    depths: dict[str, int]
    drained_by: dict[str, tuple[str, ...]]
    held_by: dict[str, str]
    sampled: list[str] = field(default_factory=list)


def listed(
    backends: Backends, sources: Sequence[Queue], where: Sequence[Clause], *, most: int, seconds: float
) -> Letters:
    """The newest letters of these queues, at most `most` (0 = all) of those that fit. Ends after so many seconds."""
    now, ends_at = queue_reading.now_ms(backends.redis()), boottime_s() + seconds
    question = Question(where, now)
    depths = _depths(backends, sources)
    found = Letters([], depths, {queue.name: pipeline.drainers(queue.name) for queue in sources}, _held(backends), now)
    for queue in sources:
        kept: list[Letter] = []
        for page in newest_first(backends, queue, depths[queue.name]):
            found.looked += len(page)
            kept += [Letter(one, queue) for one in page if question.fits(one)]
            if most and len(kept) >= most:
                break
            if boottime_s() > ends_at:
                found.whole = False
                break
        found.letters += kept[:most] if most else kept
    require_understood(question)
    found.letters.sort(key=_failed_ms, reverse=True)
    if most:
        found.letters = found.letters[:most]
    return found


def grouped(backends: Backends, sources: Sequence[Queue], where: Sequence[Clause], by: By) -> Groups:
    """How many letters have what in common; exact up to 20,000 a queue, else an estimate from a sample."""
    question = Question(where, queue_reading.now_ms(backends.redis()))
    depths = _depths(backends, sources)
    drained_by = {queue.name: pipeline.drainers(queue.name) for queue in sources}
    found = Groups([], depths, drained_by, _held(backends))
    for queue in sources:
        groups: dict[str, Group] = {}
        looked = 0
        for message in _sample(backends, queue, depths[queue.name]):
            looked += 1
            if not question.fits(message):
                continue
            value = _common(message, by)
            groups.setdefault(value, Group(queue.name, value)).add(message)
        if depths[queue.name] > EXACT:
            found.sampled.append(queue.name)
        factor = depths[queue.name] / looked if queue.name in found.sampled and looked else 1.0
        for group in groups.values():
            group.messages = round(group.seen * factor)
        found.groups += groups.values()
    require_understood(question)
    found.groups.sort(key=lambda one: -one.messages)
    return found


def one(backends: Backends, name: str) -> Judged:
    """The letter of that id, judged as a replay with --fix would.

    Raises NotFoundError, or UsageError if several fit.
    """
    found = _addressed(backends, name)
    hashes = Counter(letter.message.hash for letter in found)
    if not found:
        raise NotFoundError(f"no dead letter is called {name}", tries=("mutt dlq list", f"mutt trace {name}"))
    if len(hashes) > 1:
        names = ", ".join(f"{letter.message.hash[:12]} in {letter.queue.name}" for letter in found[:5])
        raise UsageError(
            f"{name} fits {len(hashes)} letters: {names}", tries=(f"mutt dlq show {found[0].message.hash[:12]}",)
        )
    return Judge(backends, Wish(fix=True)).judge(found[0].message, found[0].queue)


def _addressed(backends: Backends, name: str) -> list[Letter]:
    """Every letter of that name; of one that is named by its whole hash, as lists name it, the first that is met."""
    every = (Letter(message, queue) for queue in LETTERS for _, page in pages(backends, queue) for message in page)
    if not _HASH.fullmatch(name):
        return [one for one in every if one.message.addressed_by(name)]
    met = (one for one in chain(_newest(backends), every) if one.message.addressed_by(name))
    return list(islice(met, 1))


def _newest(backends: Backends) -> Iterator[Letter]:
    """The newest letters of each queue, which are those that lists show: most names are of one of them."""
    for queue, depth in zip(LETTERS, _depths(backends, LETTERS).values(), strict=True):
        first = max(0, depth - _NEAR)
        for begin in reversed(range(first, depth, _PAGE)):
            for message in reversed(transfer.page(backends.redis(), backends.keys, queue, begin, _PAGE)):
                yield Letter(message, queue)


def _held(backends: Backends) -> dict[str, str]:
    paused, _ = holds.read(backends.redis(), backends.keys.remediation_paused)
    return {name: hold.words for name, hold in paused.items()}


def _depths(backends: Backends, sources: Sequence[Queue]) -> dict[str, int]:
    depths = queue_reading.depths(backends.redis(), backends.keys, sources)
    return {queue.name: depth for queue, depth in zip(sources, depths, strict=True)}


def _sample(backends: Backends, queue: Queue, depth: int) -> Iterator[Message]:
    """Every letter, or pages of them spread evenly over the queue."""
    if depth <= EXACT:
        for _, page in pages(backends, queue):
            yield from page
        return
    for place in range(_SAMPLE_PAGES):
        start = (depth - _PAGE) * place // (_SAMPLE_PAGES - 1)
        yield from transfer.page(backends.redis(), backends.keys, queue, start, _PAGE)


def _common(message: Message, by: By) -> str:
    if by == "host":
        return message.hostname
    if by == "rule":
        return message.rule
    return message.delivery.reason if by == "reason" else message.delivery.error


def _failed_ms(letter: Letter) -> int:
    return letter.message.delivery.last_failed_ms or letter.message.since_ms or 0
