"""Send events through the ingest API in batches, and say what became of each one.

Promise: an event is reported accepted only if the ingestor answered for it with an id. A request is repeated under
one Idempotency-Key until it is answered, so a lost answer neither loses nor doubles events. What cannot be sent ends
the run with the reason, the line to go on from, and the lines whose fate is not known.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final, Protocol

from mutt_cli.adapters.clock import boottime_s, new_token
from mutt_cli.core.backoff import Policy, wait_s
from mutt_cli.core.ingest_reply import BadBody, Never, NotNow, Silence, Taken, meaning
from mutt_cli.core.intake import MAX_ITEM_BYTES, Item, Refused
from mutt_cli.errors import AuthError, MuttError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mutt_cli.core.ingest_reply import Accepted, Meaning, Reply
    from mutt_cli.core.intake import Outcome

MAX_ITEMS: Final = 500
MAX_BYTES: Final = MAX_ITEM_BYTES + 1
"""Of one request: one item of the greatest size with its newline."""
_BACKOFF: Final = Policy(initial_s=0.2, multiplier=2.0, max_s=5.0)


class Door(Protocol):
    """Where batches go: `IngestClient`."""

    @property
    def address(self) -> str:
        """For people."""

    def post(self, body: bytes, idempotency_key: str, seconds: float) -> Reply | Silence:
        """Post NDJSON once, within `seconds`."""


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds."""

    call_s: float = 10.0
    """For the answer to one request."""
    stall_s: float = 120.0
    """For progress: the ingestor's rate window is 60 s, and it may ask to wait for all of it."""
    total_s: float = inf
    """For everything; bulk work that makes progress has no limit (D37)."""


@dataclass(frozen=True)
class Sent:
    """What became of the input."""

    accepted: int
    events: tuple[Accepted, ...]
    """The accepted ones, up to the number asked for."""
    refused: tuple[Refused, ...]
    """By us or by the ingestor, up to the number asked for."""
    refusals: int
    batches: int
    """Requests that were answered for."""
    retries: int
    seconds: float
    stopped: MuttError | None = None
    """Why not everything was sent; None if it was."""
    resume_line: int = 0
    """If stopped inside a batch: the first line whose fate is not known or that was not sent."""


