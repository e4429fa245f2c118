"""Rows of contract.md 8.2 and 8.3 (lines) and of 5 (numbers): which step must leave what; what is exempt and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.core.metrics import API_ENDPOINTS
from tests.acceptance import letter_steps as steps
from tests.acceptance.letter_stack import Count, Line
from tests.acceptance.letter_steps import FAILED_ID, KNOWN_ID, PARKED_ID, TEXT_ID, failing, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.letter_stack import Letter

LAST: Final = 20
"""`journalctl -n 20` of the guides."""


def _when(step: Callable[[Letter], object]) -> str:
    return name_of(step)  # type: ignore[arg-type]


START, MATCHED, UNMATCHED = _when(steps.start), _when(steps.matched), _when(steps.unmatched)
REJECTED, DOWN, BREAKER = _when(steps.rejected), _when(steps.down), _when(steps.breaker)
WEB, NO_TABLES, WRONG = _when(steps.web_requests), _when(steps.no_tables), _when(steps.wrong_starts)
HTTP_401, VAULT = _when(failing(status=401)), _when(steps.vault_away)
NO_EVENT, SHED, DEFER = _when(steps.no_event), _when(steps.shed), _when(steps.defer)
FULL, FAST, NO_KEY = _when(steps.queue_full), _when(steps.too_fast), _when(steps.no_key)
UNREADABLE = _when(steps.unreadable)

LINES: Final = (
    Line("ingestor", r"Ingested event", MATCHED, "SO:434"),
    Line("ingestor", rf"Ingested event.*{KNOWN_ID}", MATCHED, "SO:1496"),
    Line("ingestor", r"(?i)auth|unauthorized|api.key", NO_KEY, "TG:254"),
    Line("ingestor", r"(?i)vault", START, "SO:1709", last=LAST),
    Line("ingestor", rf'"status":"fail".*"correlation_id":"{FAILED_ID}"', NO_EVENT, "TG:1698"),
    Line("alerter", rf"Processing event with correlation_id={KNOWN_ID}.* took [0-9.]+ ms", MATCHED, "TG:1517, TG:1723"),
    Line("alerter", r"Reloading", _when(steps.reload), "SO:528", last=LAST),
    Line("alerter", r"(?i)config", _when(steps.change_setting), "SO:1664", last=LAST),
    Line("alerter", r"(?i)janitor", START, "SO:1389"),
    Line("alerter", r"(?i)janitor.*returned 1", _when(steps.unlisted), "SO:1389"),
    Line("alerter", r"(?i)unhandled.*meta-alert", UNMATCHED, "TG:533"),
    Line("alerter", r"Processing event .*(?i:unhandled)", UNMATCHED, "TG:533"),
    Line("alerter", r"(?i)memory.* MiB resident, \d+ rules", START, "TG:1452, C-83"),
    Line("forwarder", rf"Forwarded alert with correlation_id={KNOWN_ID}", MATCHED, "SO:605, TG:1534"),
    Line("forwarder", r"(?i)circuit.*from send to park", BREAKER, "SO:614"),
    Line("forwarder", r"(?i)circuit.* to send", BREAKER, "SO:614"),
    Line("forwarder", r"correlation_id", MATCHED, "SO:1690"),
    Line("forwarder-text", rf"Forwarded alert with correlation_id={TEXT_ID}", _when(steps.text_mode), "SO:1690"),
    Line("forwarder", r"error.*http_400|http_400.*error", REJECTED, "TG:602"),
    Line("forwarder", r"DLQ \(http_400\)", REJECTED, "SO:1631, TG:602"),
    Line("forwarder", r"DLQ \(circuit_open\)", BREAKER, "TG:602"),
    Line("forwarder", r"(?i)fail.*DLQ", UNREADABLE, "TG:602"),
    Line("forwarder", r"HTTP 401", HTTP_401, "TG:640"),
    Line("forwarder", r"HTTP 400", REJECTED, "TG:640"),
    Line("forwarder", r"(?i)retry|backoff", HTTP_401, "TG:688"),
    Line("remediation", r"Remediation", START, "SO:701"),
    Line("remediation", r"Replaying", REJECTED, "SO:701"),
    Line("remediation", r"(?i)moog.*health", START, "SO:719"),
    Line("remediation", r"(?i)moog.*health: down", DOWN, "SO:719"),
    Line("remediation", r"(?i)poison message.*HTTP 400.*poison-1", REJECTED, "TG:798, SO:757"),
    Line("webui", r"GET /api/v1/rules 200 \d+ms", WEB, "SO:817, TG:911"),
    Line("webui", r"POST /api/v1/rules 201 \d+ms", WEB, "SO:817, TG:911"),
    Line("webui", r"PUT /api/v1/rules/\d+ 200 \d+ms", WEB, "SO:817, TG:911"),
    Line("webui", r"DELETE /api/v1/rules/\d+ 200 \d+ms", WEB, "SO:817, TG:911"),
    Line("webui", r"error", NO_TABLES, "TG:830"),
    Line("webui", r"500", NO_TABLES, "TG:830"),
    *(Line(unit, r"(?i)vault", VAULT, "TG:1234") for unit in ("ingestor", "alerter", "forwarder-text", "webui")),
    Line("remediation", r"(?i)vault", VAULT, "TG:1234"),
    *(Line(unit, KNOWN_ID, MATCHED, "SO:1496-1498, TG:1709") for unit in ("ingestor", "alerter", "forwarder")),
    Line(
        "ingestor-no-redis",
        r"redis\.exceptions\.ConnectionError: Error 111 connecting to localhost:\d+\. Connection refused\.",
        WRONG, "TG:1555",
    ),
    Line(
        "alerter-pod-2", r"FATAL: sorry, too many clients already", _when(steps.too_many_clients), "TG:1576, SO:1952"
    ),
    Line("ingestor-no-token", r"hvac\.exceptions\.Forbidden: permission denied", WRONG, "TG:1591"),
    Line("ingestor-keyless", r"Required secret INGEST_API_KEY not found in Vault", WRONG, "TG:1614"),
    Line("ingestor-keyless", r"(?m)^<2>\{", WRONG, "SO:1482, C-77"),
    Line("forwarder", rf"Circuit breaker is OPEN, skipping forward.*{PARKED_ID}", BREAKER, "TG:1632"),
    Line(
        "alerter", r"Backpressure: Queue depth \d+ exceeds shed threshold \d+, shedding event", SHED, "TG:1653"
    ),
    Line("ingestor", r"OOM command not allowed.*no-room", _when(steps.redis_full), "SO:1899"),
)  # fmt: skip

NO_LINES: Final = {
    "ingestor: selinux": "appears only if SELinux denies something (TG:1326), which no kernel of a test does",
    "alerter: error": "only real errors (TG:367): test_alerter_that_is_well_says_error_nowhere",
}
"""Rows of contract.md 8.2 that no step can bring about."""


NEVER_FAILING: Final = ("status", "slo", "version", "metrics", "queues", "dlq", "events")
"""Endpoints of the web API that answer while PostgreSQL cannot."""


def _fail(reason: str) -> str:
    return f'mutt_ingest_requests_total{{status="fail",reason="{reason}"}}'


def _failure(reason: str, when: str) -> Count:
    return Count("forwarder", f'mutt_moog_request_failures_total{{reason="{reason}"}}', when)


def _held(reason: str, when: str) -> Count:
    return Count("remediation", f'mutt_remediation_replay_fail_total{{reason="{reason}"}}', when)


def _api(endpoint: str) -> list[Count]:
    name = "mutt_webui_api_requests_total"
    rows = [("2xx", WEB), ("4xx", WEB), *([] if endpoint in NEVER_FAILING else [("5xx", NO_TABLES)])]
    found = [Count("webui", f'{name}{{endpoint="{endpoint}",status="{status}"}}', when) for status, when in rows]
    return [*found, Count("webui", f'mutt_webui_api_latency_seconds_count{{endpoint="{endpoint}"}}', WEB)]


COUNTS: Final = (
    Count("ingestor", 'mutt_ingest_requests_total{status="success",reason=""}', MATCHED),
    Count("ingestor", "mutt_ingest_latency_seconds_count", MATCHED),
    Count("ingestor", _fail("auth"), NO_KEY),
    Count("ingestor", _fail("json"), NO_EVENT),
    Count("ingestor", _fail("validation"), NO_EVENT),
    Count("ingestor", _fail("queue_full"), FULL),
    Count("ingestor", _fail("rate_limit"), FAST),
    Count("ingestor", "mutt_ingest_rate_limit_hits_total", FAST),
    Count("ingestor", _fail("redis"), _when(steps.redis_full)),
    Count("alerter", 'mutt_alerter_events_processed_total{status="handled"}', MATCHED),
    Count("alerter", 'mutt_alerter_events_processed_total{status="unhandled"}', UNMATCHED),
    Count("alerter", "mutt_alerter_alerts_forwarded_total", MATCHED),
    Count("alerter", "mutt_alerter_unhandled_meta_alerts_total", UNMATCHED),
    Count("alerter", "mutt_alerter_processing_latency_seconds_count", MATCHED),
    Count("alerter", 'mutt_alerter_shed_events_total{mode="dlq"}', SHED),
    Count("alerter", 'mutt_alerter_shed_events_total{mode="defer"}', DEFER),
    Count("alerter", "mutt_alerter_cache_reload_latency_seconds_count", _when(steps.reload)),
    Count("alerter", "mutt_alerter_cache_reload_failures_total", NO_TABLES),
    Count("forwarder", 'mutt_moog_requests_total{status="success"}', MATCHED),
    Count("forwarder", 'mutt_moog_requests_total{status="fail"}', HTTP_401),
    Count("forwarder", "mutt_moog_request_latency_seconds_count", MATCHED),
    Count("forwarder", 'mutt_moog_alerts_processed_total{status="success"}', MATCHED),
    Count("forwarder", 'mutt_moog_alerts_processed_total{status="error"}', HTTP_401),
    Count("forwarder", 'mutt_moog_alerts_processed_total{status="dlq"}', REJECTED),
    Count("forwarder", "mutt_moog_rate_limit_hits_total", _when(steps.limited)),
    Count("forwarder", 'mutt_moog_circuit_breaker_opened_total{name="moogsoft"}', BREAKER),
    _failure("http_4xx", HTTP_401),
    _failure("http_3xx", _when(failing(status=302))),
    _failure("http_5xx", _when(failing(status=503))),
    _failure("rate_limit", _when(failing(status=429))),
    _failure("timeout", _when(failing(delay_ms=1500))),
    _failure("connection", _when(failing(drop=True))),
    _failure("retry_exhausted", DOWN),
    _failure("circuit_open", BREAKER),
    Count("remediation", "mutt_remediation_replay_success_total", REJECTED),
    Count("remediation", "mutt_remediation_poison_messages_total", REJECTED),
    Count("remediation", "mutt_remediation_loops_total", MATCHED),
    Count("remediation", "mutt_remediation_loop_duration_seconds_count", MATCHED),
    Count("remediation", "mutt_remediation_dlq_scan_duration_seconds_count", MATCHED),
    _held("failed_again", REJECTED),
    _held("health", DOWN),
    _held("breaker", BREAKER),
    _held("room", _when(steps.no_room)),
    _held("redis", _when(steps.refused)),
    *(row for endpoint in API_ENDPOINTS for row in _api(endpoint)),
)  # fmt: skip

NO_COUNTS: Final = {
    **{
        f'mutt_webui_api_requests_total{{endpoint="{endpoint}",status="5xx"}}': (
            "it answers without PostgreSQL; without Redis: tests/integration/test_web_api.py"
        )
        for endpoint in NEVER_FAILING
    },
    _fail("stopped"): "a person stops the intake: tests/acceptance/commands/test_control.py",
    _fail("unknown"): "an error that nobody foresaw: tests/core/test_meters.py",
    'mutt_alerter_events_processed_total{status="error"}': (
        "no event is known that a decision fails over; with broken rules: tests/core/test_decision.py"
    ),
}
"""Series that no step can raise, and where they are tested."""
