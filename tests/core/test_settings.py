"""The declarations are complete, and text becomes values as the contract says."""

from __future__ import annotations

import dataclasses
import re
from typing import get_type_hints

import pytest

from mutt_cli.settings import AREAS, BY_DYNAMIC, BY_ENV, DECLARATIONS, SERVICES, Settings, missing_for, value_of
from mutt_cli.settings.relations import adjust, advise
from mutt_cli.settings.values import Refused, clean, expected, parse, shown, to_text


def changed(area: str, **values: object) -> Settings:
    """The defaults with some values of one area replaced."""
    settings = Settings()
    part: object = dataclasses.replace(getattr(settings, area), **values)
    return dataclasses.replace(settings, **{area: part})  # type: ignore[arg-type]


def test_every_field_of_every_area_is_declared() -> None:
    for area in AREAS:
        fields = {one.name for one in dataclasses.fields(get_type_hints(Settings)[area])}
        assert fields == {one.attribute for one in DECLARATIONS if one.area == area}


def test_no_name_means_two_settings() -> None:
    assert len(BY_ENV) == len(DECLARATIONS)
    assert not {alias for one in DECLARATIONS for alias in one.aliases} & set(BY_ENV)


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda one: one.env)
def test_default_is_what_the_field_holds_and_reads_back_from_its_text(declaration: object) -> None:
    one = next(candidate for candidate in DECLARATIONS if candidate is declaration)
    assert value_of(Settings(), one) == one.default
    assert set(one.services) | set(one.required_by) <= set(SERVICES)
    assert one.meaning
    assert one.source
    if one.default not in ("", ()):
        assert parse(one, to_text(one.default)) == one.default


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("600  # 10 minutes", "600"),
        ("600\t# ten", "600"),
        ("  600 ", "600"),
        ("# only a comment", ""),
        ("   # only a comment", ""),
        ('"600"  # quoted', "600"),
        ("'a # b'", "a # b"),
        ("http://host/#part", "http://host/#part"),
        ('"', '"'),
        ("", ""),
        ("a 'quoted' word", "a 'quoted' word"),
    ],
)
def test_a_typed_value_loses_comment_quotes_and_space(typed: str, meant: str) -> None:
    assert clean(typed).text == meant


def test_a_stripped_comment_is_told() -> None:
    assert clean("600  # 10 minutes").comment_stripped
    assert clean('"600" # x').comment_stripped
    assert not clean("600").comment_stripped


@pytest.mark.parametrize(
    ("env", "text", "value"),
    [
        ("INGESTOR_PORT", "80", 80),
        ("MOOG_TIMEOUT", "2.5", 2.5),
        ("MOOG_TIMEOUT", "30", 30.0),
        ("REDIS_TLS_ENABLED", "Yes", True),
        ("REDIS_TLS_ENABLED", "0", False),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("INGEST_RATE_LIMIT_STATUS", "429", 429),
        ("REDIS_SENTINELS", "a:1, b:2,", ("a:1", "b:2")),
        ("REQUIRED_MESSAGE_FIELDS", "timestamp,message", ("timestamp", "message")),
        ("VAULT_ADDR", "https://vault:8200", "https://vault:8200"),
    ],
)
def test_text_becomes_a_value(env: str, text: str, value: object) -> None:
    assert parse(BY_ENV[env], text) == value


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ("INGESTOR_PORT", "0"),
        ("INGESTOR_PORT", "65536"),
        ("INGESTOR_PORT", "80.0"),
        ("INGESTOR_PORT", "١٢"),
        ("MOOG_TIMEOUT", "nan"),
        ("MOOG_TIMEOUT", "inf"),
        ("MOOG_TIMEOUT", "1e3"),
        ("REDIS_TLS_ENABLED", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("INGEST_RATE_LIMIT_STATUS", "500"),
        ("POD_NAME", "a:b"),
        ("POD_NAME", "a b"),
        ("REDIS_KEY_TAG", "{x}"),
        ("REDIS_SENTINELS", "a:1,b"),
        ("REDIS_SOCKET", "/" + "x" * 107),
        ("VAULT_ADDR", "https://vault:8200/v1"),
        ("MOOG_WEBHOOK_URL", "moogsoft.example"),
        ("UNHANDLED_EXPIRY_SECONDS", "604801"),
        ("REMEDIATION_BATCH_SIZE", "101"),
        ("POSTGRES_DB", "mutt\x1b[2J"),
    ],
)
def test_text_that_cannot_be_used_is_refused_with_what_is_allowed(env: str, text: str) -> None:
    value = parse(BY_ENV[env], text)
    assert isinstance(value, Refused)
    assert value.text.isprintable()
    assert expected(BY_ENV[env]) in value.text


def test_ranges_are_told_in_plain_words() -> None:
    assert expected(BY_ENV["INGESTOR_PORT"]) == "a whole number from 1 to 65535"
    assert expected(BY_ENV["REDIS_DB"]) == "a whole number, at least 0"
    assert expected(BY_ENV["INGEST_QUEUE_CAP"]) == "a whole number from 1 to 1000000000"
    assert expected(BY_ENV["ALERTER_SHED_MODE"]) == "one of none, dlq, defer"


