"""Emptying the pipeline for planned work, and letting it work again: each step waits for its effect.

Everything that is done is a hold with a name on it (`mutt:holds`); a drain that is interrupted goes on where it was
when it is called again, because each step looks at what is, not at what was done.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import breaker, dynamic_store, holds, ledger, queue_reading
from mutt_cli.adapters.clock import boottime_s
from mutt_cli.core.hold import first_of
from mutt_cli.core.pipeline import QUEUES, WORKER_STAGES
from mutt_cli.errors import WaitTimeoutError
from mutt_cli.ops import hold as hold_ops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.adapters.queue_reading import Worker
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.drain import Step
    from mutt_cli.core.hold import Hold
    from mutt_cli.keys import Keys
    from mutt_cli.ops.backends import Backends

POLL_S: Final = 0.2
COMMAND: Final = "maintenance drain"
"""What `Hold.command` says of a hold that a drain made; resuming lifts those and no others."""


@dataclass(frozen=True)
class Done:
    """One step that was carried out. `detail` is what was there when it ended."""

    step: Step
    seconds: float
    detail: str


@dataclass
class Course:
    """Steps under way. `tell` gets a line for people at each step, `hold` is what is written for `hold` steps."""

    backends: Backends
    seconds: float
    tell: Callable[[str], None]
    hold: Hold | None = None
    done: list[Done] = field(default_factory=list)
    former: dict[str, Hold | None] = field(default_factory=dict)
    """What was held before, by name, of everything that was held or lifted."""

    def take(self, steps: Sequence[Step]) -> list[Done]:
        """Carry the steps out, one after the other. Raises WaitTimeoutError at the first that does not come true."""
        ends_at = boottime_s() + self.seconds
        for number, step in enumerate(steps, start=1):
            began, said = boottime_s(), ""
            self.tell(f"{number}/{len(steps)}  {step.text}" + (f":  {step.line}" if step.line else ""))
            self._act(step)
            while True:
                ready, detail, why = self._look(step)
                if ready:
                    break
                if why and why != said:
                    self.tell(f"      {why}")
                    said = why
                if boottime_s() >= ends_at:
                    raise self._late(step, detail, why)
                time.sleep(POLL_S)
            self.done.append(Done(step, round(boottime_s() - began, 1), detail))
        return self.done

    def _act(self, step: Step) -> None:
        """Hold or lift; what somebody else holds stays as it is, with its own reason and end."""
        if step.kind not in {"hold", "lift"}:
            return
        held, _ = holds.read(self.backends.redis(), self.backends.keys.holds)
        known = held.get(step.service)
        if step.kind == "hold" and known is None:
            self._change(step.service, self.hold, None)
        elif step.kind == "lift" and known is not None and known.command == COMMAND:
            self._change(step.service, None, known)

    def _change(self, service: str, wish: Hold | None, seen: Hold | None) -> None:
        self.former |= hold_ops.change(self.backends, {service: wish}, expected={service: seen})

    def _look(self, step: Step) -> tuple[bool, str, str]:
        """Whether the step has come true, what is there, and what is in its way."""
        if step.kind == "empty":
            return self._emptied(step)
        readers = [one for one in dynamic_store.readers(*self._redis) if one.service == step.service]
        if step.kind in {"stop", "start"}:
            return self._alive(step, readers)
        held, _ = holds.read(self.backends.redis(), self.backends.keys.holds)
        wrong = [one for one in readers if bool(one.held) != (first_of(held, _names(one)) is not None)]
        return not wrong, f"{len(readers) - len(wrong)}/{len(readers)} processes", ""

    def _alive(self, step: Step, readers: Sequence[Reader]) -> tuple[bool, str, str]:
        """Whether the daemon is gone, or there with its work."""
        workers = self._workers(step.service)
        beating = [one for one in workers if one.heartbeat is not None]
        if step.kind == "start":
            leased = step.service in {stage.name for stage in WORKER_STAGES.values()}
            return bool(readers) and (bool(beating) or not leased), f"{len(readers)} processes", ""
        left = {f"{one.name} on {one.host}" for one in readers}
        left |= {f"{one.pod} on {one.heartbeat.host}" for one in beating if one.heartbeat}
        return not left, "none alive", f"still alive: {', '.join(sorted(left))}" if left else ""

    def _emptied(self, step: Step) -> tuple[bool, str, str]:
        queues = [one for one in QUEUES if one.name in step.queues]
        depths = queue_reading.depths(*self._redis, queues)
        workers = self._workers(step.service)
        in_hand = sum(one.in_hand for one in workers)
        parts = [f"{depth:,} in {queue.name}" for queue, depth in zip(queues, depths, strict=True)]
        empty = not sum(depths) and not in_hand
        return empty, ", ".join([*parts, f"{in_hand:,} in hand"]), "" if empty else self._in_the_way(step, workers)

    def _in_the_way(self, step: Step, workers: Sequence[Worker]) -> str:
        if not any(one.heartbeat is not None for one in workers):
            return f"no {step.service} is alive: nothing will be emptied until one is started"
        held, _ = holds.read(self.backends.redis(), self.backends.keys.holds)
        if step.service in held:
            return f"{step.service} is held {held[step.service].phrase}: it takes nothing"
        found = breaker.read(*self._redis)
        if step.service == "forwarder" and found.state != "CLOSED":
            last = f", {found.last.text}" if found.last else ""
            return f"Moogsoft is down for us (breaker {found.state}{last}): what waits may not empty before it is back"
        return ""

    def _workers(self, service: str) -> list[Worker]:
        roles = [role for role, stage in WORKER_STAGES.items() if stage.name == service]
        names = [one for one in ledger.workers(*self._redis) if one[0] in roles] if roles else []
        return queue_reading.workers(*self._redis, names) if names else []

    @property
    def _redis(self) -> tuple[Client, Keys]:
        return self.backends.redis(), self.backends.keys

    def _late(self, step: Step, detail: str, why: str) -> WaitTimeoutError:
        return WaitTimeoutError(
            f"not within {self.seconds:.0f} s: {step.text} ({detail})",
            why=why or "what was done so far stays; nothing is lost",
            tries=("mutt queue list", "call the same command again to go on", "mutt maintenance resume"),
        )


def of_drains(backends: Backends) -> dict[str, Hold]:
    """What drains hold now."""
    held, _ = holds.read(backends.redis(), backends.keys.holds)
    return {name: hold for name, hold in held.items() if hold.command == COMMAND}


def held_by(backends: Backends, operation: str) -> dict[str, Hold | None]:
    """What one drain holds now, also if it was interrupted before it heard that it does."""
    return {name: hold for name, hold in of_drains(backends).items() if hold.operation == operation}


def others(backends: Backends) -> dict[str, Hold]:
    """What somebody else holds."""
    held, _ = holds.read(backends.redis(), backends.keys.holds)
    return {name: hold for name, hold in held.items() if hold.command != COMMAND}


def alive(backends: Backends) -> frozenset[str]:
    """Services of which a process is alive."""
    return frozenset(one.service for one in dynamic_store.readers(backends.redis(), backends.keys))


def _names(reader: Reader) -> tuple[str, ...]:
    return reader.service, f"{reader.service}/{reader.pod}", f"{reader.service}/{reader.host}"
