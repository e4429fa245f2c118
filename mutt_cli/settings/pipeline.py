"""Settings of the four services an event passes: ingestor, alerter, forwarder and remediation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mutt_cli.settings.declaration import WORKERS, setting, tcp_port

MIB: Final = 1024 * 1024
_INGESTOR: Final = ("ingestor",)
_ALERTER: Final = ("alerter",)
_FORWARDER: Final = ("forwarder",)
_REMEDIATION: Final = ("remediation",)
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_NAME_FORM: Final = "at most 63 letters, digits, dots, hyphens or underscores"


@dataclass(frozen=True)
class Ingest:
    """The door: what is accepted, how fast, and how much may wait."""

    host: str = setting(
        "INGESTOR_HOST", "0.0.0.0", meaning="Address the ingestor listens on", services=_INGESTOR,  # noqa: S104  C-12: health is checked from other hosts
        source="contract.md 3.3",
    )  # fmt: skip
    port: int = tcp_port(
        "INGESTOR_PORT", 8080, meaning="Port of the ingest API and its health page", services=_INGESTOR,
        aliases=("SERVER_PORT_INGESTOR",), source="SO:128, SO:448",
    )  # fmt: skip
    workers: int = setting(
        "INGESTOR_WORKERS", 4, meaning="Ingestor processes; twice the CPU cores is a good value", unit="processes",
        services=_INGESTOR, minimum=1, maximum=256, source="SO:425, SO:860",
    )  # fmt: skip
    metrics_port: int = tcp_port(
        "METRICS_PORT", 9090, meaning="Port of the ingestor's metrics", services=_INGESTOR,
        aliases=("METRICS_PORT_INGESTOR",), source="SO:128, contradictions.md C-01",
    )  # fmt: skip
    queue_cap: int = setting(
        "INGEST_QUEUE_CAP", 1_000_000, meaning="Refuse events (503, queue_full) when this many wait", unit="events",
        services=_INGESTOR, aliases=("MAX_INGEST_QUEUE_SIZE",), dynamic="max_ingest_queue_size", minimum=1,
        maximum=1_000_000_000, source="SO:427",
    )  # fmt: skip
    max_rate: int = setting(
        "INGEST_MAX_RATE", 1000,
        meaning="Requests accepted per window by all ingestors together; a batch is one request",
        unit="requests per window", services=_INGESTOR, dynamic="ingest_max_rate", minimum=1, maximum=1_000_000_000,
        source="SO:426, TG:210",
    )  # fmt: skip
    rate_window: int = setting(
        "INGEST_RATE_WINDOW", 60, meaning="Length of the window of the ingest limit", unit="s", services=_INGESTOR,
        dynamic="ingest_rate_window", minimum=1, maximum=86_400, source="SO:426, TG:210",
    )  # fmt: skip
    rate_limit_status: int = setting(
        "INGEST_RATE_LIMIT_STATUS", 503,
        meaning="HTTP status of a rate-limited request; many senders drop events on 429",
        services=_INGESTOR, choices=(503, 429), source="decisions.md D6",
    )  # fmt: skip
    max_event_bytes: int = setting(
        "INGEST_MAX_EVENT_BYTES", MIB, meaning="Largest event accepted", unit="bytes", services=_INGESTOR,
        minimum=1024, maximum=64 * MIB, source="decisions.md D8",
    )  # fmt: skip
    max_body_bytes: int = setting(
        "INGEST_MAX_BODY_BYTES", 16 * MIB, meaning="Largest request body accepted, after expansion", unit="bytes",
        services=_INGESTOR, minimum=1024, maximum=1024 * MIB, source="decisions.md D8",
    )  # fmt: skip
    max_batch: int = setting(
        "INGEST_MAX_BATCH", 10_000, meaning="Most events in one request", unit="events", services=_INGESTOR,
        minimum=1, maximum=1_000_000, source="decisions.md D8",
    )  # fmt: skip
    max_depth: int = setting(
        "INGEST_MAX_DEPTH", 32, meaning="Deepest nesting accepted in an event", unit="levels", services=_INGESTOR,
        minimum=1, maximum=512, source="decisions.md D7",
    )  # fmt: skip
    required_fields: tuple[str, ...] = setting(
        "REQUIRED_MESSAGE_FIELDS", (), meaning="Fields without which an event is refused, separated by commas",
        services=_INGESTOR, aliases=("REQUIRED_FIELDS",), source="contradictions.md C-07",
    )  # fmt: skip
    threads: int = setting(
        "INGEST_THREADS", 4, meaning="Threads per ingestor process", unit="threads", services=_INGESTOR, minimum=1,
        maximum=256, source="decisions.md D5",
    )  # fmt: skip
    pin_workers: bool = setting(
        "INGESTOR_PIN_WORKERS", default=True,
        meaning="Keep each ingestor process on one core, taking turns; false where cores are shared by other means",
        services=_INGESTOR, source="performance.md 5",
    )  # fmt: skip
    quarantine_cap: int = setting(
        "INGEST_QUARANTINE_CAP", 10_000, meaning="Refused batch items kept for inspection; the oldest go first",
        unit="items", services=_INGESTOR, minimum=0, maximum=1_000_000, source="decisions.md D28",
    )  # fmt: skip
    witness_max_bytes: int = setting(
        "INGEST_WITNESS_MAX_BYTES", 256 * MIB, meaning="Disk space for the local record of accepted event ids",
        unit="bytes", services=_INGESTOR, minimum=MIB, source="decisions.md D18",
    )  # fmt: skip
    stop_timeout: int = setting(
        "INGEST_STOP_TIMEOUT", 30, meaning="How long a stop waits for requests being answered", unit="s",
        services=_INGESTOR, minimum=1, maximum=600, source="SO:238",
    )  # fmt: skip
    idempotency_ttl: int = setting(
        "INGEST_IDEMPOTENCY_TTL", 900, meaning="How long a repeated Idempotency-Key is recognised", unit="s",
        services=_INGESTOR, minimum=1, maximum=86_400, source="architecture.md 3",
    )  # fmt: skip


@dataclass(frozen=True)
class Worker:
    """What alerters and forwarders have in common: identity, lease and janitor."""

    pod_name: str = setting(
        "POD_NAME", "alerter-001", meaning="Name of this host's workers, unique among all hosts; part of key names",
        services=WORKERS, pattern=_NAME, form=_NAME_FORM, source="SO:537, SO:575-580, contradictions.md C-19",
    )  # fmt: skip
    alerter_instance: str = setting(
        "ALERTER_INSTANCE", "", meaning="Name of the alerter, if it must differ from the host's worker name",
        services=_ALERTER, pattern=_NAME, form=_NAME_FORM, source="contradictions.md C-19",
    )  # fmt: skip
    forwarder_instance: str = setting(
        "MOOG_FORWARDER_INSTANCE", "", meaning="Name of the forwarder, if it must differ from the host's worker name",
        services=_FORWARDER, pattern=_NAME, form=_NAME_FORM, source="contradictions.md C-19",
    )  # fmt: skip
    heartbeat_interval: int = setting(
        "HEARTBEAT_INTERVAL", 10, meaning="How often a worker renews its lease", unit="s", services=WORKERS,
        aliases=("ALERTER_HEARTBEAT_INTERVAL", "MOOG_HEARTBEAT_INTERVAL"), minimum=1, maximum=3600,
        source="contract.md 11",
    )  # fmt: skip
    heartbeat_expiry: int = setting(
        "HEARTBEAT_EXPIRY", 30, meaning="Lease of a worker; its work is taken over when it was silent this long",
        unit="s", services=WORKERS, aliases=("ALERTER_JANITOR_TIMEOUT", "MOOG_JANITOR_TIMEOUT"), minimum=2,
        maximum=7200, source="contract.md 11",
    )  # fmt: skip
    janitor_interval: int = setting(
        "JANITOR_INTERVAL", 60, meaning="How often abandoned work and unhandled events are looked for", unit="s",
        services=WORKERS, minimum=1, maximum=86_400, source="SO:1381, TG:554",
    )  # fmt: skip
    pop_timeout: int = setting(
        "BRPOPLPUSH_TIMEOUT", 5, meaning="Accepted and without effect: workers never block in Redis", unit="s",
        services=WORKERS, dynamic="brpoplpush_timeout", minimum=1, maximum=300,
        source="SO:907, TG:458, decisions.md D16",
        inert="workers look for work every 5 to 50 ms and never block in Redis",
    )  # fmt: skip
    dynamic_config_enabled: bool = setting(
        "DYNAMIC_CONFIG_ENABLED", default=True, meaning="Obey settings changed at run time with `mutt config set`",
        source="SO:551, contradictions.md C-25",
    )  # fmt: skip

    @property
    def alerter_name(self) -> str:
        """The name in the alerter's key names."""
        return self.alerter_instance or self.pod_name

    @property
    def forwarder_name(self) -> str:
        """The name in the forwarder's key names."""
        return self.forwarder_instance or self.pod_name


