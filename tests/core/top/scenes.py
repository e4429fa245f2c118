"""Deployments that screens are drawn of: the incident of the design, a hostile one, one in which nothing answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.core.snapshot import SERVICES, BreakerState, Burn, Instance, Part, Snapshot
from mutt_cli.core.top.frame import Sample
from mutt_cli.core.top.work import Work
from tests.core.health.snapshots import AWAY, INSTANCES, NOW, WELL, queue, queued

if TYPE_CHECKING:
    from mutt_cli.present.top.view import View

HOSTILE: Final = "[/red]\x1b[2J\x9b31m\u202e[bold] \t\n:smile: \U000e0041"
"""What devices and strangers write: markup, escape sequences, direction of writing, invisible tags."""

_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1)


def incident() -> Snapshot:
    """Moogsoft answers 503 for four minutes: the alert queue grows, letters wait (ux.md 5.4)."""
    found = queued(
        queue("ingest", 112, 0.4), queue("alert", 18_204, 251.0), queue("dlq-alerter", 3, 7_440.0),
        queue("dlq-moog", 412, 267.0), queue("dead", 7, 40_800.0, consumers=0),
        breaker=BreakerState("OPEN", 5, NOW - 252_000, 252.0, last_error="HTTP 503"),
    )  # fmt: skip
    more = [Instance(one.service, f"{one.service}-2", "ok", "10.0.0.2", "") for one in INSTANCES[:3]]
    burns = Part((Burn("ingest", 0.1, 6.0, 14.4), Burn("forward", 7.2, 6.0, 14.4)))
    return replace(found, services=Part((*INSTANCES, *more)), burn=burns)


def samples() -> list[Sample]:
    """Two minutes and more of that, a look every two seconds: forwarding stopped after the first of them."""
    return [_sample(second) for second in range(-300, 2, 2)]


def _sample(second: int) -> Sample:
    since = max(0, second + 252)
    forwarded = (second + 300) * 72 - since * 72
    alerts = 112 + since * 72
    depths = {"ingest": 112, "alert": alerts, "dlq-alerter": 3, "dlq-moog": min(412, since * 40), "dead": 7}
    handled = (second + 300) * 1200
    upto = tuple(handled * share for share in (0.5, 0.9, 0.97, 0.99, 1.0, 1.0))
    works = {
        "ingestor": Work(2, handled, 0, _BOUNDS, upto),
        "alerter": Work(2, handled * 0.99, handled * 0.001, _BOUNDS, upto),
        "forwarder": Work(2, (second + 300) * 72, since * 72, _BOUNDS, upto),
        "remediation": Work(1, 0, 0),
        "webui": Work(1, (second + 300) * 2, 0, _BOUNDS, upto),
    }
    counters = {"accepted": handled, "forwarded": max(0, forwarded)}
    return Sample(NOW + second * 1000, counters, depths, works)


def hostile() -> Snapshot:
    """Every text that comes from outside is an attack."""
    odd = tuple(replace(one, name=HOSTILE, detail=HOSTILE, address=HOSTILE, version=HOSTILE) for one in INSTANCES)
    found = queued(
        replace(queue("dlq-moog", 5, 9.0), name=f"dlq-moog{HOSTILE}", held_by=HOSTILE),
        breaker=BreakerState("OPEN", 5, NOW, 9.0, last_error=HOSTILE),
    )  # fmt: skip
    assert AWAY.trouble is not None
    away = Part[Any](trouble=replace(AWAY.trouble, text=HOSTILE, tries=(HOSTILE,)))
    return replace(found, services=Part(odd), database=away, vault=away)


def without(*parts: str) -> Snapshot:
    """Well, but for sources that do not answer."""
    return replace(WELL, **dict.fromkeys(parts, AWAY))  # type: ignore[arg-type]


def silent() -> Snapshot:
    """Nothing answers."""
    down = tuple(Instance(one, one, "down", "", "") for one in SERVICES)
    return replace(without("redis", "database", "pipeline", "account", "vault"), services=Part(down))


def is_harmless(text: str) -> bool:
    """Whether a terminal would show every character of it, and none does anything else."""
    return all(one.isprintable() or one == "\n" for one in text)


def rectangle(view: View, lines: list[Any]) -> bool:
    """Whether the lines fill the screen exactly."""
    from mutt_cli.present.top.line import wide

    sizes = {sum(wide(text) for text, _ in one) for one in lines}
    return len(lines) == view.size.height and sizes == {view.size.width}
