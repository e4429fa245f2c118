"""Every metric that a service serves, declared once: name, type, meaning, labels in printed order and their values.

Names are those of contract.md section 5.1 and 5.2, and those of 5.3 that promtool's lint accepts (D21). Label values
are closed lists: a scrape has the same series from the first second on, and no text from outside becomes a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.keys import Keys

if TYPE_CHECKING:
    from mutt_cli.settings import Settings

Kind = Literal["counter", "gauge", "histogram"]
Service = Literal["ingestor", "alerter", "forwarder", "remediation", "webui"]

QUICK_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Steps around what a queue round trip takes; 0.1 s is the documented bottleneck (TG:310)."""
REQUEST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Steps around what a webhook takes; MOOG_TIMEOUT is 10 s unless set (contract.md 11)."""


@dataclass(frozen=True)
class Metric:
    """One metric. `series` lists every combination of label values that can occur, each as long as `labels`."""

    name: str
    kind: Kind
    service: Service
    help: str
    source: str
    labels: tuple[str, ...] = ()
    series: tuple[tuple[str, ...], ...] = ((),)
    buckets: tuple[float, ...] = ()
    """Upper bounds in seconds, growing, without the infinite one; of histograms alone."""
    per_process: Literal["", "sum", "min", "max"] = ""
    """Of gauges: each process sets its own number, and the page has their sum, the least or the greatest. Others are
    read when asked for."""


def _one_each(*values: str) -> tuple[tuple[str, ...], ...]:
    return tuple((value,) for value in values)


INGEST_REASONS: Final = ("queue_full", "rate_limit", "auth", "json", "validation", "redis", "stopped", "unknown")
REQUEST_FAILURES: Final = (
    "http_3xx", "http_4xx", "http_5xx", "timeout", "connection", "circuit_open", "rate_limit", "retry_exhausted",
)  # fmt: skip
"""Those of contract.md 5.2, and `http_3xx`: a redirect is never followed and would be in none of them (C-55)."""
API_ENDPOINTS: Final = (
    "rules", "rule", "teams", "dev_hosts", "audit_logs", "config", "status", "slo", "version", "metrics", "queues",
    "dlq", "events",
)  # fmt: skip
"""Kinds of the web UI's routes below /api, whatever the version in their path."""
ANSWER_CLASSES: Final = ("2xx", "4xx", "5xx")
REPLAY_FAILURES: Final = ("health", "breaker", "room", "redis", "failed_again")
"""What holds a replay up, counted once a cycle for each queue; and a letter whose earlier replay came to nothing."""
DRAINED: Final = (Keys().dlq_moog, Keys().dlq_alerter)
"""The queues that remediation drains, by their documented names (C-62); a `REDIS_KEY_TAG` changes no label."""
VAULT_TTL: Final = "mutt_vault_token_ttl_seconds"
_NAMED: Final = ("name",)
_BREAKER: Final = (("moogsoft",),)


def _vault(service: Service) -> Metric:
    """The same for every service (C-33). Each worker process sets its own; remediation is asked for its one."""
    return Metric(
        VAULT_TTL, "gauge", service,
        "Time until the Vault token ends, renewals left aside: +Inf if it never does, 0 if there is none that Vault"
        " accepts. Of several processes the least.",
        "contradictions.md C-33", per_process="" if service == "remediation" else "min",
    )  # fmt: skip


_INGESTOR: Final = (
    Metric(
        "mutt_ingest_requests_total", "counter", "ingestor",
        "Requests to the ingest endpoint, by outcome; a batch is one request.", "contract.md 5.1, SO:480, TG:182",
        ("status", "reason"), (("success", ""), *(("fail", reason) for reason in INGEST_REASONS)),
    ),
    Metric(
        "mutt_ingest_rate_limit_hits_total", "counter", "ingestor",
        "Requests refused by the ingest rate limit.", "contract.md 5.3",
    ),
    Metric(
        "mutt_ingest_queue_depth", "gauge", "ingestor", "Events waiting for an alerter.", "contract.md 5.1, SO:381"
    ),
    Metric(
        "mutt_ingest_latency_seconds", "histogram", "ingestor",
        "Time from a request's arrival to its answer, of all outcomes.", "contract.md 5.1, TG:310", buckets=QUICK_S,
    ),
)  # fmt: skip

