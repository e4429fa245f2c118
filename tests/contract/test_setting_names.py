"""Names of earlier versions, row by row (contract.md 3.3): what each still means, and with which default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mutt_cli.adapters.configuration import load
from mutt_cli.settings import BY_ENV, DECLARATIONS, Declaration, Settings, value_of
from mutt_cli.settings.retired import FIXED_NAMES, REJECTED, UNUSED
from mutt_cli.settings.values import to_text

NOWHERE = Path("/dev/null")

ALIASES = {
    "SERVER_PORT_INGESTOR": "INGESTOR_PORT", "SERVER_PORT_WEBUI": "WEBUI_PORT",
    "MUTT_WEBUI_READ_ONLY": "WEBUI_READ_ONLY",
    "METRICS_PORT_INGESTOR": "METRICS_PORT",
    "HEALTH_PORT_ALERTER": "ALERTER_HEALTH_PORT", "METRICS_PORT_ALERTER": "ALERTER_METRICS_PORT",
    "HEALTH_PORT_MOOG": "MOOG_FORWARDER_HEALTH_PORT", "METRICS_PORT_MOOG": "MOOG_FORWARDER_METRICS_PORT",
    "MAX_INGEST_QUEUE_SIZE": "INGEST_QUEUE_CAP",
    "MOOG_RATE_LIMIT": "RATE_LIMIT_MAX_REQUESTS", "MOOG_RATE_PERIOD": "RATE_LIMIT_WINDOW_SECONDS",
    "MOOG_WEBHOOK_TIMEOUT": "MOOG_TIMEOUT", "MOOG_MAX_RETRIES": "RETRY_MAX_ATTEMPTS",
    "MOOG_RETRY_BASE_DELAY": "RETRY_INITIAL_DELAY", "MOOG_RETRY_MAX_DELAY": "RETRY_MAX_DELAY",
    "MOOG_CB_FAILURE_THRESHOLD": "CIRCUIT_BREAKER_THRESHOLD", "MOOG_CB_OPEN_SECONDS": "CIRCUIT_BREAKER_TIMEOUT",
    "REMEDIATION_SCAN_INTERVAL": "REMEDIATION_INTERVAL", "REMEDIATION_MAX_RETRIES": "MAX_POISON_RETRIES",
    "POISON_MESSAGE_MAX_RETRIES": "MAX_POISON_RETRIES", "CACHE_RELOAD_INTERVAL": "RULE_CACHE_TTL",
    "ALERTER_HEARTBEAT_INTERVAL": "HEARTBEAT_INTERVAL", "MOOG_HEARTBEAT_INTERVAL": "HEARTBEAT_INTERVAL",
    "ALERTER_JANITOR_TIMEOUT": "HEARTBEAT_EXPIRY", "MOOG_JANITOR_TIMEOUT": "HEARTBEAT_EXPIRY",
    "REDIS_MAX_CONNECTIONS": "REDIS_POOL_MAX", "REDIS_CA_CERT_PATH": "REDIS_TLS_CA_CERT",
    "DB_HOST": "POSTGRES_HOST", "DB_PORT": "POSTGRES_PORT", "DB_NAME": "POSTGRES_DB", "DB_USER": "POSTGRES_USER",
    "DB_PASS": "POSTGRES_PASSWORD", "DB_TLS_ENABLED": "POSTGRES_TLS_ENABLED",
    "DB_TLS_CA_CERT_PATH": "POSTGRES_TLS_CA_CERT", "DB_POOL_MIN_CONN": "POSTGRES_POOL_MIN",
    "DB_POOL_MAX_CONN": "POSTGRES_POOL_MAX", "REQUIRED_FIELDS": "REQUIRED_MESSAGE_FIELDS",
}  # fmt: skip
TRANSLATED = {"LOG_JSON_ENABLED", "VAULT_SECRETS_PATH"}
"""Aliases whose value is put into other words: tests/core/test_settings_reading.py."""

ADOPTED = """
    INGESTOR_HOST=0.0.0.0 WEBUI_HOST=0.0.0.0 WEBUI_PORT=8090 WEBUI_WORKERS=2 METRICS_PORT=9090
    ALERTER_HEALTH_PORT=8081 ALERTER_METRICS_PORT=9091 MOOG_FORWARDER_HEALTH_PORT=8082
    MOOG_FORWARDER_METRICS_PORT=9092 HEALTH_PORT_REMEDIATION=8087 METRICS_PORT_REMEDIATION=8086
    RATE_LIMIT_ENABLED=true CIRCUIT_BREAKER_ENABLED=true MOOG_HEALTH_TIMEOUT=5 REMEDIATION_ENABLED=true
    ALERTER_MAX_RETRIES=3 HEARTBEAT_INTERVAL=10 HEARTBEAT_EXPIRY=30 ALERTER_QUEUE_WARN_THRESHOLD=1000
    ALERTER_QUEUE_SHED_THRESHOLD=2000 ALERTER_DEFER_SLEEP_MS=250 UNHANDLED_THRESHOLD=100
    UNHANDLED_EXPIRY_SECONDS=86400 UNHANDLED_DEFAULT_TEAM=NETO REDIS_PORT=6379 REDIS_DB=0 REDIS_PASSWORD=
    REDIS_TLS_ENABLED=false REDIS_TLS_CA_CERT= REDIS_TLS_CLIENT_CERT= REDIS_TLS_CLIENT_KEY=
    REDIS_HEALTH_CHECK_INTERVAL=30 POSTGRES_HOST=localhost POSTGRES_DB=mutt POSTGRES_USER=mutt_user
    POSTGRES_PASSWORD= POSTGRES_POOL_MIN=2 POSTGRES_TLS_ENABLED=false POSTGRES_TLS_CA_CERT=
    POSTGRES_TLS_CLIENT_CERT= POSTGRES_TLS_CLIENT_KEY= VAULT_MOUNT_PATH=secret VAULT_SECRET_PATH=mutt/prod
    VAULT_ROLE_ID= VAULT_SECRET_ID_FILE=/etc/mutt/vault_secret_id VAULT_TOKEN_RENEW_THRESHOLD=86400
    VAULT_RENEW_CHECK_INTERVAL=300 VAULT_TLS_CA_CERT=/etc/mutt/certs/vault-ca.crt VAULT_TLS_VERIFY=true
    REQUIRED_MESSAGE_FIELDS= AUDIT_LOG_PAGE_SIZE=50 PROMETHEUS_ENABLED=true PROMETHEUS_URL=http://localhost:9090
    SLO_INGEST_SUCCESS_TARGET=0.995 SLO_FORWARD_SUCCESS_TARGET=0.99 SLO_WINDOW_HOURS=24
    SLO_BURN_RATE_CRITICAL=14.4 SLO_BURN_RATE_WARNING=6
