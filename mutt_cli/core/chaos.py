"""What `mutt chaos` can break, and how a round of it is judged. Values in, values out.

Every fault needs nothing but a platform of `mutt up`, is named by a cause of `mutt doctor`, and is healed without
loss. What heals it is an `Image`: it is written down before anything is broken, so that whoever finds it, this command,
the watch that it leaves behind or `mutt undo`, can put things right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

Kind = Literal["stop", "kill", "seal", "moogsoft", "hold", "rule"]
"""How it is made: a process stands still, is killed, Vault is sealed, the simulator fails, a hold, a rule."""
ANY: Final = "any"
"""The name that leaves the choice to chance."""
UNTOLD: Final = "one of them, told when it is over"
_MOOGSOFT: Final = "simulator"
_AWAY: Final = "stands still (SIGSTOP)"


@dataclass(frozen=True)
class Fault:
    """One thing that can be broken."""

    name: str
    kind: Kind
    target: str
    """The service, or `redis`, `db`, `vault`: the part of the platform that has to be there."""
    does: str
    """What is done, in one sentence without its subject's end."""
    cause: str
    """What `mutt doctor` calls it; `*` for a name that is not known before."""
    check: str
    """The check of `mutt health` that shows it."""
    heals: str
    """What heals it."""
    heals_s: int
    """About how long it takes until all is well again."""
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    """How the simulator is told to fail."""


class Image(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is needed to heal a fault, and to tell whether it still stands."""

    fault: str
    pid: int = 0
    started: int = 0
    """When that process began, in ticks: with the number it names one process."""
    port: int = 0
    """Of the simulator, or of Vault."""
    former: dict[str, Any] = {}
    """How the simulator failed before."""
    breaker: str = ""
    """State of the circuit breaker before."""
    rule: str = ""
    """Name of the rule that was added."""


def _stopped(service: str, check_s: int = 5) -> Fault:
    return Fault(
        f"{service}-stopped", "stop", service, f"the {service} {_AWAY}", f"{service}-stopped", f"svc.{service}",
        "it is woken (SIGCONT)", check_s,
    )  # fmt: skip


def _back_end(target: str, program: str, check: str, heals_s: int) -> Fault:
    return Fault(
        f"{target}-stopped", "stop", target, f"{program} {_AWAY}", f"{target}-away", check, "it is woken (SIGCONT)",
        heals_s,
    )  # fmt: skip


def _killed(target: str, what: str, cause: str, check: str, heals_s: int) -> Fault:
    return Fault(
        f"{target}-killed", "kill", target, f"{what} is killed (SIGKILL)", cause, check, "`mutt up` starts it again",
        heals_s,
    )  # fmt: skip


def _moogsoft(name: str, does: str, **behaviour: Any) -> Fault:
    heals = "it takes alerts again, and the breaker is reset"
    return Fault(
        f"moogsoft-{name}", "moogsoft", _MOOGSOFT, f"Moogsoft {does}", "moogsoft-ill", "breaker.moog", heals, 15,
        behaviour,
    )  # fmt: skip


CATALOGUE: Final = (
    _stopped("ingestor"),
    _stopped("alerter", 15),
    _stopped("forwarder", 15),
    _stopped("remediation", 15),
    _stopped("webui"),
    _killed("alerter", "the alerter", "alerter-gone", "svc.alerter", 10),
    _back_end("redis", "Valkey", "redis.ping", 15),
    _back_end("db", "PostgreSQL", "db.ping", 10),
    _killed("db", "PostgreSQL", "db-away", "db.ping", 10),
    _back_end("vault", "OpenBao", "vault.token", 5),
    Fault(
        "vault-sealed", "seal", "vault", "OpenBao is sealed", "vault-sealed", "vault.token",
        "it is started anew, and unseals itself", 10,
    ),
    _moogsoft("503", "answers every post with 503", status=503),
    _moogsoft("slow", "answers after 15 s, longer than MOOG_TIMEOUT", delay_ms=15_000),
    Fault(
        "intake-stopped", "hold", "ingestor", "the intake is switched off", "switched-off:ingestor", "svc.ingestor",
        "it is switched on again, which it does by itself, too", 5,
    ),
    Fault(
        "rule-unusable", "rule", "db", "a rule is added that does not compile", "rule-unusable:*", "cache.rules",
        "the rule is deleted", 15,
    ),
)  # fmt: skip
BY_NAME: Final = {one.name: one for one in CATALOGUE}


def possible(parts: Collection[str]) -> tuple[Fault, ...]:
    """The faults for which this platform has the part: what is only configured is not ours to break."""
    return tuple(one for one in CATALOGUE if one.target in parts)


def nearest(name: str) -> str:
    """The name that was probably meant; empty if none is near."""
    near = get_close_matches(name, [*BY_NAME, ANY], n=1)
    return near[0] if near else ""


def picked(faults: Sequence[Fault], number: int) -> Fault:
    """The one that this number, which chance has made, falls on; none that is over before anybody can look for it."""
    lasting = [one for one in faults if one.kind != "kill"]
    return lasting[number % len(lasting)]


def worse(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Checks that are bad now and were not before, each with its state."""
    return {name: state for name, state in now.items() if name not in before}


@dataclass(frozen=True)
class Count:
    """The ledger's totals of one instant."""

    counters: Mapping[str, int]
    in_flight: int
    remainder: int = 0
    """What the totals cannot explain."""

    def since(self, before: Count) -> dict[str, int]:
        """What each counter rose by."""
        names = sorted({*self.counters, *before.counters})
        return {name: self.counters.get(name, 0) - before.counters.get(name, 0) for name in names}


@dataclass(frozen=True)
class Judgement:
    """What a round came to."""

    result: Literal["ok", "not_recovered", "not_balanced", "ended"]
    sentence: str

    @property
    def ok(self) -> bool:
        """Whether everything is well, and everything accounted for."""
        return self.result == "ok"


def judged(
    *, recovered: bool, remainder: int, answered: int, accepted: int, left: Collection[str], limit_s: float
) -> Judgement:
    """Whether it was healed without loss: all is well again, the ledger balances, and it knows what was answered."""
    if not recovered:
        names = ", ".join(sorted(left)) or "it could not be looked at"
        return Judgement("not_recovered", f"not well {limit_s:.0f} s after it was healed: {names}")
    if remainder:
        story = "missing" if remainder > 0 else "there twice, or never counted in"
        return Judgement("not_balanced", f"the ledger does not balance: {abs(remainder):,} {story}")
    if accepted < answered:
        return Judgement(
            "not_balanced",
            f"{answered:,} events were answered 200 and the ledger knows of {accepted:,}",
        )
    return Judgement("ok", "all is well again; by the ledger nothing was lost, nothing doubled")