def test_a_refusal_shows_no_secret_and_nothing_hostile() -> None:
    assert "hunter2" not in shown(BY_ENV["REDIS_PASSWORD"], "hunter2")
    address = shown(BY_ENV["MOOG_WEBHOOK_URL"], "ftp://user:hunter2@host/path?token=hunter2")
    assert "hunter2" not in address
    assert "host/path" in address
    assert "\x1b" not in shown(BY_ENV["POD_NAME"], "\x1b[31mred")
    assert len(shown(BY_ENV["POD_NAME"], "x" * 5000)) < 80


def test_no_secret_in_the_text_of_settings() -> None:
    settings = changed("redis", password="hunter2")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(changed("vault", token="hunter2"))
    assert "hunter2" not in repr(changed("moog", webhook_url="https://moog/?token=hunter2"))


def test_services_name_what_they_miss() -> None:
    assert [one.env for one in missing_for(Settings(), "forwarder")] == ["VAULT_ADDR", "MOOG_WEBHOOK_URL"]
    assert [one.env for one in missing_for(Settings(), "remediation")] == ["MOOG_WEBHOOK_URL"]
    assert missing_for(changed("vault", addr="https://vault:8200"), "ingestor") == ()


def test_worker_names_come_from_the_pod_unless_overridden() -> None:
    assert Settings().worker.alerter_name == Settings().worker.forwarder_name == "alerter-001"
    assert changed("worker", forwarder_instance="moog-forwarder-002").worker.forwarder_name == "moog-forwarder-002"


def test_unhandled_keys_outlive_three_janitor_rounds() -> None:
    settings, notices = adjust(changed("alerter", unhandled_expiry=60))
    assert settings.alerter.unhandled_expiry == 181
    assert [notice.name for notice in notices] == ["UNHANDLED_EXPIRY_SECONDS"]


def test_a_lease_is_at_least_twice_the_delivery_timeout() -> None:
    settings, notices = adjust(changed("moog", timeout=30.2))
    assert settings.worker.heartbeat_expiry == 61
    assert "MOOG_TIMEOUT" in notices[0].text
    assert adjust(changed("worker", heartbeat_interval=20))[0].worker.heartbeat_expiry == 40


def test_drills_are_not_scheduled_within_the_time_that_one_may_take_and_none_stays_none() -> None:
    settings, notices = adjust(changed("drills", interval=5))
    assert (settings.drills.interval, [notice.name for notice in notices]) == (60, ["DRILL_INTERVAL"])
    assert adjust(changed("drills", interval=0)) == (Settings(), ())


def test_no_event_is_dead_at_the_first_crash() -> None:
    settings, notices = adjust(changed("alerter", max_retries=1))
    assert settings.alerter.max_retries == 2
    assert [notice.name for notice in notices] == ["ALERTER_MAX_RETRIES"]


def test_defaults_need_neither_correction_nor_advice() -> None:
    assert adjust(Settings()) == (Settings(), ())
    assert advise(Settings()) == ()


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (changed("moog", rate_limit_max_requests=1000), "RATE_LIMIT_MAX_REQUESTS"),
        (changed("moog", webhook_url="https://moog/?a=b"), "MOOG_WEBHOOK_URL"),
        (changed("moog", retry_initial_delay=90.0), "RETRY_INITIAL_DELAY"),
        (changed("vault", token="t"), "VAULT_TOKEN"),
        (changed("vault", addr="https://v:1", tls_verify=False), "VAULT_TLS_VERIFY"),
        (changed("alerter", queue_warn_threshold=3000), "ALERTER_QUEUE_WARN_THRESHOLD"),
        (changed("ingest", queue_cap=1500), "ALERTER_QUEUE_SHED_THRESHOLD"),
        (changed("postgres", pool_max=1), "POSTGRES_POOL_MIN"),
        (changed("redis", tls_client_key="/k"), "REDIS_TLS_CLIENT_KEY"),
        (changed("webui", port=8080), "WEBUI_PORT"),
        (changed("history", raw_days=31), "HISTORY_RAW_DAYS"),
        (changed("worker", pop_timeout=10), "BRPOPLPUSH_TIMEOUT"),
    ],
)
def test_what_is_probably_not_meant_is_told(settings: Settings, name: str) -> None:
    assert [notice.name for notice in advise(settings)] == [name]


def test_documented_dynamic_keys_exist() -> None:
    documented = [
        "alerter_queue_warn_threshold",
        "alerter_queue_shed_threshold",
        "alerter_shed_mode",
        "alerter_defer_sleep_ms",
        "cache_reload_interval",
        "rule_cache_ttl",
        "unhandled_threshold",
        "unhandled_expiry_seconds",
        "max_ingest_queue_size",
        "ingest_max_rate",
        "ingest_rate_window",
        "moog_rate_limit",
        "moog_rate_period",
        "circuit_breaker_threshold",
        "circuit_breaker_timeout",
        "remediation_enabled",
        "remediation_interval",
        "remediation_batch_size",
        "max_poison_retries",
    ]
    assert set(documented) <= set(BY_DYNAMIC)


def test_names_that_scripts_grep_are_no_part_of_another_name() -> None:
    """contract.md 3.2: two matches would give a two-line value, a wrong key or URL."""
    for name in ("POD_NAME", "MOOG_WEBHOOK_URL", "VAULT_ADDR", "REDIS_HOST", "INGEST_QUEUE_CAP"):
        assert [env for env in BY_ENV if name in env] == [name]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", env) for env in BY_ENV)
