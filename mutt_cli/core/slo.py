"""Service levels as arithmetic: availability, how fast the error budget burns, and what is left of it.

The budget is the share of failures that the target allows within the window. A burn rate of 1 spends it exactly in one
window; 14.4 spends a fiftieth of a thirty days' budget in one hour. Thresholds are settings (contract.md 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "warn", "crit", "unkn"]
BURN_WINDOW_S: Final = 3600
"""The burn rate is that of the last hour."""


@dataclass(frozen=True)
class Counted:
    """What went well and what failed in some time."""

    good: float = 0.0
    bad: float = 0.0

    @property
    def failures(self) -> float | None:
        """The share that failed; None if nothing happened."""
        total = self.good + self.bad
        return self.bad / total if total > 0 else None


@dataclass(frozen=True)
class Objective:
    """A target and the thresholds of its burn rate."""

    name: str
    target: float
    warning: float
    critical: float


@dataclass(frozen=True)
class Level:
    """One objective and what was counted: in its window, and in the last hour."""

    objective: Objective
    window: Counted
    hour: Counted

    @property
    def availability(self) -> float | None:
        """The share that went well; None if nothing happened."""
        failures = self.window.failures
        return None if failures is None else 1.0 - failures

    @property
    def burn_rate(self) -> float | None:
        """Failures of the last hour in units of what the target allows; 0 if nothing failed, None if nothing came."""
        failures = self.hour.failures
        return None if failures is None else _in_budgets(failures, self.objective)

    @property
    def budget_left(self) -> float | None:
        """The share of the window's budget that is not spent; negative if more than that."""
        failures = self.window.failures
        return None if failures is None else 1.0 - _in_budgets(failures, self.objective)

    @property
    def state(self) -> State:
        """The worst of burn rate and budget; `unkn` if nothing happened in the whole window."""
        burn, left = self.burn_rate or 0.0, self.budget_left
        if left is None:
            return "unkn"
        if burn >= self.objective.critical or left <= 0:
            return "crit"
        return "warn" if burn >= self.objective.warning else "ok"


def _in_budgets(failures: float, objective: Objective) -> float:
    """A share of failures in units of what the target allows; rounded, for 1 - 0.99 is a little more than 0.01."""
    return round(failures / (1.0 - objective.target), 9)
