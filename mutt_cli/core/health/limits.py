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
    """Settings that checks compare with."""

    ingest_cap: int
    quarantine_cap: int
    reload_s: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those of a deployment, with what was set at run time if the settings have it."""
        return cls(settings.ingest.queue_cap, settings.ingest.quarantine_cap, settings.alerter.rule_cache_ttl)


def ranges_of(settings: Settings) -> Mapping[str, tuple[Range | None, Range | None]]:
    """Thresholds that follow from settings, by check."""
    warn, crit = (Range(0, factor * settings.alerter.rule_cache_ttl) for factor in STALE_AFTER)
    burn = Range(0, settings.slo.burn_rate_warning), Range(0, settings.slo.burn_rate_critical)
    found = {"cache.rules": (warn, crit), "slo.ingest": burn, "slo.forward": burn}
    drills = settings.drills.interval
    return {**found, **({"drill": (None, Range(0, MISSED_DRILLS * drills))} if drills else {})}