_ALERTER: Final = (
    Metric(
        "mutt_alerter_events_processed_total", "counter", "alerter",
        "Events decided: handled (alerted or deduplicated), unhandled (no rule matched), error.",
        "contract.md 5.1, SO:558", ("status",), _one_each("handled", "unhandled", "error"),
    ),
    Metric(
        "mutt_alerter_alerts_forwarded_total", "counter", "alerter", "Alerts handed to the forwarders.",
        "contract.md 5.3",
    ),
    Metric(
        "mutt_alerter_unhandled_meta_alerts_total", "counter", "alerter",
        "Alerts raised because many events of one kind matched no rule.", "contract.md 5.1, SO:564",
    ),
    Metric(
        "mutt_alerter_shed_events_total", "counter", "alerter",
        "Events met by backpressure: set aside (dlq), or decided before a pause (defer).",
        "contract.md 5.3", ("mode",), _one_each("dlq", "defer"),
    ),
    Metric(
        "mutt_alerter_processing_latency_seconds", "histogram", "alerter",
        "Time from a claim to the decision that stands; one observation per batch, whose events all took that long.",
        "contract.md 5.1, TG:1406", buckets=QUICK_S,
    ),
    Metric(
        "mutt_alerter_cache_reload_latency_seconds", "histogram", "alerter",
        "Time that reading and compiling the rules took, of reloads that succeeded.", "contract.md 5.3",
        buckets=QUICK_S,
    ),
    Metric(
        "mutt_alerter_cache_reload_failures_total", "counter", "alerter",
        "Attempts to read the rules that failed, of all workers; the last good ones stayed in use.", "contract.md 5.3",
    ),
    Metric("mutt_alerter_queue_depth", "gauge", "alerter", "Events waiting for an alerter.", "contract.md 5.3"),
    Metric(
        "mutt_alerter_dlq_depth", "gauge", "alerter", "Events in the alerters' dead-letter queue.", "contract.md 5.3"
    ),
    Metric(
        "mutt_alerter_processing_list_depth", "gauge", "alerter", "Events in the hands of this alerter.",
        "contract.md 5.3",
    ),
    # The names of contract.md 5.3 end in _count, which promtool keeps for histograms (D21).
    Metric(
        "mutt_alerter_cache_rules", "gauge", "alerter", "Rules in use, in the worker that has most.",
        "contract.md 5.3, C-83", per_process="max",
    ),
    Metric(
        "mutt_alerter_cache_dev_hosts", "gauge", "alerter", "Development hosts known, in the worker that knows most.",
        "contract.md 5.3, C-83", per_process="max",
    ),
    Metric(
        "mutt_alerter_cache_teams", "gauge", "alerter", "Hosts whose team is known, in the worker that knows most.",
        "contract.md 5.3, C-83", per_process="max",
    ),
    Metric(
        "process_resident_memory_bytes", "gauge", "alerter", "Resident memory of the workers, added up.", "C-83",
        per_process="sum",
    ),
)  # fmt: skip

_FORWARDER: Final = (
    Metric(
        "mutt_moog_requests_total", "counter", "forwarder", "Requests to the Moogsoft webhook.",
        "contract.md 5.1, TG:605, C-60", ("status",), _one_each("success", "fail"),
    ),
    Metric(
        "mutt_moog_request_latency_seconds", "histogram", "forwarder",
        "Time that requests to the Moogsoft webhook took, of all outcomes.", "contract.md 5.1, TG:680",
        buckets=REQUEST_S,
    ),
    Metric(
        "mutt_moog_request_failures_total", "counter", "forwarder",
        "Why alerts were not delivered: failed requests by kind, alerts set aside unsent (circuit_open), and alerts"
        " given up after the last attempt (retry_exhausted, beside that attempt's own kind).",
        "contract.md 5.2", ("reason",), _one_each(*REQUEST_FAILURES),
    ),
    Metric(
        "mutt_moog_alerts_processed_total", "counter", "forwarder",
        "Alerts by what became of them: success, dlq, or error (the attempt failed, it will be tried again).",
        "contract.md 5.3", ("status",), _one_each("success", "dlq", "error"),
    ),
    Metric(
        "mutt_moog_rate_limit_hits_total", "counter", "forwarder",
        "Times that alerts had to wait for the shared rate limit, counted at most once per second and worker.",
        "contract.md 5.1, TG:655",
    ),
    Metric(
        "mutt_moog_circuit_breaker_state", "gauge", "forwarder", "The shared breaker: 0 closed, 1 open, 2 half-open.",
        "contract.md 5.2, C-50", _NAMED, _BREAKER,
    ),
    Metric(
        "mutt_moog_circuit_breaker_failures", "gauge", "forwarder",
        "Consecutive failures that the shared breaker has counted.", "contract.md 5.2", _NAMED, _BREAKER,
    ),
    Metric(
        "mutt_moog_circuit_breaker_opened_total", "counter", "forwarder",
        "Times that the shared breaker was seen to open; each worker of each forwarder counts all of them.",
        "contract.md 5.2", _NAMED, _BREAKER,
    ),
    Metric(
        "mutt_moog_dlq_depth", "gauge", "forwarder", "Alerts in the forwarders' dead-letter queue.",
        "contract.md 5.1, SO:385",
    ),
    Metric("mutt_moog_retry_depth", "gauge", "forwarder", "Alerts waiting for their next attempt.", "decisions.md D28"),
    Metric(
        "mutt_moog_processing_list_depth", "gauge", "forwarder", "Alerts in the hands of this forwarder.",
        "contract.md 5.3",
    ),
)  # fmt: skip

