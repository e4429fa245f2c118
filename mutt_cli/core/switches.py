"""One thing that a person switched off, and how it is told wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mutt_cli.core.hold import Hold

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
