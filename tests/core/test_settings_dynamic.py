"""Settings changed at run time win in daemons, and a bad one changes nothing."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.configuration import load
from mutt_cli.errors import NotFoundError
from mutt_cli.settings import BY_DYNAMIC, Settings, apply_dynamic
from mutt_cli.settings.dynamic import revision
from mutt_cli.settings.naming import declaration_named
from mutt_cli.settings.values import Refused, parse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stored_value_wins_over_what_was_configured() -> None:
    settings, problems = apply_dynamic(Settings(), {"alerter_queue_shed_threshold": "5000", "alerter_shed_mode": "dlq"})
    assert settings.alerter.queue_shed_threshold == 5000
    assert settings.alerter.shed_mode == "dlq"
    assert problems == ()


def test_a_bad_value_is_told_and_leaves_the_setting_as_it_was() -> None:
    settings, problems = apply_dynamic(Settings(), {"alerter_queue_shed_threshold": "lots", "unhandled_threshold": "7"})
    assert settings.alerter.queue_shed_threshold == 2000
    assert settings.alerter.unhandled_threshold == 7
    assert [problem.name for problem in problems] == ["alerter_queue_shed_threshold"]
    assert "a whole number from 1" in problems[0].text


def test_an_unknown_key_is_told_with_the_nearest_known_one() -> None:
    settings, problems = apply_dynamic(Settings(), {"alerter_queue_shed_treshold": "5", "x\x1b": "y"})
    assert settings == Settings()
    assert any("did you mean alerter_queue_shed_threshold?" in problem.text for problem in problems)
    assert all(str(problem).isprintable() for problem in problems)


def test_the_key_wins_over_its_alias() -> None:
    both = {"rule_cache_ttl": "50", "cache_reload_interval": "70"}
    assert apply_dynamic(Settings(), both)[0].alerter.rule_cache_ttl == 70
    assert apply_dynamic(Settings(), {"rule_cache_ttl": "50"})[0].alerter.rule_cache_ttl == 50


def test_a_comment_typed_into_redis_is_no_part_of_the_value() -> None:
    assert apply_dynamic(Settings(), {"moog_rate_limit": "200 # drain"})[0].moog.rate_limit_max_requests == 200


def test_an_empty_value_changes_nothing() -> None:
    settings, problems = apply_dynamic(Settings(), {"moog_rate_limit": "", "slo_window_hours": "24"})
    assert settings == Settings()
    assert [problem.name for problem in problems] == ["moog_rate_limit"]


def test_corrections_apply_to_stored_values_too() -> None:
    settings, problems = apply_dynamic(Settings(), {"unhandled_expiry_seconds": "10"})
    assert settings.alerter.unhandled_expiry == 181
    assert [problem.name for problem in problems] == ["UNHANDLED_EXPIRY_SECONDS"]


def test_nothing_applies_while_dynamic_configuration_is_off() -> None:
    off = dataclasses.replace(Settings(), worker=dataclasses.replace(Settings().worker, dynamic_config_enabled=False))
    assert apply_dynamic(off, {"alerter_shed_mode": "dlq"}) == (off, ())


def test_what_is_stored_wins_over_environment_and_file(tmp_path: Path) -> None:
    file = tmp_path / "mutt.env"
    file.write_text("RATE_LIMIT_MAX_REQUESTS=300\nREMEDIATION_INTERVAL=60\n")
    configured = load({"RATE_LIMIT_MAX_REQUESTS": "200"}, file).settings
    settings, _ = apply_dynamic(configured, {"moog_rate_limit": "100"})
    assert settings.moog.rate_limit_max_requests == 100
    assert settings.remediation.interval == 60
    assert apply_dynamic(configured, {})[0] == configured


def test_a_longer_post_lengthens_the_lease_that_allows_it() -> None:
    settings, problems = apply_dynamic(Settings(), {"moog_timeout": "60"})
    assert settings.worker.heartbeat_expiry == 120
    assert [problem.name for problem in problems] == ["HEARTBEAT_EXPIRY"]


def test_revision_names_a_set_of_values_whatever_their_order() -> None:
    one = revision({"a": "1", "b": "2"})
    assert one == revision({"b": "2", "a": "1"})
    assert len({one, revision({}), revision({"a": "1"}), revision({"a": "2", "b": "1"})}) == 4


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("alerter_queue_shed_treshold", "alerter_queue_shed_threshold"),
        ("ALERTER_QUEUE_SHED_TRESHOLD", "ALERTER_QUEUE_SHED_THRESHOLD"),
        ("REDIS_HOTS", "REDIS_HOST"),
    ],
)
def test_the_nearest_name_is_offered_in_the_spelling_that_was_meant(typed: str, meant: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        declaration_named(typed, command="mutt config unset {}")
    assert caught.value.tries == (f"mutt config unset {meant}",)


@pytest.mark.parametrize(
    "address",
    ["https://user:pw@moog/x", "https://moog:0/", "https://moog:65536/", "https://moog/\u6771", "https:///x", "moog/x"],
)
def test_an_address_that_no_post_could_go_to_is_refused_before_a_daemon_meets_it(address: str) -> None:
    assert isinstance(parse(BY_DYNAMIC["moog_webhook_url"], address), Refused)


@pytest.mark.parametrize("address", ["http://127.0.0.1:65535/webhook", "https://[::1]:8443", "https://moog/a?b=c@d#e"])
def test_an_address_that_a_post_can_go_to_is_taken(address: str) -> None:
    assert parse(BY_DYNAMIC["moog_webhook_url"], address) == address