""".split()  # noqa: SIM905  a list literal would take thirty lines
"""Names of 3.3 that are settings of their own. ALERTER_SHED_MODE is one too: its default is decisions.md D9's."""

KEY_NAMES = """
    RATE_LIMIT_KEY MOOG_RATE_LIMIT_KEY UNHANDLED_PREFIX UNHANDLED_KEY_PREFIX INGEST_QUEUE_NAME ALERT_QUEUE_NAME
    ALERTER_DLQ_NAME DLQ_NAME MOOG_DLQ_NAME DEAD_LETTER_QUEUE PROCESSING_LIST_PREFIX_ALERTER
    PROCESSING_LIST_PREFIX_MOOG ALERTER_PROCESSING_LIST_PREFIX MOOG_PROCESSING_LIST_PREFIX ALERTER_HEARTBEAT_PREFIX
    MOOG_HEARTBEAT_PREFIX METRICS_PREFIX
""".split()  # noqa: SIM905
"""Names that once renamed Redis keys."""

WITHOUT_EFFECT = """
    MOOG_CB_KEY_PREFIX REMEDIATION_BACKOFF_BASE OTEL_ENABLED OTEL_EXPORTER_OTLP_ENDPOINT SERVICE_VERSION
    RETENTION_ENABLED RETENTION_DRY_RUN RETENTION_AUDIT_DAYS RETENTION_EVENT_AUDIT_DAYS
    RETENTION_DLQ_DAYS RETENTION_CLEANUP_BATCH_SIZE MUTT_TESTING INGESTOR_SERVER
""".split()  # noqa: SIM905


def another(declaration: Declaration) -> str:
    """A value other than the default, as text."""
    value: Any = declaration.default
    if isinstance(value, bool):
        return to_text(not value)
    if isinstance(value, int | float):
        return to_text(value + 1)
    return "/some/thing" if not isinstance(value, tuple) else "one,two"


def test_every_alias_is_a_row_here() -> None:
    declared = {alias for one in DECLARATIONS for alias in one.aliases}
    assert declared == set(ALIASES) | TRANSLATED


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_alias_means_the_canonical_name_and_says_so(alias: str, name: str) -> None:
    declaration = BY_ENV[name]
    found = load({alias: another(declaration)}, NOWHERE)
    assert value_of(found.settings, declaration) != declaration.default
    assert [notice.text for notice in found.notices if notice.name == alias] == [f"is the earlier name of {name}"]


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_canonical_name_wins_over_its_alias(alias: str, name: str) -> None:
    declaration = BY_ENV[name]
    default = to_text(declaration.default) or "/the/default"
    found = load({alias: another(declaration), name: default}, NOWHERE)
    assert to_text(value_of(found.settings, declaration)) == default
    assert [notice for notice in found.notices if notice.name == alias]


@pytest.mark.parametrize("line", ADOPTED)
def test_adopted_name_is_a_setting_with_its_default(line: str) -> None:
    name, _, value = line.partition("=")
    assert to_text(value_of(Settings(), BY_ENV[name])) == value


def test_every_name_that_has_no_effect_is_a_row_here() -> None:
    assert set(FIXED_NAMES) == set(KEY_NAMES)
    assert UNUSED | set(REJECTED) == set(WITHOUT_EFFECT)


@pytest.mark.parametrize("name", KEY_NAMES)
def test_name_that_once_renamed_a_key_is_told_only_if_it_would_rename_one(name: str) -> None:
    other = load({name: "somewhere:else"}, NOWHERE)
    assert other.settings == Settings()
    assert [notice.name for notice in other.notices] == [name]
    assert load({name: FIXED_NAMES[name]}, NOWHERE).notices == ()


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_name_without_effect_changes_nothing_and_says_so(name: str) -> None:
    found = load({name: "1"}, NOWHERE)
    assert found.settings == Settings()
    assert [notice.name for notice in found.notices] == [name]
    assert "no effect" in found.notices[0].text