@dataclass
class _Tally:
    """The running result."""

    keep: int
    accepted: int = 0
    refusals: int = 0
    batches: int = 0
    retries: int = 0
    events: list[Accepted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add(self, accepted: Sequence[Accepted], refused: Sequence[Refused]) -> None:
        self.accepted += len(accepted)
        self.refusals += len(refused)
        self.events.extend(accepted[: max(0, self.keep - len(self.events))])
        self.refused.extend(refused[: max(0, self.keep - len(self.refused))])


@dataclass(frozen=True)
class Watch:
    """Who hears how it goes; both do nothing by default."""

    taken: Callable[[Taken], None] = lambda _: None
    """Each batch as it is answered, and each line that is no event."""
    waiting: Callable[[str, float], None] = lambda _reason, _seconds: None
    """Each wait before a repetition: why, and seconds."""


class Sender:
    """One run of sending to one door."""

    def __init__(
        self,
        door: Door,
        patience: Patience,
        *,
        keep: int = 100_000,
        watch: Watch | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`keep` bounds the events and refusals in the result; the counts are whole in any case."""
        self._door = door
        self._patience = patience
        self._watch = watch or Watch()
        self._sleep = sleep
        self._tally = _Tally(keep)
        self._begun = boottime_s()
        self._batch: Sequence[Item] = ()
        self._maybe = False

    def send(self, groups: Iterable[Sequence[Outcome]]) -> Sent:
        """Send the items of each group as it comes; a group is never held back for the next one."""
        try:
            for group in groups:
                refused = tuple(one for one in group if isinstance(one, Refused))
                if refused:
                    self._note(Taken((), refused))
                for batch in batches([one for one in group if isinstance(one, Item)]):
                    stopped = self._deliver(batch)
                    if stopped is not None:
                        return self._result(stopped)
        except KeyboardInterrupt:
            return self._result(_interrupted(self._batch if self._maybe else ()))
        return self._result(None)

    def _deliver(self, batch: Sequence[Item]) -> MuttError | None:
        """Repeat one request until it is answered for; the error if that is not to be."""
        body = b"".join(item.body + b"\n" for item in batch)
        key = new_token()
        ends_at = min(boottime_s() + self._patience.stall_s, self._begun + self._patience.total_s)
        self._batch, self._maybe = batch, False
        failures = 0
        while True:
            said = self._ask(body, key, ends_at)
            if isinstance(said, Taken):
                self._tally.batches += 1
                self._note(said)
                return None
            if isinstance(said, BadBody):
                return self._halve(batch, said)
            if isinstance(said, Never):
                return _never(said, self._door.address)
            failures += 1
            wait = wait_s(failures, _BACKOFF, 1.0) if said.wait_s is None else said.wait_s
            if boottime_s() + wait >= ends_at:
                return _gave_up(said, self._door.address, batch if self._maybe else ())
            self._tally.retries += 1
            self._watch.waiting(said.reason, wait)
            self._sleep(wait)

    def _ask(self, body: bytes, key: str, ends_at: float) -> Meaning:
        """One request, and what its answer means; `_maybe` once it may have arrived without one."""
        left = ends_at - boottime_s()
        if left <= 0:
            return NotNow("no time was left", None, maybe=False)
        maybe, self._maybe = self._maybe, True  # an interruption from here on leaves its fate open
        heard = self._door.post(body, key, min(left, self._patience.call_s))
        if isinstance(heard, Silence):
            said: Meaning = NotNow(heard.detail, None, maybe=heard.maybe)
        else:
            said = meaning(heard, [item.line for item in self._batch])
        self._maybe = isinstance(said, NotNow) and (maybe or said.maybe)
        return said

    def _halve(self, batch: Sequence[Item], said: BadBody) -> MuttError | None:
        """A body that was refused as a whole left nothing behind: find the item that is to blame."""
        if len(batch) == 1:
            self._tally.batches += 1
            self._note(Taken((), (Refused(batch[0].line, said.reason, said.detail),)))
            return None
        half = len(batch) // 2
        return self._deliver(batch[:half]) or self._deliver(batch[half:])

    def _note(self, taken: Taken) -> None:
        self._batch, self._maybe = (), False
        self._tally.add(taken.accepted, taken.refused)
        self._watch.taken(taken)

    def _result(self, stopped: MuttError | None) -> Sent:
        tally = self._tally
        return Sent(
            tally.accepted, tuple(tally.events), tuple(tally.refused), tally.refusals, tally.batches, tally.retries,
            boottime_s() - self._begun, stopped, self._batch[0].line if self._batch else 0,
        )  # fmt: skip


def batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """`items` in order, in batches of at most 500 and about 1 MiB."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) == MAX_ITEMS or size + len(item.body) + 1 > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.body) + 1
    if batch:
        yield batch


def _never(said: Never, address: str) -> MuttError:
    if said.kind == "auth":
        return AuthError(
            f"the ingestor at {address} refused the API key",
            code="MUTT-D401",
            why="No further event was sent. The key is INGEST_API_KEY in Vault; it may have been changed.",
            tries=("mutt ingest send --api-key-file FILE ...", "ask for the present key"),
        )
    return UnreachableError(
        f"what answers at {address} does not speak like MUTT's ingestor: {said.detail}",
        code="MUTT-D103",
        why="It is not known what became of the events sent there last.",
        tries=("mutt ingest send --url http://HOST:8080 ...", "mutt config get INGESTOR_PORT"),
    )


def _gave_up(said: NotNow, address: str, unsure: Sequence[Item]) -> MuttError:
    asked = f"; it asks to wait {said.wait_s:.0f} s" if said.wait_s is not None else ""
    return UnreachableError(
        f"the ingestor at {address} did not take the events: {said.reason}{asked}",
        code="MUTT-D101",
        why=_fate(unsure),
        tries=("mutt status", "mutt queue list", "mutt ingest send --timeout 10m ..."),
    )


def _interrupted(unsure: Sequence[Item]) -> MuttError:
    return MuttError("stopped by Ctrl-C before the end of the input", "MUTT-U130", _fate(unsure), exit_code=130)


def _fate(unsure: Sequence[Item]) -> str:
    if unsure:
        return f"Lines {unsure[0].line} to {unsure[-1].line} may have been accepted: their answer was lost."
    return "Events not reported as accepted were not sent."
