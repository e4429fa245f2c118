"""Draining and resuming as plans: which step comes when, and what it waits for.

The order of the guides (SO:1283-1346) with what contradictions.md C-85 adds: remediation first, or it refills what is
being emptied; the intake last on the way back, or it opens before the rest is proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["hold", "empty", "stop", "start", "lift"]
UNITS: Final = {
    "ingestor": "mutt-ingestor", "alerter": "mutt-alerter", "forwarder": "mutt-moog-forwarder",
    "remediation": "mutt-remediation", "webui": "mutt-webui",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step. `service` is held, lifted, stopped or started; `queues` are emptied, with the hands of `service`."""

    kind: Kind
    service: str
    queues: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is done, in words."""
        if self.kind == "empty":
            return f"wait until {' and '.join(self.queues)} {'are' if self.queues[1:] else 'is'} empty"
        doing = {"hold": "hold", "lift": "let work again:", "stop": "stop", "start": "start"}[self.kind]
        return f"{doing} {self.service}"

    @property
    def line(self) -> str:
        """What the operator runs on each host; empty if MUTT does the step by itself."""
        return f"systemctl {self.kind} {UNITS[self.service]}" if self.kind in {"stop", "start"} else ""


_EVENTS: Final = Step("empty", "alerter", ("ingest",))
_ALERTS: Final = Step("empty", "forwarder", ("alert", "retry"))


def drain_steps(scope: Literal["all", "moog"], *, stop: bool) -> tuple[Step, ...]:
    """How the pipeline is emptied. `stop`: daemons are stopped too, between the steps; else they only wait."""
    if scope == "moog":
        return (Step("hold", "remediation"), Step("hold", "alerter"), _ALERTS, Step("hold", "forwarder"))
    steps = [Step("hold", "remediation"), Step("hold", "ingestor"), _EVENTS, Step("stop", "alerter"), _ALERTS]
    steps += [Step("stop", one) for one in ("forwarder", "remediation", "webui", "ingestor")]
    return tuple(one for one in steps if stop or one.kind != "stop")


def resume_steps(held: frozenset[str], alive: frozenset[str]) -> tuple[Step, ...]:
    """The way back: what is not alive is started, from the end of the pipeline to its beginning, then let work."""
    order = ("forwarder", "alerter", "remediation", "webui", "ingestor")
    starts = [Step("start", one) for one in order if one not in alive]
    return (*starts, *(Step("lift", one) for one in order if one in held))
