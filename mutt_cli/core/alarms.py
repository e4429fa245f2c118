"""What MUTT's metrics say when somebody must be told: one row for each alert, with the place its threshold is from.

`SO:n` are the operators' own thresholds (SO:377-387 names seven). Where no guide has a number, `ux.md` 7.3 does, whose
checks are the same ones for `mutt health`. How long a level must last is ours: the guides do not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.core.lease import WARN_BELOW_S
from mutt_cli.core.metrics import VAULT_TTL

if TYPE_CHECKING:
    from mutt_cli.core.metrics import Service
    from mutt_cli.settings import Settings

Severity = Literal["warning", "critical"]
Reading = Literal["most", "least", "per_minute", "p95"]
"""How many series become one number: the greatest, the least, their growth in a minute, their 95th percentile."""

MINUTES: Final = 5
"""The span over which rates and percentiles are taken."""
LASTING_S: Final = 300
"""So long a reading must be bad before anybody is told."""

UP: Final = "up"
"""Prometheus's own metric: 1 for each target that answered it."""
_CRITICAL: Final[tuple[Service, ...]] = ("ingestor", "alerter", "forwarder")
"""On the way of every alert (contract.md 1.1)."""
_ALL: Final[tuple[Service, ...]] = ("ingestor", "alerter", "forwarder", "remediation", "webui")

INGEST_QUEUE_DEPTH: Final = 10_000
INGEST_QUEUE_SHARE: Final = (0.8, 0.9)
"""Of INGEST_QUEUE_CAP, where events begin to be refused: warning, critical (ux.md 7.3)."""
MOOG_DLQ_DEPTH: Final = (100, 1000)
REMEDIATION_DLQ_DEPTH: Final = 500
FAILED_PER_MINUTE: Final = 10
ERRORS_PER_MINUTE: Final = 5
INGEST_P95_S: Final = 0.1
ALERTER_MEMORY_BYTES: Final = 2 * 1024**3
BREAKER_OPEN_S: Final = 120
VAULT_TOKEN_END_S: Final = 86_400


@dataclass(frozen=True)
class Alarm:
    """One reading of one metric, and from where on it is trouble."""

    name: str
    metric: str
    reading: Reading
    sign: Literal[">", "<", "=="]
    threshold: float
    says: str
    """What it means, for people: one short sentence."""
    command: str
    """What to type first, without the name of the program."""
    source: str
    severity: Severity = "warning"
    labels: tuple[tuple[str, str], ...] = ()
    service: Service | None = None
    """Of a metric that every service has: whose it is."""
    lasting_s: int = LASTING_S


def alarms(settings: Settings) -> tuple[Alarm, ...]:
    """Every alert of a deployment, in the order of an event's way."""
    own_role = bool(settings.vault.role_id)
    return (
        *_services(), *_ingest(settings.ingest.queue_cap), *_alerter(), *_deliveries(), *_dead_letters(),
        *_vault(own_role=own_role),
    )  # fmt: skip


def _services() -> tuple[Alarm, ...]:
    return (*(_none_up(one) for one in _CRITICAL), *(_some_down(one) for one in _ALL))


def _none_up(service: Service) -> Alarm:
    return Alarm(
        f"Mutt{service.capitalize()}Down", UP, "most", "==", 0, f"Nothing runs as {service}: events or alerts wait.",
        f"status {service}", "ux.md 7.3", severity="critical", service=service, lasting_s=60,
    )  # fmt: skip


def _some_down(service: Service) -> Alarm:
    return Alarm(
        f"Mutt{service.capitalize()}Missing", UP, "least", "==", 0, f"One {service} does not answer.",
        f"status {service}", "ux.md 7.3", service=service,
    )  # fmt: skip


def _ingest(queue_cap: int) -> tuple[Alarm, ...]:
    near, full = (round(queue_cap * share) for share in INGEST_QUEUE_SHARE)
    depth = "mutt_ingest_queue_depth"
    return (
        Alarm(
            "MuttIngestQueueDeep", depth, "most", ">", INGEST_QUEUE_DEPTH,
            "Events wait for the alerters.", "queue show ingest", "SO:381",
        ),
        Alarm(
            "MuttIngestQueueFilling", depth, "most", ">", near,
            "Soon events are refused because the queue is full.", "queue show ingest", "ux.md 7.3", lasting_s=60,
        ),
        Alarm(
            "MuttIngestQueueNearlyFull", depth, "most", ">", full,
            "Events are about to be refused because the queue is full.", "queue show ingest", "ux.md 7.3",
            severity="critical", lasting_s=60,
        ),
        Alarm(
            "MuttIngestFailing", "mutt_ingest_requests_total", "per_minute", ">", FAILED_PER_MINUTE,
            "Requests of senders fail.", "logs ingestor --since 15m", "SO:382", labels=(("status", "fail"),),
        ),
        Alarm(
            "MuttIngestSlow", "mutt_ingest_latency_seconds", "p95", ">", INGEST_P95_S,
            "Senders wait long for their answers.", "redis latency", "TG:291, SO:852",
        ),
    )  # fmt: skip


