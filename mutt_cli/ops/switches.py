"""What people have switched off, wherever it is kept: holds of services, a tripped breaker, paused dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import breaker, holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.adapters.breaker import Breaker
    from mutt_cli.core.hold import Hold
    from mutt_cli.keys import Keys
    from mutt_cli.ops.backends import Backends

INTAKE: Final = "ingestor"
"""What holds all ingestors."""
BREAKER: Final = "breaker"
PAUSED: Final = "dlq/"
"""Before the short name of a dead-letter queue in which remediation is stopped (`mutt dlq pause`)."""
_MEANING: Final = {
    "ingestor": "the intake is stopped",
    "alerter": "alerters take nothing",
    "forwarder": "forwarders send nothing",
    "remediation": "remediation is paused",
}


@dataclass(frozen=True)
class Off:
    """One thing that is switched off. `what` is the service, `service/instance`, `dlq/queue` or `breaker`."""

    what: str
    hold: Hold

    @property
    def text(self) -> str:
        """In one line: what, by whom, since when, until when, why."""
        service, _, instance = self.what.partition("/")
        meaning = _MEANING.get(service, f"{service} is switched off")
        if self.what.startswith(PAUSED):
            return f"remediation takes nothing from {instance}, {self.hold.phrase}"
        if self.what == BREAKER:
            meaning = "the circuit breaker is tripped: Moogsoft gets no alerts"
        where = f" on {instance}" if instance else ""
        return f"{meaning}{where}, {self.hold.phrase}"


def switched_off(backends: Backends) -> tuple[Off, ...]:
    """Everything that is switched off now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    held, _ = holds.read(client, keys.holds)
    paused, _ = holds.read(client, keys.remediation_paused)
    letters = [Off(f"{PAUSED}{name}", hold) for name, hold in sorted(paused.items())]
    return (*_all(held.items(), breaker.read(client, keys)), *letters)


def place_of(keys: Keys, what: str) -> tuple[str, str]:
    """The hash in which a thing's hold is kept, and its name there."""
    return (keys.remediation_paused, what.removeprefix(PAUSED)) if what.startswith(PAUSED) else (keys.holds, what)


def _all(held: Iterable[tuple[str, Hold]], found: Breaker) -> Iterable[Off]:
    for name, hold in sorted(held):
        yield Off(name, hold)
    if found.trip is not None and not found.trip.over(found.now_ms):
        yield Off(BREAKER, found.trip)
