"""What each service counts, and when: the words of the daemons turned into the metrics of core/metrics.py.

The ingestor counts once per request, the alerter once per batch, the forwarder once per post, remediation once per
message and cycle.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.metrics import Metrics
from mutt_cli.core.metrics import INGEST_REASONS, VAULT_TTL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.adapters.forwarder_queue import Claimed
    from mutt_cli.core.delivery import Answer, Verdict
    from mutt_cli.core.intake_answer import Reply
    from mutt_cli.core.journal import Record
    from mutt_cli.core.settlement import Ending

_DECIDED: Final = {"alerted": "handled", "deduplicated": "handled", "unhandled": "unhandled", "error": "error"}
_PROCESSED: Final = {"delivered": "success", "dlq": "dlq", "retry": "error"}
NEVER: Final = -2
"""No opening is known of; no epoch is this or follows it."""
HIT_EVERY_S: Final = 1.0
"""The clerk asks many times a second; a wait for the rate limit is one hit in that time."""


class IngestMeters:
    """What one worker process of the ingestor counts."""

    def __init__(self) -> None:
        self.metrics = Metrics("ingestor")

    def answered(self, reply: Reply | None, seconds: float) -> None:
        """Count one request; None: an unexpected error ended it."""
        status, reason = ingest_outcome(reply)
        self.metrics.add("mutt_ingest_requests_total", status, reason)
        self.metrics.observe("mutt_ingest_latency_seconds", seconds)
        if reason == "rate_limit":
            self.metrics.add("mutt_ingest_rate_limit_hits_total")

    def vault(self, left_s: float) -> None:
        """Note how long this worker's token lives."""
        self.metrics.set(VAULT_TTL, left_s)


def ingest_outcome(reply: Reply | None) -> tuple[str, str]:
    """Status and reason of a request. It succeeded if anything of it was queued (a batch counts as one, D8)."""
    if reply is None:
        return "fail", "unknown"
    if reply.status == 200:
        return ("fail", "validation") if reply.body.get("status") == "refused" else ("success", "")
    reason = str(reply.body.get("reason", ""))
    if reason in INGEST_REASONS:
        return "fail", reason
    return "fail", "validation" if reply.status in {400, 413, 422} else "unknown"


class AlerterMeters:
    """What one alerter counts."""

    def __init__(self) -> None:
        self.metrics = Metrics("alerter")

    def vault(self, left_s: float) -> None:
        """Note how long this worker's token lives."""
        self.metrics.set(VAULT_TTL, left_s)

    def decided(self, records: Sequence[Record], seconds: float) -> None:
        """Count one finished batch that took `seconds`."""
        outcomes = Counter(record.outcome for record in records)
        for outcome, number in outcomes.items():
            if outcome in _DECIDED:
                self.metrics.add("mutt_alerter_events_processed_total", _DECIDED[outcome], amount=number)
        self.metrics.add("mutt_alerter_alerts_forwarded_total", amount=outcomes["alerted"])
        self.metrics.observe("mutt_alerter_processing_latency_seconds", seconds)

    def shed(self, mode: str, number: int) -> None:
        """Count events that were set aside (`dlq`), or decided before a pause (`defer`)."""
        self.metrics.add("mutt_alerter_shed_events_total", mode, amount=number)

    def memory(self, rss_bytes: int, rules: int, dev_hosts: int, teams: int) -> None:
        """Note how much memory this worker holds, and how much is cached in it."""
        self.metrics.set("process_resident_memory_bytes", rss_bytes)
        self.metrics.set("mutt_alerter_cache_rules", rules)
        self.metrics.set("mutt_alerter_cache_dev_hosts", dev_hosts)
        self.metrics.set("mutt_alerter_cache_teams", teams)

    def meta_alert(self) -> None:
        """Count one meta-alert."""
        self.metrics.add("mutt_alerter_unhandled_meta_alerts_total")

    def reloaded(self, seconds: float) -> None:
        """Count a reload of the rules that succeeded."""
        self.metrics.observe("mutt_alerter_cache_reload_latency_seconds", seconds)

    def reload_failed(self) -> None:
        """Count an attempt to read the rules that failed."""
        self.metrics.add("mutt_alerter_cache_reload_failures_total")