_WEBUI: Final = (
    Metric(
        "mutt_webui_api_requests_total", "counter", "webui", "Requests to the API, by endpoint and kind of answer.",
        "contract.md 5.3", ("endpoint", "status"),
        tuple((endpoint, status) for endpoint in API_ENDPOINTS for status in ANSWER_CLASSES),
    ),
    Metric(
        "mutt_webui_api_latency_seconds", "histogram", "webui", "Time that requests to the API took, of all outcomes.",
        "contract.md 5.3", ("endpoint",), _one_each(*API_ENDPOINTS), buckets=REQUEST_S,
    ),
    Metric(
        "mutt_webui_db_pool_in_use", "gauge", "webui", "Connections to PostgreSQL that requests use now.",
        "contract.md 5.2, TG:908", per_process="sum",
    ),
    Metric(
        "mutt_webui_db_pool_size", "gauge", "webui", "Connections to PostgreSQL that are open or being opened.",
        "contract.md 5.2, TG:908", per_process="sum",
    ),
    Metric(
        "mutt_webui_redis_pool_in_use", "gauge", "webui", "Connections to Redis that requests use now.",
        "contract.md 5.2, TG:908", per_process="sum",
    ),
)  # fmt: skip

_REMEDIATION: Final = (
    Metric(
        "mutt_remediation_dlq_depth", "gauge", "remediation",
        "Messages set aside in a dead-letter queue that remediation drains.", "contract.md 5.1, SO:386, C-62",
        ("dlq_name",), _one_each(*DRAINED),
    ),
    Metric(
        "mutt_remediation_dead_depth", "gauge", "remediation",
        "Poison messages that wait for a person; remediation drains none of them.", "C-62",
    ),
    Metric(
        "mutt_moog_health", "gauge", "remediation",
        "Whether Moogsoft could be reached when it was last asked, once a cycle: 1 healthy, 0 not. Absent until"
        " then, and where nobody asks (another instance is active, MOOG_HEALTH_CHECK_ENABLED is off).",
        "contract.md 5.1, SO:387",
    ),
    Metric(
        "mutt_remediation_moog_health", "gauge", "remediation", "The same number as mutt_moog_health.",
        "contract.md 5.1, SO:722, TG:750, C-53",
    ),
    Metric(
        "mutt_remediation_replay_success_total", "counter", "remediation",
        "Messages brought back from a dead-letter queue to the queue where they came from.",
        "contract.md 5.2, SO:710, C-63",
    ),
    Metric(
        "mutt_remediation_replay_fail_total", "counter", "remediation",
        "Replays that were held up, once a cycle for each queue with messages in it (health, breaker, room, redis),"
        " and messages that were back after an earlier replay when they were moved on (failed_again).",
        "contract.md 5.2, SO:710, C-63", ("reason",), _one_each(*REPLAY_FAILURES),
    ),
    Metric(
        "mutt_remediation_poison_messages_total", "counter", "remediation",
        "Messages moved to the dead ones because they kept failing by their own fault.",
        "contract.md 5.1, SO:713, TG:756",
    ),
    Metric("mutt_remediation_loops_total", "counter", "remediation", "Cycles that ended.", "contract.md 5.3"),
    Metric(
        "mutt_remediation_loop_duration_seconds", "histogram", "remediation", "Time that a cycle took.",
        "contract.md 5.3", buckets=REQUEST_S,
    ),
    Metric(
        "mutt_remediation_dlq_scan_duration_seconds", "histogram", "remediation",
        "Time that going through one dead-letter queue took, moves included.", "contract.md 5.3", buckets=REQUEST_S,
    ),
)  # fmt: skip

_VAULT: Final = (
    _vault("ingestor"), _vault("alerter"), _vault("forwarder"), _vault("remediation"), _vault("webui"),
)  # fmt: skip

METRICS: Final = (*_INGESTOR, *_ALERTER, *_FORWARDER, *_REMEDIATION, *_WEBUI, *_VAULT)


def metrics_address(settings: Settings, service: str) -> tuple[str, int] | None:
    """Host (empty: every address) and port of a service's metrics page; None if it serves none (contract.md 5)."""
    ports = {
        "ingestor": (settings.ingest.host, settings.ingest.metrics_port),
        "alerter": ("", settings.alerter.metrics_port),
        "forwarder": ("", settings.forwarder.metrics_port),
        "remediation": ("", settings.remediation.metrics_port),
        "webui": (settings.webui.host, settings.webui.port),
    }
    if not settings.platform.prometheus_enabled and service != "webui":  # the web UI's page is on its own port
        return None
    return ports.get(service)


def of_service(service: Service) -> tuple[Metric, ...]:
    """The metrics of one service, in the order in which it prints them."""
    return tuple(metric for metric in METRICS if metric.service == service)
