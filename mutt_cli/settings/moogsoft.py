"""Settings of the destination: the Moogsoft webhook, its limiter, its retries and its breaker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mutt_cli.settings.declaration import setting

_FORWARDER: Final = ("forwarder",)
_SENDERS: Final = ("forwarder", "remediation")
_PORT: Final = r"[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
# What adapters/moogsoft.py can send to: a value stored at run time must not stop a daemon that starts.
_URL: Final = rf"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?:{_PORT}))?(?:[/?#][!-~]*)?"


@dataclass(frozen=True)
class Moog:
    """How alerts are sent, and when sending stops."""

    webhook_url: str = setting(
        "MOOG_WEBHOOK_URL", "", meaning="Moogsoft webhook; keep tokens in Vault (MOOG_API_KEY), not in the address",
        services=_SENDERS, required_by=_SENDERS, dynamic="moog_webhook_url", may_hold_secret=True, pattern=_URL,
        form="an http or https address without a user name", source="SO:654, TG:598",
    )  # fmt: skip
    timeout: float = setting(
        "MOOG_TIMEOUT", 10.0, meaning="Longest time for one delivery", unit="s", services=_FORWARDER,
        aliases=("MOOG_WEBHOOK_TIMEOUT",), dynamic="moog_timeout", minimum=0.1, maximum=600, source="SO:954",
    )  # fmt: skip
    rate_limit_max_requests: int = setting(
        "RATE_LIMIT_MAX_REQUESTS", 100, meaning="Deliveries allowed per window, all forwarders together",
        unit="requests per window", services=_FORWARDER, aliases=("MOOG_RATE_LIMIT",), dynamic="moog_rate_limit",
        minimum=1, maximum=1_000_000, remark="MOOG forwarder, all instances together",
        source="SO:646, SO:953, contradictions.md C-14, C-15",
    )  # fmt: skip
    rate_limit_window: int = setting(
        "RATE_LIMIT_WINDOW_SECONDS", 60, meaning="Length of the window of the delivery limit", unit="s",
        services=_FORWARDER, aliases=("MOOG_RATE_PERIOD",), dynamic="moog_rate_period", minimum=1, maximum=86_400,
        source="TG:658, contradictions.md C-17",
    )  # fmt: skip
    rate_limit_enabled: bool = setting(
        "RATE_LIMIT_ENABLED", default=True, meaning="Both limiters, of ingest and of deliveries, on or off",
        services=("ingestor", "forwarder"), source="contract.md 3.3",
    )  # fmt: skip
    retry_max_attempts: int = setting(
        "RETRY_MAX_ATTEMPTS", 5, meaning="Deliveries tried before an alert is set aside", unit="attempts",
        services=_FORWARDER, aliases=("MOOG_MAX_RETRIES",), dynamic="retry_max_attempts", minimum=1, maximum=100,
        source="SO:955, TG:711",
    )  # fmt: skip
    retry_initial_delay: float = setting(
        "RETRY_INITIAL_DELAY", 1.0, meaning="Wait before the second attempt", unit="s", services=_FORWARDER,
        aliases=("MOOG_RETRY_BASE_DELAY",), dynamic="retry_initial_delay", minimum=0.01, maximum=3600,
        source="TG:711",
    )  # fmt: skip
    retry_max_delay: float = setting(
        "RETRY_MAX_DELAY", 60.0, meaning="Longest wait between two attempts", unit="s", services=_FORWARDER,
        aliases=("MOOG_RETRY_MAX_DELAY",), dynamic="retry_max_delay", minimum=0.01, maximum=86_400,
        source="TG:711",
    )  # fmt: skip
    retry_multiplier: float = setting(
        "RETRY_BACKOFF_MULTIPLIER", 2.0, meaning="Growth of the wait from attempt to attempt", unit="factor",
        services=_FORWARDER, dynamic="retry_backoff_multiplier", minimum=1, maximum=10, source="TG:711",
    )  # fmt: skip
    breaker_enabled: bool = setting(
        "CIRCUIT_BREAKER_ENABLED", default=True, meaning="Stop sending after repeated failures", services=_FORWARDER,
        source="contract.md 3.3",
    )  # fmt: skip
    breaker_threshold: int = setting(
        "CIRCUIT_BREAKER_THRESHOLD", 10, meaning="Failures in a row that open the breaker", unit="failures",
        services=_FORWARDER, aliases=("MOOG_CB_FAILURE_THRESHOLD",), dynamic="circuit_breaker_threshold", minimum=1,
        maximum=1_000_000, source="SO:598, TG:626",
    )  # fmt: skip
    breaker_timeout: int = setting(
        "CIRCUIT_BREAKER_TIMEOUT", 300, meaning="Time an open breaker waits before it lets one alert try", unit="s",
        services=_FORWARDER, aliases=("MOOG_CB_OPEN_SECONDS",), dynamic="circuit_breaker_timeout", minimum=1,
        maximum=86_400, source="SO:598, TG:629",
    )  # fmt: skip
    breaker_open_action: str = setting(
        "CIRCUIT_BREAKER_OPEN_ACTION", "dlq",
        meaning="Alerts while the breaker is open: dlq = set aside, hold = left in the queue", services=_FORWARDER,
        choices=("dlq", "hold"), source="contradictions.md C-52, decisions.md D13",
    )  # fmt: skip
    health_check_enabled: bool = setting(
        "MOOG_HEALTH_CHECK_ENABLED", default=True, meaning="Replay only while Moogsoft answers",
        services=("remediation",), dynamic="moog_health_check_enabled", source="TG:780-786",
    )  # fmt: skip
    health_url: str = setting(
        "MOOG_HEALTH_URL", "", meaning="Address asked whether Moogsoft answers; empty = the webhook",
        services=("remediation",), may_hold_secret=True, pattern=_URL,
        form="an http or https address without a user name", source="contradictions.md C-54",
    )  # fmt: skip
    health_timeout: float = setting(
        "MOOG_HEALTH_TIMEOUT", 5.0, meaning="Longest time for that question", unit="s", services=("remediation",),
        minimum=0.1, maximum=60, source="contract.md 3.3",
    )  # fmt: skip