class ForwarderMeters:
    """What one forwarder counts. Its clerk alone calls these."""

    def __init__(self) -> None:
        self.metrics = Metrics("forwarder")
        self._opening: int | None = None
        self._hit_at = 0.0

    def vault(self, left_s: float) -> None:
        """Note how long this worker's token lives."""
        self.metrics.set(VAULT_TTL, left_s)

    def claimed(self, answer: Claimed, *, held_back: bool) -> None:
        """Note what a claim told. `held_back`: an open breaker leaves alerts in their queue (`open_action` hold)."""
        if answer.limited and boottime_s() - self._hit_at >= HIT_EVERY_S:
            self._hit_at = boottime_s()
            self.metrics.add("mutt_moog_rate_limit_hits_total")
        opening = last_opening(answer, self._opening, held_back=held_back)
        if self._opening is not None and opening != self._opening:
            self.metrics.add("mutt_moog_circuit_breaker_opened_total", "moogsoft")
        self._opening = opening

    def sent(self, verdict: Verdict, ending: Ending, answer: Answer) -> None:
        """Count one post, and those before it whose key was refused."""
        fine = verdict.kind == "delivered"
        self.metrics.add("mutt_moog_requests_total", "success" if fine else "fail")
        self.metrics.observe("mutt_moog_request_latency_seconds", answer.elapsed_s)
        if answer.keys_refused:
            self.metrics.add("mutt_moog_requests_total", "fail", amount=answer.keys_refused)
            self.metrics.add("mutt_moog_request_failures_total", "http_4xx", amount=answer.keys_refused)
        if not fine:
            self.metrics.add("mutt_moog_request_failures_total", verdict.metric_reason)
        if ending.outcome == "dlq" and verdict.kind != "rejected":
            self.metrics.add("mutt_moog_request_failures_total", "retry_exhausted")

    def ended(self, ending: Ending) -> None:
        """Count what became of one alert; one that only waits behind another has not ended, a canary is none."""
        if ending.reason == "order" or ending.outcome == "suppressed":
            return
        self.metrics.add("mutt_moog_alerts_processed_total", _PROCESSED[ending.outcome])
        if ending.reason == "circuit_open":
            self.metrics.add("mutt_moog_request_failures_total", "circuit_open")


class RemediationMeters:
    """What one remediation counts."""

    def __init__(self) -> None:
        self.metrics = Metrics("remediation")

    def replayed(self, replays: int) -> None:
        """Count a message that was brought back for the `replays`-th time."""
        self.metrics.add("mutt_remediation_replay_success_total")
        self._came_back(replays - 1)

    def buried(self, replays: int) -> None:
        """Count a poison message that had been brought back `replays` times."""
        self.metrics.add("mutt_remediation_poison_messages_total")
        self._came_back(replays)

    def _came_back(self, replays: int) -> None:
        if replays > 0:
            self.held("failed_again")

    def held(self, reason: str) -> None:
        """Count what held a replay up."""
        self.metrics.add("mutt_remediation_replay_fail_total", reason)

    def scanned(self, seconds: float) -> None:
        """Count one sweep over a queue."""
        self.metrics.observe("mutt_remediation_dlq_scan_duration_seconds", seconds)

    def looped(self, seconds: float) -> None:
        """Count one cycle."""
        self.metrics.add("mutt_remediation_loops_total")
        self.metrics.observe("mutt_remediation_loop_duration_seconds", seconds)


def last_opening(answer: Claimed, known: int | None, *, held_back: bool) -> int:
    """Epoch at which the breaker opened last, as far as a claim tells; `known` is what was thought before.

    Each change of state raises the epoch, and half open always follows open: a probe, or waiting for another's
    probe, tells of an opening one epoch earlier. With `held_back` waiting may mean open or half open: it is half open
    exactly in the epoch after a known opening.
    """
    if answer.mode == "send":
        return NEVER if known is None else known
    if answer.mode == "park":
        return answer.epoch
    if answer.mode == "wait" and held_back and (known is None or answer.epoch != known + 1):
        return answer.epoch
    return answer.epoch - 1
