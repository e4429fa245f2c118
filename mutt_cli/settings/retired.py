"""Names of earlier versions (contract.md 3.3) that are read by nobody, and what to say when one is still set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.keys import Keys
from mutt_cli.settings.declaration import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS: Final = Keys()


def _prefix(pattern: str) -> str:
    return pattern.removesuffix("*").removesuffix(":")


FIXED_NAMES: Final[Mapping[str, str]] = {
    "RATE_LIMIT_KEY": _KEYS.rate_limit_moog,
    "MOOG_RATE_LIMIT_KEY": _KEYS.rate_limit_moog,
    "UNHANDLED_PREFIX": _prefix(_KEYS.unhandled_pattern),
    "UNHANDLED_KEY_PREFIX": _prefix(_KEYS.unhandled_pattern),
    "INGEST_QUEUE_NAME": _KEYS.ingest_queue,
    "ALERT_QUEUE_NAME": _KEYS.alert_queue,
    "ALERTER_DLQ_NAME": _KEYS.dlq_alerter,
    "DLQ_NAME": _KEYS.dlq_alerter,
    "MOOG_DLQ_NAME": _KEYS.dlq_moog,
    "DEAD_LETTER_QUEUE": _KEYS.dead,
    "PROCESSING_LIST_PREFIX_ALERTER": _prefix(_KEYS.processing_pattern("alerter")),
    "PROCESSING_LIST_PREFIX_MOOG": _prefix(_KEYS.processing_pattern("moog")),
    "ALERTER_PROCESSING_LIST_PREFIX": _prefix(_KEYS.processing_pattern("alerter")),
    "MOOG_PROCESSING_LIST_PREFIX": _prefix(_KEYS.processing_pattern("moog")),
    "ALERTER_HEARTBEAT_PREFIX": _prefix(_KEYS.heartbeat("alerter", "")),
    "MOOG_HEARTBEAT_PREFIX": _prefix(_KEYS.heartbeat("moog", "")),
    "METRICS_PREFIX": "mutt:metrics",
}
"""Variables that once renamed Redis keys; the names are fixed now."""

UNUSED: Final = frozenset(
    (
        "MOOG_CB_KEY_PREFIX", "REMEDIATION_BACKOFF_BASE",
        "OTEL_ENABLED", "OTEL_EXPORTER_OTLP_ENDPOINT", "SERVICE_VERSION",
        "RETENTION_ENABLED", "RETENTION_DRY_RUN", "RETENTION_AUDIT_DAYS", "RETENTION_EVENT_AUDIT_DAYS",
        "RETENTION_DLQ_DAYS", "RETENTION_CLEANUP_BATCH_SIZE",
    )
)  # fmt: skip
"""Variables of earlier versions without an effect here."""

REJECTED: Final[Mapping[str, str]] = {
    "MUTT_TESTING": "validation is never skipped",
    "INGESTOR_SERVER": "waitress is the one server of the ingestor (docs/adr/0020)",
}
"""Variables whose effect is refused, and why."""


def retired_notice(name: str, value: str) -> Notice | None:
    """What to say about a variable of earlier versions; None if the name is none or its value changes nothing."""
    fixed = FIXED_NAMES.get(name)
    if fixed is not None:
        wanted = value.removesuffix(":") not in ("", fixed)
        return Notice(name, f"has no effect: this key is always named {fixed}") if wanted else None
    if name in REJECTED:
        return Notice(name, f"has no effect: {REJECTED[name]}")
    return Notice(name, "of an earlier version has no effect") if name in UNUSED else None
