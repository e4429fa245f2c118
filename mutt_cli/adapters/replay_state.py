"""What remediation decides by: the breaker and the depths of the queues, all of one instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters.holds import in_force
from mutt_cli.adapters.redis_client import failures_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.replay import Breaker
    from mutt_cli.keys import Keys

_BREAKER: Mapping[bytes | None, Breaker] = {b"OPEN": "OPEN", b"HALF_OPEN": "HALF_OPEN"}


@dataclass(frozen=True)
class Reading:
    """One look. `probing`: a forwarder has the one alert that a half-open breaker lets through."""

    breaker: Breaker
    probing: bool
    ingest: int
    alert: int
    retry: int
    dlq_alerter: int
    dlq_moog: int
    paused: frozenset[str] = frozenset()
    """Dead-letter queues, by short name, in which a person has stopped remediation."""
    tripped: bool = False
    """A person opened the breaker: it counts even where CIRCUIT_BREAKER_ENABLED is false."""

    @property
    def nothing_to_try(self) -> bool:
        """The breaker waits for an alert to try, and no forwarder has or finds one."""
        return self.breaker == "HALF_OPEN" and not (self.probing or self.alert or self.retry)


def read(client: Client, keys: Keys) -> Reading:
    """Look once, in one round trip. A breaker that nobody set is closed, as for the forwarders."""
    pipeline = client.pipeline(transaction=True)
    pipeline.get(keys.breaker("state"))
    pipeline.exists(keys.breaker("probe"))
    pipeline.llen(keys.ingest_queue)
    pipeline.llen(keys.alert_queue)
    pipeline.zcard(keys.retry)
    pipeline.llen(keys.dlq_alerter)
    pipeline.llen(keys.dlq_moog)
    pipeline.hgetall(keys.remediation_paused)
    pipeline.exists(keys.breaker("trip"))
    pipeline.time()
    with failures_named():
        state, probing, ingest, alert, retry, dlq_alerter, dlq_moog, paused, trip, time = pipeline.execute()
    stopped = in_force(paused, int(time[0]) * 1000 + int(time[1]) // 1000)
    return Reading(
        _BREAKER.get(state, "CLOSED"), bool(probing), int(ingest), int(alert), int(retry), int(dlq_alerter),
        int(dlq_moog), frozenset(stopped), bool(trip) and state == b"OPEN",
    )  # fmt: skip
