"""A drill: one labelled canary through the real pipeline, watched to its end, and cleared away.

Promise: whatever happens meanwhile, no canary stays where it could do anything. One that ended leaves its story and
its place in the ledger; one that is found in a queue is taken out; one that is in somebody's hands, or that this
process could not look for any more, ends by itself where it is met next, because its label says that its time is over.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from mutt_cli.adapters import breaker, drill_notes, holds, ledger, queue_reading
from mutt_cli.adapters.clock import boottime_s, new_token, now_ms
from mutt_cli.adapters.drill_notes import Noted
from mutt_cli.core import drill, drill_verdict
from mutt_cli.core.drill import Label
from mutt_cli.core.ingest_reply import Never, NotNow, Silence, Taken, meaning
from mutt_cli.core.pipeline import in_hand
from mutt_cli.errors import MuttError, NotFoundError, RefusedError
from mutt_cli.ops import trace
from mutt_cli.ops.drill_clear import taken_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.core.drill import Mode
    from mutt_cli.core.drill_verdict import Finding, Stage
    from mutt_cli.core.ingest_reply import Meaning
    from mutt_cli.core.story import Story
    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.send import Door

_FIRST_LOOK_S: Final = 0.05
_LOOK_S: Final = 1.0
"""Longest time between two looks; what is told of a stage comes from the journal and not from these."""
_SLACK_MS: Final = 5_000
"""For so much longer than the drill waits its canary may still go on, so that the last look finds it ended."""
_CALL_S: Final = 10.0
"""Most time for the ingestor's answer."""


@dataclass(frozen=True)
class Wish:
    """What is to be done. `seconds` is how long the canary may take."""

    mode: Mode
    operation: str
    actor: str
    seconds: float


@dataclass(frozen=True)
class Obstacle:
    """Why a service does not take what waits for it, and what to type, if that is known."""

    words: str
    try_: str = ""


@dataclass(frozen=True)
class Drilled:
    """What a drill found."""

    finding: Finding
    correlation_id: str
    event_id: str = ""
    """Empty if the ingestor did not say it."""
    stages: tuple[Stage, ...] = ()
    seconds: float | None = None
    """From before the post until the last stage; None if it did not come to its end."""
    post: dict[str, Any] | None = None
    """What the forwarder would have posted."""
    obstacles: tuple[Obstacle, ...] = ()
    """What stands in its way at that stage, as far as this could see."""
    left: str = ""
    """Where something of it still is, and what becomes of it; empty if nothing is."""
    warnings: tuple[str, ...] = ()

    @property
    def tries(self) -> tuple[str, ...]:
        """What to do: first what removes an obstacle."""
        return tuple(dict.fromkeys((*(one.try_ for one in self.obstacles if one.try_), *self.finding.tries)))


@dataclass(frozen=True)
class Wired:
    """Who would take part, and what was found of drills before."""

    forwarders: tuple[Worker, ...]
    alerters: tuple[Worker, ...]
    last: Noted


def ready(backends: Backends, mode: Mode) -> Wired:
    """Who would take part. Raises RefusedError MUTT-G055 where a forwarder would post what is only to be recorded."""
    client, keys = backends.redis(), backends.keys
    alive = [one for one in queue_reading.workers(client, keys, ledger.workers(client, keys)) if one.heartbeat]
    forwarders = tuple(one for one in alive if one.role == "moog")
    older = [one.pod for one in forwarders if one.heartbeat and not one.heartbeat.drills]
    if older and mode == "record":
        raise RefusedError(
            f"the forwarder {', '.join(older)} is of a version that knows no drills, and would post the canary",
            code="MUTT-G055", why="without --send nothing is to reach Moogsoft; nothing was sent",
            tries=("mutt status --services", "mutt drill --send"),
        )  # fmt: skip
    return Wired(forwarders, tuple(one for one in alive if one.role == "alerter"), drill_notes.read(client, keys))


