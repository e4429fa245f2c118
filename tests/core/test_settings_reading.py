"""Where a value comes from, and what is told about it: flag, environment, file, default."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutt_cli.adapters.configuration import Configuration, find_env_file, load, parse_env_text, require
from mutt_cli.errors import ConfigError, UsageError
from mutt_cli.settings import Settings

NOWHERE = Path("/dev/null")


def from_file(tmp_path: Path, text: str, environ: dict[str, str] | None = None, **flags: str) -> Configuration:
    path = tmp_path / "mutt.env"
    path.write_bytes(text.encode())
    return load(environ or {}, path, flags)


def told(configuration: Configuration) -> dict[str, str]:
    return {notice.name: notice.text for notice in configuration.notices}


def test_nothing_configured_means_the_defaults() -> None:
    configuration = load({}, NOWHERE)
    assert configuration.settings == Settings()
    assert set(configuration.sources.values()) == {"default"}
    assert configuration.notices == ()


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    text = "MOOG_TIMEOUT=11\nREDIS_DB=1\nINGESTOR_WORKERS=2\n"
    configuration = from_file(tmp_path, text, {"REDIS_DB": "3", "INGESTOR_WORKERS": "4"}, INGESTOR_WORKERS="5")
    assert configuration.settings.moog.timeout == 11
    assert configuration.settings.redis.db == 3
    assert configuration.settings.ingest.workers == 5
    names = ("MOOG_TIMEOUT", "REDIS_DB", "INGESTOR_WORKERS", "REDIS_HOST")
    assert [configuration.sources[name] for name in names] == ["file", "environment", "flag", "default"]


def test_an_empty_value_counts_as_not_set(tmp_path: Path) -> None:
    configuration = from_file(tmp_path, "REDIS_HOST=redis-1\nMOOG_TIMEOUT=\n", {"REDIS_HOST": ""})
    assert configuration.settings.redis.host == "redis-1"
    assert configuration.settings.moog.timeout == 10


@pytest.mark.parametrize(
    "line",
    [
        "CIRCUIT_BREAKER_TIMEOUT=600  # 10 minutes",
        "CIRCUIT_BREAKER_TIMEOUT = 600",
        "export CIRCUIT_BREAKER_TIMEOUT=600",
        "CIRCUIT_BREAKER_TIMEOUT='600'\r",
        '  CIRCUIT_BREAKER_TIMEOUT="600"  # ten',
        "\ufeffCIRCUIT_BREAKER_TIMEOUT=600",
    ],
)
def test_a_line_typed_by_hand_is_understood(line: str) -> None:
    assert parse_env_text(f"{line}\n# a comment\n; another\n")[0] == {"CIRCUIT_BREAKER_TIMEOUT": "600"}


def test_systemd_hands_the_comment_over_and_it_is_stripped() -> None:
    configuration = load({"CIRCUIT_BREAKER_TIMEOUT": "600  # 10 minutes"}, NOWHERE)
    assert configuration.settings.moog.breaker_timeout == 600
    assert "not part of it" in told(configuration)["CIRCUIT_BREAKER_TIMEOUT"]


def test_the_name_of_the_environment_may_stand_in_the_file(tmp_path: Path) -> None:
    assert told(from_file(tmp_path, "ENV=production\n")) == {}


def test_odd_lines_are_told_by_number_without_their_text(tmp_path: Path) -> None:
    configuration = from_file(tmp_path, "hunter2\nREDIS_DB=1\nREDIS_DB=2\nREDIS_DBB=3\n")
    assert configuration.settings.redis.db == 2
    assert told(configuration) == {
        "": "line 1 is not NAME=value: ignored",
        "REDIS_DB": "is set twice; line 3 wins",
        "REDIS_DBB": "there is no such setting; did you mean REDIS_DB?",
    }


@pytest.mark.parametrize(
    ("alias", "text", "area", "attribute", "value"),
    [
        ("SERVER_PORT_INGESTOR", "81", "ingest", "port", 81),
        ("WEBUI_PORT", "82", "webui", "port", 82),
        ("METRICS_PORT_INGESTOR", "83", "ingest", "metrics_port", 83),
        ("HEALTH_PORT_MOOG", "84", "forwarder", "health_port", 84),
        ("MAX_INGEST_QUEUE_SIZE", "85", "ingest", "queue_cap", 85),
        ("MOOG_RATE_LIMIT", "86", "moog", "rate_limit_max_requests", 86),
        ("MOOG_RETRY_BASE_DELAY", "1.5", "moog", "retry_initial_delay", 1.5),
        ("MOOG_CB_OPEN_SECONDS", "87", "moog", "breaker_timeout", 87),
        ("POISON_MESSAGE_MAX_RETRIES", "4", "remediation", "max_poison_retries", 4),
        ("MOOG_JANITOR_TIMEOUT", "88", "worker", "heartbeat_expiry", 88),
        ("DB_NAME", "mutt_db", "postgres", "db", "mutt_db"),
        ("DB_PASS", "pw", "postgres", "password", "pw"),
        ("REDIS_CA_CERT_PATH", "/ca", "redis", "tls_ca_cert", "/ca"),
        ("LOG_JSON_ENABLED", "false", "log", "format", "text"),
        ("LOG_JSON_ENABLED", "true", "log", "format", "json"),
        ("VAULT_SECRETS_PATH", "kv/team/mutt", "vault", "mount_path", "kv"),
        ("VAULT_SECRETS_PATH", "kv/team/mutt", "vault", "secret_path", "team/mutt"),
        ("REQUIRED_FIELDS", "message", "ingest", "required_fields", ("message",)),
    ],
)
def test_names_of_earlier_versions_still_work(alias: str, text: str, area: str, attribute: str, value: object) -> None:
    assert getattr(getattr(load({alias: text}, NOWHERE).settings, area), attribute) == value


def test_an_alias_is_told_and_loses_against_the_canonical_name() -> None:
    alone = load({"MOOG_WEBHOOK_TIMEOUT": "20"}, NOWHERE)
    assert told(alone) == {"MOOG_WEBHOOK_TIMEOUT": "is the earlier name of MOOG_TIMEOUT"} | {
        "HEARTBEAT_EXPIRY": "30 raised to 40: twice MOOG_TIMEOUT and twice HEARTBEAT_INTERVAL"
    }
    both = load({"MOOG_WEBHOOK_TIMEOUT": "12", "MOOG_TIMEOUT": "11"}, NOWHERE)
    assert both.settings.moog.timeout == 11
    assert told(both) == {"MOOG_WEBHOOK_TIMEOUT": "contradicts MOOG_TIMEOUT in the environment, which wins"}


def test_the_ingestor_never_reads_the_forwarders_limit() -> None:
    """contradictions.md C-14: one name with two meanings would throttle all ingest or flood Moogsoft."""
    settings = load({"RATE_LIMIT_MAX_REQUESTS": "200", "RATE_LIMIT_WINDOW_SECONDS": "1"}, NOWHERE).settings
    assert (settings.ingest.max_rate, settings.ingest.rate_window) == (1000, 60)


def test_renamed_keys_and_dropped_settings_are_told() -> None:
    notices = told(
        load(
            {
                "INGEST_QUEUE_NAME": "other",
                "DLQ_NAME": "mutt:dlq:alerter",
                "MUTT_TESTING": "1",
                "INGESTOR_SERVER": "granian",
            },
            NOWHERE,
        )
    )
    assert notices == {
        "INGEST_QUEUE_NAME": "has no effect: this key is always named mutt:ingest_queue",
        "MUTT_TESTING": "has no effect: validation is never skipped",
        "INGESTOR_SERVER": "has no effect: waitress is the one server of the ingestor (docs/adr/0020)",
    }


def test_all_mistakes_are_told_at_once_and_none_shows_a_secret(tmp_path: Path) -> None:
    text = "INGESTOR_PORT=http\nLOG_LEVEL=LOUD\nREDIS_PASSWORD=hunter2\x07\n"
    with pytest.raises(ConfigError) as raised:
        from_file(tmp_path, text, {"REDIS_DB": "-1"})
    error = raised.value
    assert error.code == "MUTT-C101"
    assert all(name in error.message for name in ("INGESTOR_PORT", "LOG_LEVEL", "REDIS_PASSWORD", "REDIS_DB"))
    assert "a whole number from 1 to 65535" in error.message
    assert "hunter2" not in str(error) + repr(error)
    assert all(line.isprintable() for line in error.message.split("\n"))


def test_a_secret_in_the_file_is_told_without_its_value(tmp_path: Path) -> None:
    configuration = from_file(tmp_path, "POSTGRES_PASSWORD=hunter2\n")
    assert "keep it in Vault" in told(configuration)["POSTGRES_PASSWORD"]
    assert "hunter2" not in repr(configuration)


def test_a_file_that_was_named_must_be_readable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load({"MUTT_ENV_FILE": str(tmp_path / "absent")})
    assert raised.value.code == "MUTT-C102"
    assert "no such file" in raised.value.message
    with pytest.raises(ConfigError, match="is a directory"):
        load({}, tmp_path)


def test_the_named_file_is_found_before_the_usual_one(tmp_path: Path) -> None:
    assert find_env_file({"MUTT_ENV_FILE": "/a"}) == Path("/a")
    assert find_env_file({"MUTT_ENV_FILE": "/a"}, tmp_path) == tmp_path


def test_bytes_that_are_no_text_do_not_stop_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "mutt.env"
    path.write_bytes(b"# caf\xe9\x00\nREDIS_DB=1\n")
    assert load({}, path).settings.redis.db == 1


def test_a_flag_for_no_setting_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as raised:
        load({}, NOWHERE, {"REDIS_HOSTT": "x"})
    assert raised.value.code == "MUTT-C104"
    assert "REDIS_HOST?" in raised.value.message


def test_a_service_names_everything_it_cannot_start_without() -> None:
    with pytest.raises(ConfigError) as raised:
        require(load({}, NOWHERE), "forwarder")
    assert raised.value.code == "MUTT-C103"
    assert "VAULT_ADDR, MOOG_WEBHOOK_URL are not set" in raised.value.message
    require(load({"VAULT_ADDR": "https://vault:8200"}, NOWHERE), "ingestor")
