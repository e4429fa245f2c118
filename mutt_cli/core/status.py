"""What an operator should look at first: the checks of `mutt health` that are bad, the worst and its cause first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.health.causes import by_importance
from mutt_cli.core.health.check import worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.core import checks, health
    from mutt_cli.core.health.check import HealthCheck

_WORDS: Final[dict[health.check.State, checks.State]] = {
    "ok": "ok", "warning": "warn", "critical": "crit", "unknown": "unkn", "skipped": "unkn",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be; `check` is its id in `mutt health`."""

    state: checks.State
    text: str
    check: str
    remedy: str = ""
    caused_by: str = ""


def findings(executed: Sequence[HealthCheck]) -> tuple[Finding, ...]:
    """What is wrong, the worst first, causes before consequences."""
    return tuple(
        Finding(_WORDS[one.state], one.message, one.id, one.remedy, one.caused_by) for one in by_importance(executed)
    )


def verdict(executed: Sequence[HealthCheck]) -> checks.State:
    """The worst of them."""
    return _WORDS[worst(executed)]