def _alerter() -> tuple[Alarm, ...]:
    return (
        Alarm(
            "MuttAlerterErrors", "mutt_alerter_events_processed_total", "per_minute", ">", ERRORS_PER_MINUTE,
            "Events could not be decided.", "logs alerter --level err --since 15m", "SO:383",
            labels=(("status", "error"),),
        ),
        Alarm(
            "MuttRulesNotReloaded", "mutt_alerter_cache_reload_failures_total", "per_minute", ">", 0,
            "Alerters work with old rules.", "cache show", "ux.md 7.3",
        ),
        Alarm(
            "MuttAlerterMemory", "process_resident_memory_bytes", "most", ">", ALERTER_MEMORY_BYTES,
            "An alerter has grown beyond what it should need.", "status alerter", "SO:934", service="alerter",
        ),
    )  # fmt: skip


def _deliveries() -> tuple[Alarm, ...]:
    return (
        Alarm(
            "MuttMoogFailing", "mutt_moog_requests_total", "per_minute", ">", FAILED_PER_MINUTE,
            "Moogsoft refuses alerts, or does not answer.", "moog status", "SO:384", labels=(("status", "fail"),),
        ),
        Alarm(
            "MuttBreakerOpen", "mutt_moog_circuit_breaker_state", "most", ">", 0,
            "Moogsoft gets no alerts.", "breaker show", "ux.md 7.3", severity="critical", lasting_s=BREAKER_OPEN_S,
        ),
        Alarm(
            "MuttMoogUnhealthy", "mutt_moog_health", "least", "==", 0,
            "Moogsoft does not answer remediation.", "moog status", "SO:387",
        ),
    )  # fmt: skip


def _dead_letters() -> tuple[Alarm, ...]:
    some, many = MOOG_DLQ_DEPTH
    return (
        Alarm(
            "MuttMoogDlqDeep", "mutt_moog_dlq_depth", "most", ">", some,
            "Alerts were set aside unsent.", "dlq list dlq-moog --by reason", "SO:385",
        ),
        Alarm(
            "MuttMoogDlqVeryDeep", "mutt_moog_dlq_depth", "most", ">", many,
            "Very many alerts were set aside unsent.", "dlq list dlq-moog --by reason", "ux.md 7.3",
            severity="critical",
        ),
        Alarm(
            "MuttDlqNotDraining", "mutt_remediation_dlq_depth", "most", ">", REMEDIATION_DLQ_DEPTH,
            "Remediation does not bring back what was set aside.", "remediation show", "SO:386",
        ),
        Alarm(
            "MuttDeadLetters", "mutt_remediation_dead_depth", "most", ">", 0,
            "Poison messages wait for a person.", "dlq list dead", "ux.md 7.3",
        ),
    )  # fmt: skip


def _vault(*, own_role: bool) -> tuple[Alarm, ...]:
    """With a role of its own (`VAULT_ROLE_ID`) a service logs in again, so a token that ends soon is no trouble."""
    name = VAULT_TTL
    none = Alarm(
        "MuttVaultTokenRefused", name, "least", "==", 0,
        "Vault accepts no token of a service: it goes on with what it knows and cannot start again.", "vault token",
        "contradictions.md C-33", severity="critical",
    )  # fmt: skip
    if own_role:
        return (none,)
    return (
        none,
        Alarm(
            "MuttVaultTokenEnds", name, "least", "<", WARN_BELOW_S,
            "A Vault token ends within seven days and is not renewed.", "vault token", "contradictions.md C-33",
        ),
        Alarm(
            "MuttVaultTokenEndsToday", name, "least", "<", VAULT_TOKEN_END_S,
            "A Vault token ends within a day: after that no service can start.", "vault token", "ux.md 7.3",
            severity="critical",
        ),
    )  # fmt: skip