@dataclass(frozen=True)
class Alerter:
    """Matching, backpressure, unhandled events and deduplication."""

    workers: int = setting(
        "ALERTER_WORKERS", 1, meaning="Alerter processes on this host", unit="processes", services=_ALERTER,
        minimum=1, maximum=64, source="architecture.md 3",
    )  # fmt: skip
    batch_size: int = setting(
        "ALERTER_BATCH_SIZE", 500, meaning="Events taken in one step; up to four times as many while a backlog waits",
        unit="events", services=_ALERTER,
        minimum=1, maximum=2000, source="decisions.md D16",
    )  # fmt: skip
    health_port: int = tcp_port(
        "ALERTER_HEALTH_PORT", 8081, meaning="Port of the alerter's health page", services=_ALERTER,
        aliases=("HEALTH_PORT_ALERTER",), source="SO:129",
    )  # fmt: skip
    metrics_port: int = tcp_port(
        "ALERTER_METRICS_PORT", 9091, meaning="Port of the alerter's metrics", services=_ALERTER,
        aliases=("METRICS_PORT_ALERTER",), source="SO:129",
    )  # fmt: skip
    rule_cache_ttl: int = setting(
        "RULE_CACHE_TTL", 300, meaning="Rules are loaded again after this time", unit="s", services=_ALERTER,
        aliases=("CACHE_RELOAD_INTERVAL",), dynamic="cache_reload_interval", dynamic_aliases=("rule_cache_ttl",),
        minimum=1, maximum=86_400, source="SO:509, SO:905",
    )  # fmt: skip
    queue_warn_threshold: int = setting(
        "ALERTER_QUEUE_WARN_THRESHOLD", 1000, meaning="Events waiting at which the alerter warns", unit="events",
        services=_ALERTER, dynamic="alerter_queue_warn_threshold", minimum=1, maximum=1_000_000_000,
        source="SO:547, contradictions.md C-38",
    )  # fmt: skip
    queue_shed_threshold: int = setting(
        "ALERTER_QUEUE_SHED_THRESHOLD", 2000, meaning="Events waiting at which the alerter sheds or defers",
        unit="events", services=_ALERTER, dynamic="alerter_queue_shed_threshold", minimum=1, maximum=1_000_000_000,
        source="SO:548, TG:415, contradictions.md C-38",
    )  # fmt: skip
    shed_mode: str = setting(
        "ALERTER_SHED_MODE", "none",
        meaning="At the shed threshold: none = warn only, dlq = set events aside, defer = pause",
        services=_ALERTER, dynamic="alerter_shed_mode", choices=("none", "dlq", "defer"),
        source="SO:549, TG:416, decisions.md D9",
    )  # fmt: skip
    defer_sleep_ms: int = setting(
        "ALERTER_DEFER_SLEEP_MS", 250, meaning="Pause between steps while deferring", unit="ms", services=_ALERTER,
        dynamic="alerter_defer_sleep_ms", minimum=1, maximum=60_000, source="contract.md 4",
    )  # fmt: skip
    max_retries: int = setting(
        "ALERTER_MAX_RETRIES", 3, unit="crashes",
        meaning="An event that so many alerters crashed with is a dead letter and not tried again",
        services=WORKERS, minimum=1, maximum=100, source="contract.md 3.3, architecture.md 3",
    )  # fmt: skip
    unhandled_threshold: int = setting(
        "UNHANDLED_THRESHOLD", 100, meaning="Unmatched events of one kind that raise a meta-alert", unit="events",
        services=_ALERTER, dynamic="unhandled_threshold", minimum=1, maximum=1_000_000_000, source="contract.md 11",
    )  # fmt: skip
    unhandled_expiry: int = setting(
        "UNHANDLED_EXPIRY_SECONDS", 86_400,
        meaning="How long unmatched events of one kind are counted together; at least three janitor rounds",
        unit="s", services=_ALERTER, dynamic="unhandled_expiry_seconds", minimum=1, maximum=604_800,
        source="TG:552-556, contradictions.md C-26, C-35",
    )  # fmt: skip
    unhandled_default_team: str = setting(
        "UNHANDLED_DEFAULT_TEAM", "NETO", meaning="Team of alerts whose rule and host name none", services=_ALERTER,
        source="contract.md 3.3, decisions.md D11",
    )  # fmt: skip
    unhandled_max_keys: int = setting(
        "UNHANDLED_MAX_KEYS", 10_000, meaning="Most kinds of unmatched events counted at a time", unit="keys",
        services=_ALERTER, minimum=1, maximum=10_000_000, source="decisions.md D12",
    )  # fmt: skip
    dedupe_window: int = setting(
        "DEDUPE_WINDOW", 60, meaning="Repeats of an alert within this time are counted, not sent; 0 = off", unit="s",
        services=_ALERTER, minimum=0, maximum=86_400, source="decisions.md D10",
    )  # fmt: skip


