"""Settings changed at run time win in daemons, and a bad one changes nothing."""

from __future__ import annotations

import dataclasses

from mutt_cli.settings import Settings, apply_dynamic


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


def test_an_empty_value_and_keys_of_others_change_nothing() -> None:
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
