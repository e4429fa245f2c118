"""What one check comes to, and how results are merged (ux.md 7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.core.health.ranges import Range

State = Literal["ok", "unknown", "warning", "critical", "skipped"]
Group = Literal["local", "backends", "flow"]

ORDER: Final[tuple[State, ...]] = ("ok", "unknown", "warning", "critical")
"""From the best to the worst: monitoring-plugins' max_state_alt."""
CODES: Final[dict[State, int]] = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
"""Exit codes of plugins; what is skipped has none."""


@dataclass(frozen=True)
class Definition:
    """One check before it is executed. `label` is its name in perfdata, empty if it has no place there.

    Both ranges are those of ux.md 7.3 unless somebody gave others; None: this check is never that bad by its value.
    """

    id: str
    group: Group
    meaning: str
    """What is measured, for people."""
    unit: str = ""
    """`s`, `%` or nothing."""
    warn: Range | None = None
    crit: Range | None = None
    label: str = ""
    runbook: str = ""

    def judged(self, value: float) -> State:
        """The state of a value by the ranges."""
        if self.crit is not None and self.crit.alerts(value):
            return "critical"
        return "warning" if self.warn is not None and self.warn.alerts(value) else "ok"


@dataclass(frozen=True)
class HealthCheck:
    """One check, executed. `value` is None where nothing was measured."""

    definition: Definition
    state: State
    message: str
    value: float | None = None
    remedy: str = ""
    """The command that shows more, or mends; empty if all is well."""
    caused_by: str = ""
    """The check whose consequence this is; empty if it is a cause itself, or well."""
    took_s: float = 0.0
    maximum: float | None = None
    """What the value cannot exceed, for perfdata."""

    @property
    def id(self) -> str:
        """The id of the definition."""
        return self.definition.id

    @property
    def bad(self) -> bool:
        """Whether somebody should look at it."""
        return self.state in {"unknown", "warning", "critical"}


def worse(one: State, other: State) -> State:
    """The worse of two; `skipped` counts as nothing."""
    known = [state for state in (one, other) if state != "skipped"]
    return max(known, key=ORDER.index) if known else "skipped"


def worst(checks: Iterable[HealthCheck]) -> State:
    """The worst of them; `skipped` if none was executed."""
    state: State = "skipped"
    for one in checks:
        state = worse(state, one.state)
    return state
