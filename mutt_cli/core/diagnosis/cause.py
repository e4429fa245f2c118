"""What a cause is: what it means, who owns it, what mends it; and how one that was found is told.

The catalogue of causes is the book that `mutt doctor`, `mutt runbook` and `mutt explain` read from, so that they cannot
say different things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core.snapshot import SERVICES

if TYPE_CHECKING:
    from mutt_cli.core.diagnosis.evidence import Evidence
    from mutt_cli.core.health.check import HealthCheck

_BLANK: Final = re.compile(r"\{(\w+)\}")
_UNSAID: Final = {
    "about": "it",
    "also": "another check",
    "back": "switch it on: mutt maintenance resume, or mutt ingest start",
    "first": "what the check says",
    "line": "make a new token",
    "more": "what gives it more room",
    "number": "port",
    "restart": "restart it: systemctl restart its unit, or mutt down; mutt up",
    "start": "start it: systemctl start its unit, or mutt down; mutt up",
    "wake": "kill -CONT its processes, if somebody stopped them",
    "where": "its address",
}
"""How a blank reads where nothing was found that fills it, if not by its name."""
Owner = Literal["operations", "development", "infrastructure", "database", "security"]
"""Whom the escalation page of the guides names (TG:1873-1895); operations is whoever is on call."""
Severity = Literal["critical", "warning"]

ILL: Final = tuple(f"{service}-ill" for service in SERVICES)
"""Services that run and do not work: where a back end that they all need is away, that is no cause."""
AREAS: Final = (
    "redis", "db", "vault", "moog", "config", "versions", "units", "logs", "ingest", "dlq", "partition", "host", "disk",
    "clock", "perms", "selinux", "net", "dns", "tls", "firewall",
)  # fmt: skip
"""What `mutt doctor --only` takes (ux.md 4.2)."""


@dataclass(frozen=True)
class Step:
    """One line to run or to do, in words that may hold `{names}` of the proof.

    `safe`: `mutt doctor --fix` may run it: it loses nothing, and what it changes can be taken back.
    """

    line: str
    safe: bool = False


@dataclass(frozen=True)
class Proof:
    """What showed it, in lines for people, and what the texts of the cause are filled with."""

    lines: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    severity: Severity | None = None
    """How grave it is this time, where that is not always the same."""


@dataclass(frozen=True)
class Cause:
    """One cause of trouble. `title`, `means`, steps and `explains` may hold `{names}` of the proof."""

    id: str
    area: str
    title: str
    """The cause in one sentence, without its proof."""
    means: str
    """What that means for events."""
    steps: tuple[Step, ...]
    """Safest first."""
    severity: Severity = "warning"
    owner: Owner = "operations"
    explains: tuple[str, ...] = ()
    """Checks of `mutt health` that are bad because of it; `*` for any text."""
    hides: tuple[str, ...] = ()
    """Causes that are no causes where this one is; `*` for any text; may hold `{names}` too."""
    source: str = ""
    """Where the guides tell of it."""


Detect = Callable[["Evidence"], Iterable[Proof]]


@dataclass(frozen=True)
class Case:
    """A cause and how it is seen: one proof for each time it is there."""

    cause: Cause
    detect: Detect


def graded(check: HealthCheck) -> Severity:
    """As grave as the check that shows it."""
    return "critical" if check.state == "critical" else "warning"


def steps(*lines: str, safe: Iterable[str] = ()) -> tuple[Step, ...]:
    """First the lines that `--fix` may run, then those for people."""
    return (*(Step(line, safe=True) for line in safe), *(Step(line) for line in lines))


@dataclass(frozen=True)
class Finding:
    """A cause that was found."""

    cause: Cause
    proof: Proof

    @property
    def id(self) -> str:
        """The cause, and what it is about where there can be several."""
        about = self.proof.values.get("about", "")
        return f"{self.cause.id}:{about}" if about else self.cause.id

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return self.proof.severity or self.cause.severity

    @property
    def title(self) -> str:
        """The cause in one sentence."""
        return filled(self.cause.title, self.proof.values)

    @property
    def means(self) -> str:
        """What it means for events."""
        return filled(self.cause.means, self.proof.values)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What mends it, safest first; a step that has nothing to say here is left out."""
        found = (Step(filled(one.line, self.proof.values), one.safe) for one in self.cause.steps)
        return tuple(one for one in found if one.line)

    @property
    def explains(self) -> tuple[str, ...]:
        """Patterns of checks that are bad because of it."""
        return tuple(filled(one, self.proof.values) for one in self.cause.explains)

    @property
    def hides(self) -> tuple[str, ...]:
        """Patterns of causes that are none because of it."""
        return tuple(filled(one, self.proof.values) for one in self.cause.hides)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text of the catalogue with what its blanks stand for; one that `values` does not tell reads `<so>`."""
    return _BLANK.sub(lambda blank: values.get(blank[1], f"<{_UNSAID.get(blank[1], blank[1])}>"), text)
