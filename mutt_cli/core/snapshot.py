"""One model of how a deployment is at one moment: what `status`, `health`, `top`, the web and recordings show.

Every part is a value, or the reason why there is none, with the moment it was taken and how long that took. Nothing
here is judged: `core/health/` does that. Moments are Unix milliseconds, by the clock of Redis where it is a queue's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Generic, Literal, TypeVar

from mutt_cli.core.database_judgement import Slots
from mutt_cli.core.delivery_limit import Limit
from mutt_cli.core.health.limits import Limits
from mutt_cli.core.ledger import Balance
from mutt_cli.core.redis_judgement import Memory
from mutt_cli.core.switches import Off
from mutt_cli.core.window import Window

Value_co = TypeVar("Value_co", covariant=True)

SERVICES: Final = ("ingestor", "alerter", "forwarder", "remediation", "webui")
CRITICAL: Final = ("ingestor", "alerter", "forwarder")
"""On the way of every alert (contract.md 1.1)."""


@dataclass(frozen=True)
class Trouble:
    """Why a part is not known.

    `away`: it does not answer. `refused`: we could not ask, or were turned away: it may be well. `late`: our time was
    over. `bug`: ours.
    """

    code: str
    text: str
    tries: tuple[str, ...] = ()
    kind: Literal["away", "refused", "late", "bug"] = "away"


@dataclass(frozen=True)
class Part(Generic[Value_co]):
    """One part of the picture. Exactly one of `value` and `trouble` is there."""

    value: Value_co | None = None
    trouble: Trouble | None = None
    at_ms: int = 0
    """When it was taken, by this host's clock."""
    took_s: float = 0.0


@dataclass(frozen=True)
class RedisServer:
    """The server of the queues. `skew_s`: its clock ahead of ours, in seconds."""

    product: str
    round_trip_s: float
    skew_s: float
    memory: Memory
    role: str = "master"
    cluster: bool = False

    @property
    def takes_writes(self) -> bool:
        """Whether it is no replica: there no lease can be renewed, and whatever has a time to live ends."""
        return self.role == "master"


@dataclass(frozen=True)
class DatabaseServer:
    """The server of rules and history. `days` are those for which every table of the history has a partition."""

    product: str
    round_trip_s: float
    skew_s: float
    slots: Slots
    today: date
    days: tuple[date, ...]
    pending: tuple[str, ...] = ()
    """Migrations that this release needs and that are not applied."""
    rules_revision: int = 0
    read_only: bool = False
    """Whether it takes no writes: a replica, or a primary that is told to."""


@dataclass(frozen=True)
class VaultServer:
    """Vault, and what MUTT's own token can do there. `ttl_s` None: no time ends it."""

    sealed: bool
    initialised: bool = True
    ttl_s: float | None = None
    kind: str = "token"
    renewable: bool = True
    reads: bool = True
    missing: tuple[str, ...] = ()
    """Keys that some service does not start without."""
    unknown: str = ""
    """Why nothing is known of the token: no credential can be read here."""
    refused: str = ""
    """How Vault turned the credential away that there is."""


@dataclass(frozen=True)
class Instance:
    """One process of a service. `state`: ok, unhealthy (it runs and does not work), down."""

    service: str
    name: str
    state: str
    address: str
    detail: str
    pid: int | None = None
    since: str = ""
    version: str = ""
    in_hand: int | None = None


@dataclass(frozen=True)
class QueueState:
    """One queue now."""

    name: str
    key: str
    meaning: str
    depth: int
    oldest_ms: int | None
    """When the message that leaves next was accepted; None if the queue is empty or the message does not say."""
    age_s: float | None
    consumers: int
    """Live workers that take from it."""
    drained_by: tuple[str, ...]
    in_flight: bool
    held_by: str = ""
    """What keeps its messages waiting now, by the name of the setting; empty if nothing does."""


@dataclass(frozen=True)
class BreakerState:
    """The circuit breaker: CLOSED, OPEN or HALF_OPEN. `tripped`: somebody opened it by hand."""

    state: str
    failures: int = 0
    opened_ms: int = 0
    open_s: float = 0.0
    tripped: bool = False
    last_error: str = ""


