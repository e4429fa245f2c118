"""What people have switched off, wherever it is kept: holds of services, a tripped breaker, paused dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import breaker, holds, pauses
from mutt_cli.core.hold import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.adapters.breaker import Breaker
    from mutt_cli.ops.backends import Backends

INTAKE: Final = "ingestor"
"""What holds all ingestors."""
BREAKER: Final = "breaker"
PAUSED: Final = "dlq"
"""Before the short name of a dead-letter queue in which remediation is stopped (`mutt dlq pause`)."""
_MEANING: Final = {
    "ingestor": "the intake is stopped",
    "alerter": "alerters take nothing",
    "forwarder": "forwarders send nothing",
    "remediation": "remediation is paused",
}


@dataclass(frozen=True)
class Off:
    """One thing that is switched off. `what` is the service, `service/instance`, or `breaker`."""

    what: str
    hold: Hold

    @property
    def text(self) -> str:
        """In one line: what, by whom, since when, until when, why."""
        service, _, instance = self.what.partition("/")
        meaning = _MEANING.get(service, f"{service} is switched off")
        if service == PAUSED:
            return f"remediation takes nothing from {instance}, {self.hold.phrase}"
        if self.what == BREAKER:
            meaning = "the circuit breaker is tripped: Moogsoft gets no alerts"
        where = f" on {instance}" if instance else ""
        return f"{meaning}{where}, {self.hold.phrase}"


def switched_off(backends: Backends) -> tuple[Off, ...]:
    """Everything that is switched off now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    held, _ = holds.read(client, keys)
    paused = tuple(
        Off(f"{PAUSED}/{name}", Hold(one.by, one.reason, since=one.at_ms, until=one.until_ms or 0))
        for name, one in sorted(pauses.read(client, keys).items())
    )
    return (*_all(held.items(), breaker.read(client, keys)), *paused)


def _all(held: Iterable[tuple[str, Hold]], found: Breaker) -> Iterable[Off]:
    for name, hold in sorted(held):
        yield Off(name, hold)
    if found.trip is not None and not found.trip.over(found.now_ms):
        yield Off(BREAKER, found.trip)
