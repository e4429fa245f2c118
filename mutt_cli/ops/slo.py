"""Service levels of this deployment: from Prometheus if PROMETHEUS_URL names one, else from the ledger's own minutes.

Taken in: an event that was accepted, against one that we had no room, no rate or no Redis for; what a sender did wrong
(key, JSON, validation) is no failure of ours. Forwarded: an alert that reached Moogsoft, against one that is dead or
lies in the dead-letter queue now; one that is tried again is neither yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import prometheus
from mutt_cli.adapters.clock import now_ms
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.ledger import UNSERVED
from mutt_cli.core.moment import rfc3339
from mutt_cli.core.slo import BURN_WINDOW_S, Counted, Level, Objective
from mutt_cli.errors import MuttError
from mutt_cli.ops import dynamic, ledger_rows
from mutt_cli.ops.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.ledger import Entry
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Settings

_INGEST: Final = "mutt_ingest_requests_total"
_FORWARD: Final = "mutt_moog_alerts_processed_total"
_SENDERS_FAULT: Final = "auth|json|validation"
_EXPRESSIONS: Final = {
    "ingest": (f'{_INGEST}{{status="success"}}', f'{_INGEST}{{status="fail",reason!~"{_SENDERS_FAULT}"}}'),
    "forward": (f'{_FORWARD}{{status="success"}}', f'{_FORWARD}{{status="dlq"}}'),
}
"""What went well and what failed, as counters."""


@dataclass(frozen=True)
class Levels:
    """Every objective; `source` says where the figures come from."""

    levels: tuple[Level, ...]
    window_s: int
    source: str
    warnings: tuple[str, ...]


def levels(backends: Backends, configuration: Configuration) -> Levels:
    """The service levels now. Raises RedisUnavailableError if neither Prometheus nor Redis can tell."""
    settings, warnings = _settings(backends, configuration)
    window_s = settings.slo.window_hours * 3600
    url = settings.platform.prometheus_url
    if configuration.sources["PROMETHEUS_URL"] != "default" and url:
        try:
            counted = _from_prometheus(url, window_s)
        except MuttError as error:
            warnings.append(f"{error.message}; the figures are from the ledger")
        else:
            return Levels(_judged(settings, counted), window_s, f"Prometheus at {url}", tuple(warnings))
    counted, more = _from_ledger(backends, window_s)
    source = "the ledger: Redis and ledger_minutes in PostgreSQL"
    return Levels(_judged(settings, counted), window_s, source, (*warnings, *more))


def from_prometheus(backends: Backends, configuration: Configuration) -> Levels:
    """As `levels`, by Prometheus alone. Raises MuttError if it does not answer."""
    settings, warnings = _settings(backends, configuration)
    url, window_s = settings.platform.prometheus_url, settings.slo.window_hours * 3600
    counted = _from_prometheus(url, window_s)
    return Levels(_judged(settings, counted), window_s, f"Prometheus at {url}", tuple(warnings))


def _settings(backends: Backends, configuration: Configuration) -> tuple[Settings, list[str]]:
    """With what was set at run time, if Redis can tell."""
    try:
        return dynamic.view(backends, configuration).settings, []
    except MuttError as error:
        return configuration.settings, [f"targets set at run time are not known: {error.message}"]


def _judged(settings: Settings, counted: dict[str, tuple[Counted, Counted]]) -> tuple[Level, ...]:
    targets = {"ingest": settings.slo.ingest_target, "forward": settings.slo.forward_target}
    warning, critical = settings.slo.burn_rate_warning, settings.slo.burn_rate_critical
    return tuple(Level(Objective(name, target, warning, critical), *counted[name]) for name, target in targets.items())


def _from_prometheus(url: str, window_s: int) -> dict[str, tuple[Counted, Counted]]:
    at_s = prometheus.now(url)

    def counted(name: str, seconds: int) -> Counted:
        good, bad = (prometheus.total(url, f"sum(increase({one}[{seconds}s]))", at_s) for one in _EXPRESSIONS[name])
        return Counted(good, bad)

    return {name: (counted(name, window_s), counted(name, BURN_WINDOW_S)) for name in _EXPRESSIONS}


def _from_ledger(backends: Backends, window_s: int) -> tuple[dict[str, tuple[Counted, Counted]], tuple[str, ...]]:
    questions, at_ms = Questions(backends), now_ms()
    since_ms = at_ms - window_s * 1000
    entries = ledger_rows.entries(backends, questions, since_ms=since_ms)
    with failures_named():
        waiting = int(backends.redis().llen(backends.keys.dlq_moog))
    first, hour = rfc3339(since_ms)[:16], rfc3339(at_ms - BURN_WINDOW_S * 1000)[:16]
    found = {
        "ingest": (_ingest(entries, first), _ingest(entries, hour)),
        "forward": (_forward(entries, first, waiting), _forward(entries, hour, waiting)),
    }
    short = () if questions.answered else ("without PostgreSQL the figures are of the last hour alone",)
    return found, (*questions.warnings, *short)


def _ingest(entries: Iterable[Entry], first: str) -> Counted:
    sums = _sums(entries, first)
    return Counted(sums.get("accepted", 0), sums.get(UNSERVED, 0))


def _forward(entries: Iterable[Entry], first: str, waiting: int) -> Counted:
    """Dead letters that wait now count whatever minute they were accepted in: they have not arrived."""
    sums = _sums(entries, first)
    return Counted(sums.get("forwarded", 0), max(0, sums.get("dead", 0)) + waiting)


def _sums(entries: Iterable[Entry], first: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for minute, _source, counter, value in entries:
        if minute >= first:
            sums[counter] = sums.get(counter, 0) + value
    return sums