@dataclass(frozen=True)
class Forwarder:
    """How many alerts are on their way at once."""

    workers: int = setting(
        "MOOG_FORWARDER_WORKERS", 1, meaning="Forwarder processes on this host", unit="processes",
        services=_FORWARDER, minimum=1, maximum=64, source="architecture.md 3",
    )  # fmt: skip
    health_port: int = tcp_port(
        "MOOG_FORWARDER_HEALTH_PORT", 8082, meaning="Port of the forwarder's health page", services=_FORWARDER,
        aliases=("HEALTH_PORT_MOOG",), source="SO:130",
    )  # fmt: skip
    metrics_port: int = tcp_port(
        "MOOG_FORWARDER_METRICS_PORT", 9092, meaning="Port of the forwarder's metrics", services=_FORWARDER,
        aliases=("METRICS_PORT_MOOG",), source="SO:130",
    )  # fmt: skip
    concurrency: int = setting(
        "FORWARDER_CONCURRENCY", 8, meaning="Alerts sent at the same time by one forwarder", unit="alerts",
        services=_FORWARDER, minimum=1, maximum=64, source="decisions.md D16",
    )  # fmt: skip


@dataclass(frozen=True)
class Remediation:
    """Replay of dead-letter queues."""

    enabled: bool = setting(
        "REMEDIATION_ENABLED", default=True, meaning="Replay set-aside messages; if false the service idles",
        services=_REMEDIATION, dynamic="remediation_enabled", source="contract.md 3.3",
    )  # fmt: skip
    interval: int = setting(
        "REMEDIATION_INTERVAL", 300, meaning="Time between two replay cycles", unit="s", services=_REMEDIATION,
        aliases=("REMEDIATION_SCAN_INTERVAL",), dynamic="remediation_interval", minimum=1, maximum=86_400,
        source="SO:693, TG:806",
    )  # fmt: skip
    batch_size: int = setting(
        "REMEDIATION_BATCH_SIZE", 10, meaning="Most messages replayed per cycle", unit="messages",
        services=_REMEDIATION, dynamic="remediation_batch_size", minimum=1, maximum=100, source="SO:694, SO:751",
    )  # fmt: skip
    max_poison_retries: int = setting(
        "MAX_POISON_RETRIES", 3, meaning="Failed replays after which a message is dead and needs a person",
        unit="replays", services=_REMEDIATION, aliases=("REMEDIATION_MAX_RETRIES", "POISON_MESSAGE_MAX_RETRIES"),
        dynamic="max_poison_retries", minimum=1, maximum=100, source="SO:738, SO:752",
    )  # fmt: skip
    health_port: int = tcp_port(
        "HEALTH_PORT_REMEDIATION", 8087, meaning="Port of remediation's health page", services=_REMEDIATION,
        source="SO:131",
    )  # fmt: skip
    metrics_port: int = tcp_port(
        "METRICS_PORT_REMEDIATION", 8086, meaning="Port of remediation's metrics", services=_REMEDIATION,
        source="SO:131",
    )  # fmt: skip
