"""The storm: daemons are killed and paused, Valkey is killed, PostgreSQL restarts, Moogsoft flaps, all from one seed.

Between two faults a daemon must have made progress: its log must name an event it handled (for remediation: a cycle)
after the fault. A daemon that dies while it starts proves nothing about the steps in which it would hold work.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.keys import Keys
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from tests.servers import PostgresServer
    from tests.stack import Daemon, Stack

Fault = Literal["kill", "part", "pause", "redis", "db"]
MARKS: Final[Mapping[str, bytes]] = {
    "ingestor": b"Ingested event",
    "alerter": b"Processing event",
    "forwarder": b"Forwarded alert",
    "remediation": b"Remediation cycle",
}
"""What a daemon's log says when it got somewhere."""
PAUSE_S: Final = 3.0
"""Longer than the lease of 2 s that the fault tests set."""


@dataclass(frozen=True)
class Plan:
    """How much is to be broken, over at least how many seconds."""

    kills: int
    """Of whole daemons."""
    parts: int
    """SIGKILLs of one process of a daemon, which its parent starts again."""
    pauses: int
    redis_kills: int
    database_restarts: int
    seconds: float

    def faults(self, chance: random.Random) -> list[Fault]:
        """Every fault once, in a random order."""
        counts: tuple[tuple[Fault, int], ...] = (
            ("kill", self.kills), ("part", self.parts), ("pause", self.pauses),
            ("redis", self.redis_kills), ("db", self.database_restarts),
        )  # fmt: skip
        every = [fault for fault, times in counts for _ in range(times)]
        chance.shuffle(every)
        return every


@dataclass
class Victim:
    """One daemon: where its log stood when it was last started or woken, and what was done to it."""

    label: str
    daemon: Daemon
    since: int = 0
    kills: int = 0
    pauses: int = 0
    wakes_at: float = 0.0

    @property
    def paused(self) -> bool:
        return self.wakes_at > 0

    def got_somewhere(self) -> bool:
        """Its log shows progress since the last fault."""
        with self.daemon.log.open("rb") as log:
            log.seek(self.since)
            return MARKS[self.daemon.name] in log.read()

    def mark(self) -> None:
        self.since = self.daemon.log.stat().st_size


@dataclass
class Storm:
    """The faults of one run. `posts_at_faults` is the bound of D16: posts that may have been under way at a fault."""

    stack: Stack
    postgres: PostgresServer
    seed: int
    slots: int
    victims: list[Victim] = field(default_factory=list)
    done: dict[Fault, int] = field(default_factory=dict)
    posts_at_faults: int = 0
    started_again: int = 0
    """Daemons that ended by themselves, as an ingestor does that starts while Redis is away (C-32)."""
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - a reproducible fault plan
        self.victims = [Victim(label, daemon) for label, daemon in self.stack.daemons.items()]

    def run(self, plan: Plan) -> None:
        """Do every fault of the plan, evenly over its seconds (longer, if the daemons need longer to recover)."""
        faults = plan.faults(self._chance)
        began, step = time.monotonic(), plan.seconds / len(faults)
        for number, fault in enumerate(faults):
            self._rest_until(began + number * step)
            getattr(self, f"_{fault}")()
            self.done[fault] = self.done.get(fault, 0) + 1
        self._rest_until(began + plan.seconds)
        self._start_again()
        for victim in self.victims:
            self._wake(victim)

    def _rest_until(self, moment: float) -> None:
        while True:
            now = time.monotonic()
            for victim in self.victims:
                if victim.paused and now >= victim.wakes_at:
                    self._wake(victim)
            if now >= moment:
                return
            time.sleep(min(0.02, moment - now))

    def _kill(self) -> None:
        victim = self._ready()
        victim.daemon.kill()
        self._count_posts(victim)
        victim.mark()
        victim.daemon.start()
        victim.kills += 1

    def _part(self) -> None:
        victim = self._ready(of_parts=True)
        part = self._chance.choice(sorted(victim.daemon.processes().values()))
        with suppress(ProcessLookupError):
            os.kill(part, signal.SIGKILL)
        self._count_posts(victim)
        victim.mark()

    def _pause(self) -> None:
        victim = self._ready()
        victim.daemon.pause()
        self._count_posts(victim)
        victim.wakes_at = time.monotonic() + PAUSE_S
        victim.pauses += 1

    def _wake(self, victim: Victim) -> None:
        if victim.paused:
            victim.mark()
            victim.daemon.wake()
            victim.wakes_at = 0.0

    def _redis(self) -> None:
        server = self.stack.valkey
        assert server.child is not None
        server.child.kill_group()
        server.start()
        self.posts_at_faults += self.slots * sum(victim.daemon.name == "forwarder" for victim in self.victims)

    def _db(self) -> None:
        server = self.postgres.engine
        assert server.child is not None
        server.child.send(signal.SIGQUIT)  # immediate: no checkpoint, recovery at the next start
        assert server.child.wait(30) is not None
        server.start()

    def _ready(self, *, of_parts: bool = False) -> Victim:
        """A random daemon that made progress since its last fault; while there is none, wait for one."""
        victims = [victim for victim in self.victims if not of_parts or victim.daemon.processes()]

        def ready() -> list[Victim]:
            now = time.monotonic()
            self._start_again()
            for victim in self.victims:
                if victim.paused and now >= victim.wakes_at:
                    self._wake(victim)
            return [victim for victim in victims if not victim.paused and victim.got_somewhere()]

        chosen: Victim = self._chance.choice(eventually(ready, f"a daemon makes progress: {self.summary()}", 40))
        return chosen

    def _start_again(self) -> None:
        """What systemd does for a daemon that ended with an error."""
        for victim in self.victims:
            if not victim.daemon.alive:
                victim.daemon.start()
                self.started_again += 1

    def _count_posts(self, victim: Victim) -> None:
        """A forwarder that just died or stopped had at most so many posts under way as it held alerts."""
        if victim.daemon.name == "forwarder":
            held = Keys().processing("moog", victim.daemon.pod)
            self.posts_at_faults += int(self.stack.redis.llen(held))

    def summary(self) -> str:
        """What was done, and to whom, for the message of a failed assertion."""
        each = ", ".join(f"{one.label} {one.kills}+{one.pauses}" for one in self.victims)
        ended = f"started again {self.started_again}"
        return (
            f"seed {self.seed}; {self.done}; kills+pauses: {each}; {ended}; posts at faults <= {self.posts_at_faults}"
        )


@dataclass
class Flapping:
    """Moogsoft, up and down in turns: slow while up, so that posts are under way when somebody dies."""

    stack: Stack
    up_s: float = 2.0
    down_s: float = 0.6
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._flap, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.stack.simulator.behave(Behaviour())

    def _flap(self) -> None:
        while not self._stop.is_set():
            self.stack.simulator.behave(Behaviour(delay_ms=20))
            self._stop.wait(self.up_s)
            self.stack.simulator.behave(Behaviour(status=503))
            self._stop.wait(self.down_s)
