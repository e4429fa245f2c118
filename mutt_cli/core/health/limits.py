"""What checks are judged by besides their ranges: caps and intervals of this deployment's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.core.health.ranges import Range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.settings import Settings

STALE_AFTER: Final = (2.0, 4.0)
"""Intervals after which rules are stale: warning, critical (ux.md 7.3, cache.rules)."""
MISSED_DRILLS: Final = 2
"""Scheduled drills that may fail or be left out before it is critical (ux.md 7.3, drill)."""
NEAR_CAP: Final = (0.8, 0.9)
"""Of the ingest queue's cap (ux.md 7.3, queue.ingest.depth); the first also of the quarantine's."""


@dataclass(frozen=True)
class Limits:
    """Settings that checks compare with. `drill_s`: how often a drill is scheduled, 0 = none is."""

    ingest_cap: int
    quarantine_cap: int
    reload_s: int
    burn_warning: float
    burn_critical: float
    drill_s: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those of a deployment."""
        return cls(
            settings.ingest.queue_cap, settings.ingest.quarantine_cap, settings.alerter.rule_cache_ttl,
            settings.slo.burn_rate_warning, settings.slo.burn_rate_critical, settings.drills.interval,
        )  # fmt: skip

    @property
    def ranges(self) -> Mapping[str, tuple[Range | None, Range | None]]:
        """Thresholds that follow from settings, by check."""
        warn, crit = (Range(0, factor * self.reload_s) for factor in STALE_AFTER)
        burn = Range(0, self.burn_warning), Range(0, self.burn_critical)
        drills = {"drill": (None, Range(0, MISSED_DRILLS * self.drill_s))} if self.drill_s else {}
        return {"cache.rules": (warn, crit), "slo.ingest": burn, "slo.forward": burn, **drills}
