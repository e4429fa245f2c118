"""What monitors read: each form by its own grammar, and the samples of ux.md 7.4."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from mutt_cli.core.health.check import CODES
from mutt_cli.core.snapshot import BreakerState, Part, Snapshot, Trouble
from mutt_cli.core.window import Window
from mutt_cli.ops.health import Health, Selected, health, wanted
from mutt_cli.present.health import LONGEST_LINE, health_fields, health_lines, unknown_fields, unknown_line
from mutt_cli.present.health_textfile import textfile
from mutt_cli.settings import Settings
from tests.core.health.snapshots import AWAY, NOW, WELL, flowing, queue, queued

PERFDATA = re.compile(
    r"(?P<label>[a-z0-9_]+)=(?P<value>-?\d+(\.\d+)?)(?P<unit>s|%|B|c)?(;(@?[\d.~:-]*)){0,2}(;-?[\d.]*){0,2}"
)
"""`'label'=value[UOM];[warn];[crit];[min];[max]` of the guidelines, with labels that need no quotes."""
STORM = queued(
    queue("ingest", 112, 0.4), queue("alert", 18_204, 251.0), queue("dlq-moog", 412), queue("dead", 7),
    breaker=BreakerState("OPEN", 5, NOW - 252_000, 252.0, last_error="HTTP 503"),
)  # fmt: skip
OPEN = "open 252 s, Moogsoft gets no alerts: last: HTTP 503"
DEAD = "7 poison messages need a person"
HOSTILE = st.text(st.characters(codec="utf-8"), max_size=3000)


def verdict(snapshot: Snapshot, *, maintenance: bool = True, only: tuple[str, ...] = ()) -> Health:
    settings = Settings()
    return health(snapshot, settings, wanted(Selected(only)), maintenance=maintenance)


def lines(snapshot: Snapshot, *, perfdata: bool = False, verbose: int = 0) -> list[str]:
    return list(health_lines(verdict(snapshot), perfdata=perfdata, verbose=verbose))


def test_all_well_is_one_line() -> None:
    assert lines(WELL) == ["MUTT OK - 0 critical, 0 warning, 0 unknown of 31 checks: 0 ev/s, nothing waits"]


def test_what_is_bad_follows_the_worst_and_its_cause_first() -> None:
    assert lines(STORM) == [
        f"MUTT CRITICAL - 1 critical, 4 warning, 0 unknown of 31 checks: breaker.moog {OPEN}",
        f"[CRITICAL] breaker.moog: {OPEN} (warn >0, crit >120) -- try: mutt breaker show",
        f"[WARNING] dlq.dead.depth: {DEAD} (warn >0, crit >99) -- try: mutt dlq list dead --by reason",
        "[WARNING] queue.alert.depth: 18,204 waiting (warn >5000, crit >50000) -- caused by breaker.moog",
        "[WARNING] queue.alert.age: oldest 251 s (warn >60, crit >300) -- caused by breaker.moog",
        "[WARNING] dlq.moog.depth: 412 set aside (warn >100, crit >1000) -- caused by breaker.moog",
    ]


def test_perfdata_stands_in_its_fixed_order_on_the_first_line() -> None:
    first, *rest = lines(STORM, perfdata=True)
    words, bar, tail = first.partition(" | ")
    assert (bar, "|" in words + tail) == (" | ", False)
    assert tail.split()[:12] == [
        "queue_ingest_depth=112;10000;500000;0;1000000", "queue_ingest_age=0.4s;60;300;0",
        "queue_alert_depth=18204;5000;50000;0", "queue_alert_age=251s;60;300;0", "dlq_alerter_depth=0;100;1000;0",
        "dlq_moog_depth=412;100;1000;0", "dlq_dead_depth=7;0;99;0", "orphans=0;0;99;0", "breaker_open=252s;0;120;0",
        "redis_latency=0.0006s;0.01;0.1;0", "redis_mem=61%;80;90", "db_conn=41%;80;95",
    ]  # fmt: skip
    assert {"vault_token_ttl=1555200s;259200:;86400:;0", "run_time=0.41s;;10;0", "ledger_remainder=0;;0;0"} <= set(
        tail.split()
    )
    assert all(PERFDATA.fullmatch(item) for item in tail.split())
    assert rest == lines(STORM)[1:]


def test_more_words_tell_also_what_is_well_and_how_long_it_took() -> None:
    assert len(lines(WELL, verbose=1)) == 36
    assert "[SKIPPED] backup.age: no backup of this deployment lies on this host" in lines(WELL, verbose=1)
    assert all(re.search(r"\[\d+\.\d ms\]$", line) for line in lines(STORM, verbose=2)[1:])


@given(HOSTILE)
def test_words_from_outside_stay_one_short_line_of_ascii_without_a_bar(words: str) -> None:
    shown = flowing(breaker=BreakerState("OPEN", 1, 1, 5.0, last_error=words))
    for line in lines(shown):
        assert line.isascii()
        assert line.isprintable()
        assert "|" not in line
    first = lines(shown, perfdata=True)[0]
    assert len(first) <= LONGEST_LINE
    assert all(PERFDATA.fullmatch(item) for item in first.rpartition(" | ")[2].split())
    assert len(unknown_line(words, words)) <= LONGEST_LINE


def test_a_window_caps_and_is_told_on_the_first_line() -> None:
    window = Window("op-7Q3A", "all", "mk", "INC-1182 | x", NOW - 1, NOW + 2_874_000)
    found = verdict(replace(STORM, pipeline=Part(replace(STORM.pipeline.value, windows=(window,)))))  # type: ignore[type-var]
    assert found.state == "warning"
    first = next(health_lines(found, perfdata=False))
    assert first.startswith("MUTT WARNING - MAINT until 2026-03-08 04:00Z (INC-1182 / x), 0 critical, 5 warning")
    ignored = verdict(
        replace(STORM, pipeline=Part(replace(STORM.pipeline.value, windows=(window,)))),  # type: ignore[type-var]
        maintenance=False,
    )
    assert (ignored.state, ignored.window) == ("critical", None)


def test_json_has_the_promised_fields_and_says_what_follows_from_what() -> None:
    at = datetime(2026, 3, 8, 3, 12, 6, tzinfo=UTC)
    found = health_fields(verdict(STORM), context="prod-east", environment="prod", host="mutt-a", at=at)
    assert list(found) == [
        "kind", "version", "context", "environment", "host", "time", "duration_seconds", "status", "code", "counts",
        "maintenance", "checks",
    ]  # fmt: skip
    by_id = {one["id"]: one for one in found["checks"]}
    assert by_id["queue.alert.depth"] == {
        "id": "queue.alert.depth", "status": "warning", "code": 1, "value": 18204, "unit": "", "warn": "5000",
        "crit": "50000", "message": "18,204 waiting", "remedy": "mutt queue show alert", "runbook": None,
        "caused_by": "breaker.moog", "duration_seconds": 0.0,
    }  # fmt: skip
    skipped = by_id["backup.age"]
    assert [skipped[name] for name in ("status", "code", "value", "unit", "warn")] == [
        "skipped",
        None,
        None,
        None,
        None,
    ]
    assert (found["status"], found["code"], found["counts"]["skipped"]) == ("critical", 2, 4)
    unknown = unknown_fields("m", "r", context="", environment="", host="h", at=at)
    assert list(unknown) == list(found)
    assert list(unknown["checks"][0]) == list(skipped)


@pytest.mark.parametrize("snapshot", [WELL, STORM, replace(WELL, redis=AWAY, pipeline=AWAY, account=AWAY)])
def test_the_textfile_is_read_by_the_parser_of_prometheus_and_has_no_timestamps(snapshot: Snapshot) -> None:
    found = verdict(snapshot)
    text = textfile(found, 'prod"east\\', 1_772_939_526.0)
    families = {one.name: one for one in text_string_to_metric_families(text)}
    assert all(name.startswith("mutt_health_") for name in families)
    assert [one.value for one in families["mutt_health_status"].samples] == [CODES[found.state]]
    samples = [sample for one in families.values() for sample in one.samples]
    assert {one.labels["context"] for one in samples} == {'prod"east\\'}
    assert all(one.timestamp is None for one in samples)
    executed = {one.id for one in found.checks if one.state != "skipped"}
    assert {one.labels["check"] for one in families["mutt_health_check_status"].samples} == executed


def test_the_textfile_of_what_could_not_be_executed_says_unknown() -> None:
    families = {one.name: one for one in text_string_to_metric_families(textfile(None, "up", 1.0))}
    assert families["mutt_health_status"].samples[0].value == 3
    assert set(families) == {
        "mutt_health_status", "mutt_health_maintenance_active", "mutt_health_last_run_timestamp_seconds",
        "mutt_health_run_duration_seconds",
    }  # fmt: skip


def test_a_verdict_that_could_not_be_kept_is_unknown_at_least() -> None:
    assert verdict(WELL).with_trouble("textfile", "disk full", "df -h").state == "unknown"
    assert verdict(STORM).with_trouble("textfile", "disk full", "df -h").state == "critical"


def test_no_check_executed_is_unknown_and_never_well() -> None:
    only = verdict(WELL, only=("backup.age",))
    assert (only.state, CODES[only.state]) == ("unknown", 3)


def test_a_late_part_is_unknown_with_the_reason() -> None:
    late = Part[object](trouble=Trouble("MUTT-U010", "pipeline did not finish within 3 s"))
    shown = lines(replace(WELL, pipeline=late))  # type: ignore[arg-type]
    assert any("not known: pipeline did not finish within 3 s" in line for line in shown)
