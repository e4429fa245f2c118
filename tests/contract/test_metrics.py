"""Metrics as runbooks and alert rules know them: contract.md section 5, and what promtool says about the text."""

from __future__ import annotations

import re
import subprocess

import pytest

from mutt_cli.adapters.gauges import BREAKER_NUMBERS
from mutt_cli.adapters.metrics import Metrics, page
from mutt_cli.core.exposition import printed
from mutt_cli.core.metrics import METRICS, VAULT_TTL, Metric, Service, of_service
from tests.peers import peer

SERVICES: tuple[Service, ...] = ("ingestor", "alerter", "forwarder", "remediation", "webui")

GREPS = (
    ("ingestor", 'mutt_ingest_requests_total{status="fail",reason="queue_full"}'),  # SO:480
    ("ingestor", 'mutt_ingest_requests_total{status="fail",reason="rate_limit"}'),  # TG:182
    ("ingestor", "mutt_ingest_latency_seconds"),  # TG:310
    ("alerter", 'mutt_alerter_events_processed_total{status="handled"}'),  # SO:558
    ("alerter", 'mutt_alerter_events_processed_total{status="unhandled"}'),  # SO:561
    ("alerter", "mutt_alerter_unhandled_meta_alerts_total"),  # SO:564
    ("alerter", "mutt_alerter_processing_latency_seconds"),  # TG:1406
    ("forwarder", 'mutt_moog_requests_total{status="fail"}'),  # TG:605
    ("forwarder", "mutt_moog_requests_total"),  # SO:608
    ("forwarder", "mutt_moog_rate_limit_hits_total"),  # TG:655
    ("forwarder", "mutt_moog_circuit_breaker"),  # SO:617
    ("forwarder", "circuit_breaker"),  # TG:595
    ("forwarder", "mutt_moog_request_latency_seconds"),  # TG:680
    ("webui", "pool"),  # TG:908
    ("remediation", "mutt_remediation"),  # SO:704
    ("remediation", "mutt_remediation_replay"),  # SO:710, TG:621, TG:753
    ("remediation", "mutt_remediation_poison_messages_total"),  # SO:713, TG:756
    ("remediation", "mutt_remediation_moog_health"),  # SO:722, TG:750
    ("remediation", 'mutt_remediation_dlq_depth{dlq_name="mutt:dlq:moog"}'),  # SO:386, C-62
    ("remediation", 'mutt_remediation_dlq_depth{dlq_name="mutt:dlq:alerter"}'),  # SO:386, C-62
)

# contract.md 5.1 and 5.2, of these services.
NAMED = {
    "mutt_ingest_requests_total": ("counter", ("status", "reason")),
    "mutt_ingest_queue_depth": ("gauge", ()),
    "mutt_ingest_latency_seconds": ("histogram", ()),
    "mutt_alerter_events_processed_total": ("counter", ("status",)),
    "mutt_alerter_unhandled_meta_alerts_total": ("counter", ()),
    "mutt_alerter_processing_latency_seconds": ("histogram", ()),
    "mutt_moog_requests_total": ("counter", ("status",)),
    "mutt_moog_request_latency_seconds": ("histogram", ()),
    "mutt_moog_dlq_depth": ("gauge", ()),
    "mutt_moog_rate_limit_hits_total": ("counter", ()),
    "mutt_moog_circuit_breaker_state": ("gauge", ("name",)),
    "mutt_moog_circuit_breaker_failures": ("gauge", ("name",)),
    "mutt_moog_circuit_breaker_opened_total": ("counter", ("name",)),
    "mutt_moog_request_failures_total": ("counter", ("reason",)),
    "mutt_webui_db_pool_in_use": ("gauge", ()),
    "mutt_webui_db_pool_size": ("gauge", ()),
    "mutt_webui_redis_pool_in_use": ("gauge", ()),
    "mutt_remediation_dlq_depth": ("gauge", ("dlq_name",)),
    "mutt_moog_health": ("gauge", ()),
    "mutt_remediation_moog_health": ("gauge", ()),
    "mutt_remediation_replay_success_total": ("counter", ()),
    "mutt_remediation_replay_fail_total": ("counter", ("reason",)),
    "mutt_remediation_poison_messages_total": ("counter", ()),
}
# contract.md 5.3, as far as promtool accepts the names; retry_depth is decisions.md D28's, dead_depth C-62's, the
# time that a Vault token has left C-33's, and that of every service.
ALLOWED = {
    "mutt_vault_token_ttl_seconds": ("gauge", ()),
    "mutt_ingest_rate_limit_hits_total": ("counter", ()),
    "mutt_alerter_alerts_forwarded_total": ("counter", ()),
    "mutt_alerter_cache_reload_failures_total": ("counter", ()),
    "mutt_alerter_cache_reload_latency_seconds": ("histogram", ()),
    "mutt_alerter_queue_depth": ("gauge", ()),
    "mutt_alerter_dlq_depth": ("gauge", ()),
    "mutt_alerter_processing_list_depth": ("gauge", ()),
    # contradictions.md C-83; the caches' names of 5.3 end in _count, which promtool refuses.
    "mutt_alerter_cache_rules": ("gauge", ()),
    "mutt_alerter_cache_dev_hosts": ("gauge", ()),
    "mutt_alerter_cache_teams": ("gauge", ()),
    "process_resident_memory_bytes": ("gauge", ()),
    "mutt_alerter_shed_events_total": ("counter", ("mode",)),
    "mutt_moog_processing_list_depth": ("gauge", ()),
    "mutt_moog_alerts_processed_total": ("counter", ("status",)),
    "mutt_moog_retry_depth": ("gauge", ()),
    "mutt_webui_api_requests_total": ("counter", ("endpoint", "status")),
    "mutt_webui_api_latency_seconds": ("histogram", ("endpoint",)),
    "mutt_remediation_loops_total": ("counter", ()),
    "mutt_remediation_loop_duration_seconds": ("histogram", ()),
    "mutt_remediation_dlq_scan_duration_seconds": ("histogram", ()),
    "mutt_remediation_dead_depth": ("gauge", ()),
}