def carry_out(
    backends: Backends, door: Door, wish: Wish, *, tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Drilled:  # fmt: skip
    """Send the canary and watch it to its end, or until the time is over; then clear it away and note the result.

    Raises RedisUnavailableError before anything is sent if the label cannot be written.
    """
    return _Drill(backends, door, wish, tell, sleep).run()


@dataclass
class _Drill:
    backends: Backends
    door: Door
    wish: Wish
    tell: Callable[[str], None]
    sleep: Callable[[float], None]
    token: str = field(default_factory=new_token)
    event_id: str = ""
    story: Story | None = None
    warnings: tuple[str, ...] = ()
    fate: Literal["unsent", "unknown", "taken"] = "unsent"
    posted_s: float = 0.0
    """How long the ingestor took to answer."""

    def __post_init__(self) -> None:
        self.correlation_id = f"drill-{self.wish.operation}"
        self.ends_at = boottime_s() + self.wish.seconds

    def run(self) -> Drilled:
        client, keys = self.backends.redis(), self.backends.keys
        began = queue_reading.now_ms(client)
        until = began + int(self.wish.seconds * 1000) + _SLACK_MS
        gone = False
        try:
            drill_notes.announce(client, keys, self.token, Label(self.wish.mode, until, self.wish.operation))
            finding = self._post() or self._watch()
            gone = finding.result in {"ok", "unexpected"}
            obstacles = () if gone else self._obstacles(finding.stage)
            post = self._would_post() if finding.ok else None
        finally:
            left = self._clear(gone=gone)
        seconds = self._seconds(began) if gone else None
        self._note(finding, seconds)
        told = tuple(drill_verdict.stages(self.story, self.posted_s)) if self.story else ()
        return Drilled(finding, self.correlation_id, self.event_id, told, seconds, post, obstacles, left, self.warnings)

    def _post(self) -> Finding | None:
        """Post it; why the ingestor did not take it, or None."""
        body = msgspec.json.encode(drill.canary(self.token, self.correlation_id, self.wish.actor)) + b"\n"
        began, self.fate = boottime_s(), "unknown"
        heard = self.door.post(body, new_token(), max(0.1, min(_CALL_S, self.wish.seconds)))
        self.posted_s = boottime_s() - began
        self.tell(f"POST {self.door.address}/ingest  {self.posted_s * 1000:.1f} ms")
        said = NotNow(heard.detail, None, heard.maybe) if isinstance(heard, Silence) else meaning(heard, [1])
        if isinstance(said, Taken) and said.accepted:
            self.event_id, self.fate = said.accepted[0].event_id, "taken"
            return None
        if not (isinstance(said, NotNow) and said.maybe):
            self.fate = "unsent"
        return drill_verdict.not_taken(*_told(said))

    def _watch(self) -> Finding:
        """Look until it has ended or the time is over."""
        pause = _FIRST_LOOK_S
        while True:
            seen = self._look()
            found = drill_verdict.ended(seen, self.wish.mode)
            if found is not None:
                return found
            left = self.ends_at - boottime_s()
            if left <= 0:
                return drill_verdict.out_of_time(seen)
            self.sleep(min(pause, left))
            pause = min(_LOOK_S, pause * 1.5)

    def _look(self) -> Story:
        traced = trace.again(self.backends, self.event_id, now_ms=now_ms())
        self.story, self.warnings = traced.story, traced.warnings
        return traced.story

    def _would_post(self) -> dict[str, Any] | None:
        with suppress(MuttError):
            found = drill_notes.labels(self.backends.redis(), self.backends.keys, [self.token])
            return found[self.token].post if self.token in found else None
        return None

    def _seconds(self, began: int) -> float | None:
        """Both moments are by the clock of Redis."""
        return max(0, self.story.steps[-1].at_ms - began) / 1000 if self.story and self.story.steps else None

    def _obstacles(self, stage: str) -> tuple[Obstacle, ...]:
        try:
            return tuple(obstacles(self.backends, stage))
        except MuttError as error:
            return (Obstacle(error.message),)

    def _clear(self, *, gone: bool) -> str:
        """Leave nothing behind that could do anything; what still lies somewhere, in words."""
        client, keys = self.backends.redis(), self.backends.keys
        try:
            if not gone and self.fate != "unsent":
                drill_notes.expire(client, keys, self.token)
                if (left := self._take_away()) is not None:
                    return left
            drill_notes.forget(client, keys, self.token)
        except MuttError as error:
            return f"it could not be cleared away ({error.message}); it ends by itself where it is met after its time"
        return ""

    def _take_away(self) -> str | None:
        """Take it out of wherever it is; None if it is nowhere any more."""
        self.event_id = self.event_id or self._sent_after_all()
        if not self.event_id:
            return "nobody knows whether the ingestor took its canary; if so it ends unsent where it is met"
        seen = self._look()
        for place in seen.places:
            if taken_out(self.backends, place.queue, self.event_id, self.wish.operation, self.wish.actor):
                return None
        if seen.verdict.ended and not seen.places:
            return None
        where = seen.places[0].queue if seen.places else ""
        if not where:
            return "nobody sees its canary now; where it is met next it ends, unsent"
        if where.startswith(_IN_FORWARDER) and self.wish.mode == "send":
            return f"its canary is in {where}: a post under way goes to its end, another one does not begin"
        return f"its canary still lies in {where}; it ends there without being sent when its turn comes"

    def _sent_after_all(self) -> str:
        """The event's id, if the ingestor took it without being heard."""
        with suppress(NotFoundError):
            answer = trace.trace(self.backends, self.correlation_id, now_ms=now_ms())
            return trace.resolved(answer).story.subject.event_id
        return ""

    def _note(self, finding: Finding, seconds: float | None) -> None:
        """For health. Redis away: this drill is not known to anybody but its journal."""
        client, keys = self.backends.redis(), self.backends.keys
        with suppress(MuttError):
            noted = Noted(
                queue_reading.now_ms(client), 0, finding.result, finding.stage, self.wish.mode, seconds,
                self.wish.operation, self.wish.actor,
            )  # fmt: skip
            drill_notes.keep(client, keys, noted, ok=finding.ok)


def _told(said: Meaning) -> tuple[str, float | None]:
    """Why the ingestor did not take it, and how long it asks to wait."""
    if isinstance(said, NotNow):
        return said.reason, said.wait_s
    if isinstance(said, Never) and said.kind == "auth":
        return "it refuses INGEST_API_KEY of Vault, which may have been changed since it read it", None
    if isinstance(said, Taken):
        return said.refused[0].detail or said.refused[0].reason, None
    return said.detail, None


_IN_FORWARDER: Final = in_hand("moog", "").name
_ROLE: Final = {"alerter": "alerter", "forwarder": "moog"}


def obstacles(backends: Backends, stage: str) -> list[Obstacle]:
    """Why this service may not take what waits for it: a person or the breaker holds it, or none of it is alive."""
    client, keys = backends.redis(), backends.keys
    held, _ = holds.read(client, keys.holds)
    lift = "mutt ingest start" if stage == "ingestor" else "mutt maintenance resume"
    found = [
        Obstacle(f"{name} is held {hold.phrase}", lift)
        for name, hold in sorted(held.items())
        if name.partition("/")[0] == stage
    ]
    if stage == "forwarder" and (state := breaker.read(client, keys).state) != "CLOSED":
        found.append(Obstacle(f"the breaker is {state}", "mutt breaker show"))
    if stage in _ROLE:
        workers = queue_reading.workers(client, keys, ledger.workers(client, keys))
        alive = [one for one in workers if one.role == _ROLE[stage] and one.heartbeat]
        if not alive:
            found.append(Obstacle(f"no {stage} is alive"))
        elif stage == "alerter" and (older := [one.pod for one in alive if one.heartbeat and not one.heartbeat.drills]):
            told = f"alerter {', '.join(older)} is of a version that knows no drills"
            found.append(Obstacle(told, "mutt status --services"))
    return found
