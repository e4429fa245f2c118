"""Remediation: brings dead letters back, one active instance at a time, and buries what is poison.

Every REMEDIATION_INTERVAL a cycle returns a batch; twice a second it looks whether what was set aside for want of
room may come back, and whether a half-open breaker needs an alert to try (D9, D13). It needs neither Vault nor
Moogsoft to run; without Redis it waits. SIGTERM ends it after the slice in hand.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import bulk, host, remediation_notes, replay_state
from mutt_cli.adapters.clock import boottime_s, now_ms
from mutt_cli.adapters.redis_client import REDIS_TROUBLE, RedisUnavailableError
from mutt_cli.adapters.remediation_notes import Cycle
from mutt_cli.adapters.single_lease import SingleLease
from mutt_cli.core.replay import LANES
from mutt_cli.daemons.moogsoft_watch import MoogsoftWatch
from mutt_cli.daemons.replay_sweep import Sweeper
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from mutt_cli.adapters.replay_state import Reading
    from mutt_cli.core.replay import Lane
    from mutt_cli.daemons.meters import RemediationMeters
    from mutt_cli.daemons.replay_sweep import Swept
    from mutt_cli.daemons.runtime import Runtime

TICK_S: Final = 0.5
LEASE_MS: Final = 15_000
LONGEST_WAIT_S: Final = 10.0
LOOKED_AT_PER_S: Final = 100
"""Letters read per second, on average, in a queue where nothing may go: a long queue is looked at less often."""
LONGEST_REST_S: Final = 60.0
ABANDONED_MS: Final = 24 * 3600 * 1000


@dataclass
class _Rest:
    """When a queue is worth a look again."""

    until: float = 0.0

    def over(self) -> bool:
        return boottime_s() >= self.until

    def after(self, swept: Swept, there: int) -> None:
        pause = min(max(1.0, there / LOOKED_AT_PER_S), LONGEST_REST_S)
        self.until = boottime_s() + pause if there and not swept.moved else 0.0


class Remediation:
    """One remediation process."""

    def __init__(self, runtime: Runtime, meters: RemediationMeters) -> None:
        """Raises ConfigError if the webhook's or the health address cannot be used."""
        self.runtime, self.meters = runtime, meters
        self.redis_answers = threading.Event()
        self._watch = MoogsoftWatch(runtime)
        self._client = runtime.redis()
        self._lease = SingleLease(self._client, runtime.keys.remediation_lease, LEASE_MS)
        self._sweeper = Sweeper(runtime, self._client, self._watch, self._lease.hold, meters)
        self._leads = False
        self._told = ""
        self._breaker = ""
        self._next_cycle, self._interval = 0.0, runtime.settings.remediation.interval
        self._rests = {lane: _Rest() for lane in LANES}

    def gauges(self) -> dict[str, float]:
        """Moogsoft's health as metrics, from the instance that asks."""
        return self._watch.gauges if self._leads else {}

    def run(self) -> None:
        """Until SIGTERM."""
        stop, wait = self.runtime.stop, TICK_S
        while not stop.is_set():
            try:
                self._turn()
                self.redis_answers.set()
                wait = TICK_S
            except MuttError as error:
                self.redis_answers.clear()
                self._trouble(error, wait)
                wait = min(wait * 2, LONGEST_WAIT_S)
            stop.wait(wait)
        self._resign()

    def _turn(self) -> None:
        settings = self.runtime.settings.remediation
        reading = replay_state.read(self._client, self.runtime.keys)
        if not settings.enabled:
            self._tell("Remediation is switched off (REMEDIATION_ENABLED=false): idle")
            self._resign()
            return
        if not self._lease.hold():
            self._leads = False
            self._tell("Remediation: another instance is active: idle")
            return
        if not self._leads:
            self._begin()
        hold = self.runtime.holds.hold
        if hold is not None:
            self._tell(f"Remediation is paused {hold.phrase}")
            return
        self._next_cycle += settings.interval - self._interval  # it may change while we wait
        self._interval = settings.interval
        wanted = remediation_notes.wish(self._client, self.runtime.keys)
        if wanted or boottime_s() >= self._next_cycle:
            self._next_cycle = boottime_s() + settings.interval
            self._cycle(reading, wanted)
        else:
            self._between(reading)

    def _begin(self) -> None:
        settings = self.runtime.settings.remediation
        self._leads, self._next_cycle = True, 0.0
        self._tell(f"Remediation is active: up to {settings.batch_size} messages every {settings.interval} s")
        bulk.forget_abandoned(self._client, self.runtime.keys, now_ms() - ABANDONED_MS)

    def _cycle(self, before: Reading, wanted: str) -> None:
        """One cycle: everything that may go, and a batch of the rest. `wanted`: the wish that it answers."""
        began = boottime_s()
        self._watch.ask()
        batch = self.runtime.settings.remediation.batch_size
        returned = buried = 0
        for lane in LANES:
            swept = self._sweeper.sweep(lane, batch)
            batch, returned, buried = swept.batch, returned + swept.returned, buried + swept.buried
            self._rests[lane].after(swept, _depth(lane, before))
        after = replay_state.read(self._client, self.runtime.keys)
        self.runtime.log.info(
            "Remediation cycle: replayed %d, poison %d; waiting: %d in dlq-moog, %d in dlq-alerter;"
            " breaker %s, Moogsoft health: %s",
            returned, buried, after.dlq_moog, after.dlq_alerter, after.breaker, self._watch.word,
        )  # fmt: skip
        if not self._lease.hold():  # who stood still meanwhile has moved nothing, and does not tell over who did
            self._leads = False
            return
        held = self._held(after)
        for reason in held.values():
            self.meters.held(reason)
        self.meters.looped(boottime_s() - began)
        told = Cycle(
            self.runtime.pod, host.hostname(), os.getpid(), now_ms(), round(boottime_s() - began, 3), returned, buried,
            after.dlq_moog, after.dlq_alerter, after.breaker, self._watch.word, self._interval,
            self.runtime.settings.remediation.batch_size, held, wanted,
        )  # fmt: skip
        try:
            remediation_notes.note(self._client, self.runtime.keys, told)
        except REDIS_TROUBLE as error:  # a full Redis writes nothing new; what was returned is returned
            self.runtime.log.debug("what this cycle did cannot be told: %s", error)
        remediation_notes.answered(self._client, self.runtime.keys, wanted)

    def _held(self, after: Reading) -> dict[str, str]:
        """What kept the letters that a cycle has left from going back; that a batch is full is no failure."""
        held = {lane.source: self._sweeper.state(lane, after, 1).held(lane) for lane in LANES if _depth(lane, after)}
        return {source: reason for source, reason in held.items() if reason}

    def _between(self, reading: Reading) -> None:
        """Between two cycles: only what no batch bounds."""
        for lane in LANES:
            if self._worth_a_look(lane, reading):
                self._rests[lane].after(self._sweeper.sweep(lane, 0), _depth(lane, reading))

    def _worth_a_look(self, lane: Lane, reading: Reading) -> bool:
        """Whether anything may go, and the last look in vain is long enough ago. What opens a way ends the rest."""
        state = self._sweeper.state(lane, reading, 0)
        if state.paused:
            return False
        if lane.to_moogsoft:
            open_way = state.probe or state.breaker == "CLOSED"
            if state.breaker != self._breaker:
                self._breaker = state.breaker
                self._rests[lane].until = 0.0
        else:
            open_way = state.room > 0
            if not open_way:
                self._rests[lane].until = 0.0
        return open_way and _depth(lane, reading) > 0 and self._rests[lane].over()

    def _tell(self, text: str) -> None:
        """What this instance does, said when it changes."""
        if text != self._told:
            self.runtime.log.info("%s", text)
        self._told = text

    def _trouble(self, error: MuttError, wait: float) -> None:
        if self._leads:
            self.meters.held("redis")
        self.runtime.log.warning("Remediation waits %.1f s: %s", wait, error)

    def _resign(self) -> None:
        if not self._leads:
            return
        self._leads = False
        try:
            self._lease.resign()
        except RedisUnavailableError:
            self.runtime.log.debug("remediation's lease will expire by itself")


def _depth(lane: Lane, reading: Reading) -> int:
    return reading.dlq_moog if lane.to_moogsoft else reading.dlq_alerter
