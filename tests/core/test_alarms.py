"""Alerts are about metrics that exist, with the thresholds that operators know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mutt_cli.core.alarms import UP, Alarm, alarms
from mutt_cli.core.metrics import METRICS
from mutt_cli.settings import Settings

ALARMS = alarms(Settings())
GUIDES = {
    "mutt_ingest_queue_depth": (">", 10_000),
    'mutt_ingest_requests_total{status="fail"}': (">", 10),
    'mutt_alerter_events_processed_total{status="error"}': (">", 5),
    'mutt_moog_requests_total{status="fail"}': (">", 10),
    "mutt_moog_dlq_depth": (">", 100),
    "mutt_remediation_dlq_depth": (">", 500),
    "mutt_moog_health": ("==", 0),
}
"""The table of SO:379-387, rates in a minute."""


def series(alarm: Alarm) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in alarm.labels)
    return f"{alarm.metric}{{{labels}}}" if labels else alarm.metric


def test_the_seven_thresholds_of_the_guide_are_alerts() -> None:
    found = {(series(one), one.sign, one.threshold) for one in ALARMS if one.source.startswith("SO:38")}
    assert found == {(name, sign, value) for name, (sign, value) in GUIDES.items()}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_an_alert_reads_a_metric_that_is_served_and_suits_its_kind(alarm: Alarm) -> None:
    if alarm.metric == UP:
        assert alarm.service
        return
    served = [one for one in METRICS if one.name == alarm.metric]
    assert served
    for metric in served:
        assert all(name in metric.labels for name, _ in alarm.labels)
        assert all(any(value in row for row in metric.series) for _, value in alarm.labels)
        kinds = {"per_minute": "counter", "p95": "histogram"}
        assert metric.kind == kinds.get(alarm.reading, "gauge")


def test_names_are_unique_and_every_critical_one_is_told_within_five_minutes() -> None:
    assert len({one.name for one in ALARMS}) == len(ALARMS)
    assert all(one.lasting_s <= 300 for one in ALARMS if one.severity == "critical")


def test_the_queue_is_judged_by_its_own_cap() -> None:
    settings = Settings()
    small = alarms(replace(settings, ingest=replace(settings.ingest, queue_cap=1000)))
    found = {one.name: one.threshold for one in small}
    assert (found["MuttIngestQueueFilling"], found["MuttIngestQueueNearlyFull"]) == (800, 900)


def test_a_token_that_its_owner_replaces_is_not_watched_for_its_end() -> None:
    settings = Settings()
    names = {one.name for one in alarms(replace(settings, vault=replace(settings.vault, role_id="r")))}
    assert "MuttVaultTokenEnds" in {one.name for one in ALARMS}
    assert not names & {"MuttVaultTokenEnds", "MuttVaultTokenEndsToday"}
    assert "MuttVaultTokenRefused" in names