@dataclass(frozen=True)
class RuleCache:
    """The rules that one alerter decides with. `kept`: the database had none, so those of before stayed."""

    alerter: str
    revision: int
    age_s: float
    kept: bool = False
    refused: int = 0
    """Rules that it could not compile."""


@dataclass(frozen=True)
class JournalState:
    """The stream of records on their way to PostgreSQL."""

    entries: int
    size_bytes: int
    cap_bytes: int


@dataclass(frozen=True)
class LastDrill:
    """What drills found; moments by the clock of Redis, 0 where there was none. `result`: ok, or what was wrong."""

    interval_s: int
    """How often one is scheduled; 0 = none is."""
    at_ms: int = 0
    ok_at_ms: int = 0
    result: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Orphans:
    """Messages in the hands of workers without a lease. `watched`: somebody is there to give them back."""

    messages: int
    watched: bool
    service: str = ""
    """Else the service of which nobody is there."""


@dataclass(frozen=True)
class Pipeline:
    """What Redis knows of the flow, taken by one connection."""

    at_ms: int
    """By the clock of Redis."""
    queues: tuple[QueueState, ...]
    breaker: BreakerState
    journal: JournalState
    limit: Limit | None = None
    """The delivery limit; None if it is switched off."""
    off: tuple[Off, ...] = ()
    windows: tuple[Window, ...] = ()
    """Open maintenance windows."""
    caches: tuple[RuleCache, ...] = ()
    behind: tuple[str, ...] = ()
    """Daemons that do not run with the settings that are published, by service and name."""
    orphans: Orphans = field(default_factory=lambda: Orphans(0, watched=True))
    drill: LastDrill = field(default_factory=lambda: LastDrill(0))
    remediates: bool = True
    """Whether the settings let remediation bring dead letters back (REMEDIATION_ENABLED)."""
    balance: Balance | None = None
    per_minute: Mapping[str, int] = field(default_factory=dict)
    """Of the last full minute in which events were accepted: what became of them, by counter of the ledger."""

    def queue(self, name: str) -> QueueState | None:
        """The queue of this short name."""
        return next((one for one in self.queues if one.name == name), None)


@dataclass(frozen=True)
class Account:
    """The ledger, judged. `missing` names ids, at most a few; `warnings` say what could not be looked at."""

    remainder: int
    missing: tuple[str, ...] = ()
    waiting: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disk:
    """One folder of this host that fills: `purpose` is what lies there."""

    purpose: str
    folder: str
    used: float
    """Share of its file system."""
    free_bytes: int


@dataclass(frozen=True)
class HostState:
    """The host we look from, as far as MUTT needs it."""

    name: str
    disks: tuple[Disk, ...] = ()
    backup_age_s: float | None = None
    """Since the newest backup of the deployment was made; None if there is none here."""
    backup_trouble: str = ""
    """Why that is not known."""


@dataclass(frozen=True)
class Burn:
    """How fast the error budget of one objective is used up: 1 is exactly as fast as it is given."""

    objective: Literal["ingest", "forward"]
    rate: float | None
    """None: nothing happened in the last hour."""
    warning: float
    critical: float


@dataclass(frozen=True)
class Snapshot:
    """Everything at one moment. A part that this deployment does not have is None."""

    at_ms: int
    """When the look began, by this host's clock."""
    took_s: float
    redis: Part[RedisServer]
    database: Part[DatabaseServer]
    pipeline: Part[Pipeline]
    services: Part[tuple[Instance, ...]]
    account: Part[Account]
    host: Part[HostState]
    vault: Part[VaultServer] | None = None
    burn: Part[tuple[Burn, ...]] | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Of the back ends, by their short names."""
    limits: Limits | None = None
    """What checks are judged by, of the settings in force; None where only this host's own are known."""

    def source_of(self, check: str) -> Part[object]:
        """The part that a check of `mutt health` rests on."""
        area = check.partition(".")[0]
        parts: Mapping[str, Part[object] | None] = {
            "redis": self.redis, "db": self.database, "vault": self.vault, "svc": self.services, "slo": self.burn,
            "ledger": self.account, "disk": self.host, "backup": self.host, "clock": self.redis,
        }  # fmt: skip
        return parts.get(area, self.pipeline) or Part()

    def instances(self, service: str) -> tuple[Instance, ...]:
        """The processes of one service, as far as they are known."""
        return tuple(one for one in self.services.value or () if one.service == service)