def full_page(service: Service) -> str:
    """A scrape of a quiet service whose Redis has answered."""
    found = [metric for metric in of_service(service) if metric.kind == "gauge"]
    gauges = {metric.name: 0.0 for metric in found if len(metric.series) == 1}
    gauges |= {
        printed(metric.name, zip(metric.labels, row, strict=True)): 0.0 for metric in found for row in metric.series
    }
    return page(service, Metrics(service).samples(), gauges)


def grep(text: str, page_text: str) -> list[str]:
    """What `grep -F` prints, comments left out."""
    return [line for line in page_text.splitlines() if text in line and not line.startswith("#")]


@pytest.mark.parametrize(("service", "text"), GREPS)
def test_documented_grep_hits_on_a_quiet_service(service: Service, text: str) -> None:
    hits = grep(text, full_page(service))
    assert hits
    assert not text.endswith("}") or hits == [f"{text} 0"]


def test_declared_metrics_are_those_of_the_contract() -> None:
    declared = {metric.name: (metric.kind, metric.labels) for metric in METRICS}
    assert len({(metric.service, metric.name) for metric in METRICS}) == len(METRICS)
    assert [metric.service for metric in METRICS if metric.name == VAULT_TTL] == list(SERVICES)
    assert len(declared) == len(METRICS) - len(SERVICES) + 1
    assert declared.items() >= NAMED.items()
    assert declared.items() <= (NAMED | ALLOWED).items()


def test_reasons_and_states_are_those_of_the_contract() -> None:
    series = {metric.name: metric.series for metric in METRICS}
    reasons = ("queue_full", "rate_limit", "auth", "json", "validation", "redis", "stopped", "unknown")  # one is ours
    assert series["mutt_ingest_requests_total"] == (("success", ""), *(("fail", reason) for reason in reasons))
    failures = {"http_4xx", "http_5xx", "timeout", "connection", "circuit_open", "rate_limit", "retry_exhausted"}
    assert {reason for (reason,) in series["mutt_moog_request_failures_total"]} == failures | {"http_3xx"}
    assert BREAKER_NUMBERS == {b"CLOSED": 0, b"OPEN": 1, b"HALF_OPEN": 2}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_declaration_is_complete_and_its_labels_are_plain_words(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert metric.source
    assert all(len(row) == len(metric.labels) for row in metric.series)
    assert all(re.fullmatch(r"[a-z_0-9:]*", value) for row in metric.series for value in row)
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(metric.buckets)


def lint(metric: Metric) -> list[str]:
    """The rules of promtool's lint that a name can break, so that they are checked where promtool is missing."""
    found = []
    if (metric.kind == "counter") != metric.name.endswith("_total"):
        found.append("counters, and only they, end in _total")
    if metric.name.endswith(("_count", "_sum", "_bucket")):
        found.append("suffix of histograms")
    if set(metric.name.split("_")) & {"ms", "us", "ns", "s", "sec", "min", "milliseconds", "minutes", "kb", "mb"}:
        found.append("no base unit")
    if set(metric.name.split("_")) & {"counter", "gauge", "histogram", "summary"}:
        found.append("names its type")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name):
        found.append("not snake_case")
    return found


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_name_breaks_no_rule_of_lint(metric: Metric) -> None:
    assert lint(metric) == []


@pytest.mark.parametrize("name", ["mutt_alerter_cache_rules_count", "mutt_db_write_latency_ms", "mutt_Moog_depth"])
def test_lint_finds_the_names_that_promtool_refuses(name: str) -> None:
    assert lint(Metric(name, "gauge", "alerter", "x.", "x"))


@pytest.mark.parametrize("service", SERVICES)
def test_promtool_accepts_the_page(service: Service) -> None:
    done = subprocess.run(
        [peer("promtool", "prometheus"), "check", "metrics"],
        input=full_page(service),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
