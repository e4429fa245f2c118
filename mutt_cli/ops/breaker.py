"""The circuit breaker before Moogsoft, as an operator sees and sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mutt_cli.adapters import breaker
from mutt_cli.adapters.operations import Audited
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.core.breaker import next_try_ms
from mutt_cli.core.hold import told
from mutt_cli.errors import RefusedError
from mutt_cli.ops import dynamic, moog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mutt_cli.adapters.breaker import Breaker
    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.hold import Hold
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Moog


@dataclass(frozen=True)
class Seen:
    """The breaker, and the settings that the forwarders obey."""

    breaker: Breaker
    enabled: bool
    threshold: int
    timeout_s: float
    open_action: str
    waiting: int
    """Alerts that wait in their queue and for a retry."""
    set_aside: int
    """Alerts in the dead-letter queue of Moogsoft."""

    @property
    def tripped(self) -> bool:
        """Whether a person holds it open now."""
        trip = self.breaker.trip
        return trip is not None and not trip.over(self.breaker.now_ms)

    @property
    def next_try_ms(self) -> int | None:
        """When alerts are tried again by themselves."""
        trip, timeout_ms = self.breaker.trip, int(self.timeout_s * 1000) if self.enabled else 0
        until = trip.until if trip else 0
        return next_try_ms(
            self.breaker.state, self.breaker.opened_ms, timeout_ms, tripped=trip is not None, until_ms=until
        )

    @property
    def open(self) -> bool:
        """Whether alerts are kept from Moogsoft."""
        return self.tripped or (self.enabled and self.breaker.state != "CLOSED")


def look(backends: Backends, configuration: Configuration) -> Seen:
    """The breaker now. Raises RedisUnavailableError."""
    client, keys = backends.redis(), backends.keys
    settings: Moog = dynamic.view(backends, configuration).settings.moog
    pipeline = client.pipeline(transaction=False)
    pipeline.llen(keys.alert_queue)
    pipeline.zcard(keys.retry)
    pipeline.llen(keys.dlq_moog)
    with failures_named():
        alert, retry, aside = pipeline.execute()
    return Seen(
        breaker.read(client, keys), settings.breaker_enabled, settings.breaker_threshold, settings.breaker_timeout,
        settings.breaker_open_action, int(alert) + int(retry), int(aside),
    )  # fmt: skip


def trip(backends: Backends, hold: Hold, *, for_s: float, seen: Hold | None) -> Breaker:
    """Open it: from the next claim on no alert leaves. Returns it as it was.

    Raises RefusedError MUTT-G006 where the trip is not the one that was seen.
    """
    former = breaker.trip(backends.redis(), backends.keys, hold, for_ms=int(for_s * 1000), seen=seen)
    if not former.changed:
        raise changed(former)
    return former


def reset(backends: Backends) -> Breaker:
    """Close it, whoever opened it. Returns it as it was."""
    return breaker.reset(backends.redis(), backends.keys)


def changed(found: Breaker, since: str = "a moment ago") -> RefusedError:
    """Why nothing was done: it is not the breaker that was meant."""
    held = f" and tripped {found.trip.phrase}" if found.trip else ""
    return RefusedError(
        f"the breaker is {found.state}{held}", code="MUTT-G006",
        why=f"somebody reset or tripped it {since}, or its time is over",
        tries=("mutt breaker show", "mutt breaker reset"),
    )  # fmt: skip


def probed(backends: Backends, configuration: Configuration) -> moog.Probed:
    """Whether Moogsoft can be reached from here: what makes a reset one of class W or B."""
    return moog.probe(dynamic.view(backends, configuration).settings.moog)


def images(found: Breaker) -> dict[str, Any]:
    """The breaker as the operations journal keeps it."""
    return {
        "state": found.state, "failures": found.failures, "opened_ms": found.opened_ms,
        "trip": msgspec.to_builtins(found.trip) if found.trip else None,
    }  # fmt: skip


def audited(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Audited]:
    """The row of the audit."""
    return [Audited("UPDATE", "circuit_breaker", "moogsoft", _told(before), _told(after))]


def _told(image: Mapping[str, Any]) -> dict[str, Any]:
    """Flat, with moments in words; the operations journal has the whole."""
    trip = {f"trip_{name}": value for name, value in told(image.get("trip") or {}).items()}
    return {"state": image["state"], "failures": image.get("failures", 0), **trip}
