"""From readings to a verdict: what an operator should look at first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

State = Literal["ok", "warn", "crit"]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be, and what it means."""

    state: State
    text: str


@dataclass(frozen=True)
class Waiting:
    """Messages that wait for more than their turn, by queue."""

    limited: int = 0
    """Alerts that wait for the delivery limit."""
    limit: str = ""
    """That limit, by the name of its setting."""
    set_aside: int = 0
    """In the dead-letter queues that remediation drains."""
    remediation: bool = True
    """Whether one is at work."""
    by_hand: tuple[tuple[str, str, int], ...] = ()
    """Queues that wait for a person and are not empty: what lies there, the queue's name, how many."""


@dataclass(frozen=True)
class Facts:
    """What the verdict rests on; None where it could not be read."""

    redis: bool
    database: bool
    vault: bool | None
    """None: no Vault is configured."""
    ingestor: bool
    alerters: int | None
    forwarders: int | None
    remainder: int | None
    breaker: str | None
    waiting: Waiting = field(default_factory=Waiting)
    switched_off: tuple[str, ...] = ()
    """What people switched off: what, by whom, since when, until when, why."""
    stopped: bool = False
    """Whether the intake is among it: then an ingestor that answers 503 obeys."""
    tripped: bool = False
    """Whether the breaker is among it."""


def findings(facts: Facts) -> tuple[Finding, ...]:
    """What is wrong, the worst first."""
    off = [Finding("warn", text) for text in facts.switched_off]
    found = [*off, *_backends(facts), *_services(facts), *_flow(facts), *_waiting(facts.waiting)]
    return tuple(sorted(found, key=lambda one: one.state != "crit"))


def verdict(found: Sequence[Finding]) -> State:
    """The worst of the findings."""
    return "crit" if any(one.state == "crit" for one in found) else "warn" if found else "ok"


def _backends(facts: Facts) -> list[Finding]:
    found = []
    if not facts.redis:
        found.append(Finding("crit", "Redis does not answer: nothing is accepted, nothing moves"))
    if not facts.database:
        found.append(Finding("warn", "PostgreSQL does not answer: rules are the cached ones, history waits"))
    if facts.vault is False:
        found.append(Finding("warn", "Vault does not answer: services run on, but cannot start"))
    return found


def _services(facts: Facts) -> list[Finding]:
    found = []
    if not facts.ingestor and not facts.stopped:
        found.append(Finding("warn", "no ingestor answers on this host"))
    if facts.alerters == 0:
        found.append(Finding("crit", "no alerter is alive: events wait"))
    if facts.forwarders == 0:
        found.append(Finding("crit", "no forwarder is alive: alerts wait"))
    return found


def _flow(facts: Facts) -> list[Finding]:
    found = []
    if facts.breaker is not None and facts.breaker != "CLOSED" and not facts.tripped:
        found.append(Finding("warn", f"the circuit breaker is {facts.breaker}: Moogsoft gets no alerts"))
    if facts.remainder is not None and facts.remainder > 0:
        found.append(Finding("crit", f"{facts.remainder:,} messages are unaccounted for: mutt reconcile names them"))
    if facts.remainder is not None and facts.remainder < 0:
        text = f"{-facts.remainder:,} messages are there that nobody counted in: mutt reconcile tells why"
        found.append(Finding("warn", text))
    return found


def _waiting(queues: Waiting) -> list[Finding]:
    found = []
    if queues.limited:
        text = (
            f"{queues.limited:,} alerts wait for the delivery limit {queues.limit}: raise it if Moogsoft can take more"
        )
        found.append(Finding("warn", text))
    if queues.set_aside and queues.remediation:
        text = (
            f"{queues.set_aside:,} messages are set aside: remediation returns what Moogsoft and room allow;"
            " mutt dlq list --by reason tells why"
        )
        found.append(Finding("warn", text))
    if queues.set_aside and not queues.remediation:
        text = (
            f"{queues.set_aside:,} messages are set aside and no remediation is at work: start mutt daemon remediation"
        )
        found.append(Finding("warn", text))
    for meaning, name, depth in queues.by_hand:
        text = f"{depth:,} {meaning} need a person: mutt dlq list {name} shows the newest with their reasons"
        found.append(Finding("warn", text))
    return found
