"""How the deployment is, on one screen: a snapshot, and what `mutt health` makes of it.

What cannot be reached is a value with its reason: the screen can always be drawn, within a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.core import status as verdicts
from mutt_cli.ops import health
from mutt_cli.ops.snapshot import DEADLINE_S, take

if TYPE_CHECKING:
    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.checks import State
    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.core.ledger import Balance
    from mutt_cli.core.snapshot import BreakerState, Instance, Part, QueueState, Snapshot
    from mutt_cli.core.status import Finding
    from mutt_cli.core.switches import Off
    from mutt_cli.core.window import Window
    from mutt_cli.ops.snapshot.local import Folders


@dataclass(frozen=True)
class BackendState:
    """One back end: whether it answered, where it is, and what it said or why not."""

    name: str
    state: str
    """`ok`, `error` or `off` (not configured)."""
    address: str
    detail: str
    milliseconds: float | None


@dataclass(frozen=True)
class Status:
    """Everything on the screen. Without Redis there are no queues, no ledger and no breaker."""

    snapshot: Snapshot
    checks: tuple[HealthCheck, ...]

    @property
    def state(self) -> State:
        """The worst check."""
        return verdicts.verdict(self.checks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the worst first."""
        return verdicts.findings(self.checks)

    @property
    def backends(self) -> tuple[BackendState, ...]:
        """Redis, PostgreSQL and Vault."""
        return tuple(_backend(self.snapshot, name) for name in ("redis", "db", "vault"))

    @property
    def services(self) -> tuple[Instance, ...]:
        """Every process that is known of."""
        return self.snapshot.services.value or ()

    @property
    def queues(self) -> tuple[QueueState, ...]:
        """Every queue."""
        return self.snapshot.pipeline.value.queues if self.snapshot.pipeline.value else ()

    @property
    def balance(self) -> Balance | None:
        """The ledger of one instant."""
        return self.snapshot.pipeline.value.balance if self.snapshot.pipeline.value else None

    @property
    def breaker(self) -> BreakerState | None:
        """The circuit breaker."""
        return self.snapshot.pipeline.value.breaker if self.snapshot.pipeline.value else None

    @property
    def off(self) -> tuple[Off, ...]:
        """What people switched off."""
        return self.snapshot.pipeline.value.off if self.snapshot.pipeline.value else ()

    @property
    def windows(self) -> tuple[Window, ...]:
        """Open maintenance windows."""
        return self.snapshot.pipeline.value.windows if self.snapshot.pipeline.value else ()

    @property
    def at_ms(self) -> int:
        """When the queues were looked at, by the clock of Redis; 0 if nobody could."""
        return self.snapshot.pipeline.value.at_ms if self.snapshot.pipeline.value else 0


def status(configuration: Configuration, folders: Folders, seconds: float = DEADLINE_S) -> Status:
    """Look at everything at once, and judge it as `mutt health` does without any thresholds of its own."""
    found = take(configuration, folders, seconds)
    return Status(found, health.judged(found, configuration.settings))


def _backend(snapshot: Snapshot, name: str) -> BackendState:
    address = snapshot.addresses.get(name, "")
    if name == "vault":
        return _vault(snapshot, address)
    part: Part[object] = snapshot.redis if name == "redis" else snapshot.database
    server = snapshot.redis.value if name == "redis" else snapshot.database.value
    if server is None:
        return BackendState(name, "error", address, part.trouble.text if part.trouble else "", None)
    return BackendState(name, "ok", address, server.product, round(server.round_trip_s * 1000, 1))


def _vault(snapshot: Snapshot, address: str) -> BackendState:
    part = snapshot.vault
    if part is None:
        return BackendState("vault", "off", "", "VAULT_ADDR is not set", None)
    if part.value is None:
        return BackendState("vault", "error", address, part.trouble.text if part.trouble else "", None)
    if part.value.sealed or not part.value.initialised:
        return BackendState("vault", "error", address, "sealed" if part.value.sealed else "not initialised", None)
    return BackendState("vault", "ok", address, "unsealed", round(part.took_s * 1000, 1))
