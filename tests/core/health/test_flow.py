"""Queues, dead letters, ledger, journal, breaker, service levels, and this host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.core.health.catalogue import BY_ID, with_thresholds
from mutt_cli.core.health.judges import judge
from mutt_cli.core.health.limits import Limits
from mutt_cli.core.hold import Hold
from mutt_cli.core.ledger import Balance
from mutt_cli.core.snapshot import (
    Account,
    BreakerState,
    Burn,
    Disk,
    HostState,
    JournalState,
    LastDrill,
    Orphans,
    Part,
    Trouble,
)
from mutt_cli.core.switches import Off
from mutt_cli.settings import Settings
from tests.core.health.snapshots import DATABASE, NOW, REDIS, WELL, bad, check, checks, flowing, queue, queued

if TYPE_CHECKING:
    from mutt_cli.core.health.check import HealthCheck


@pytest.mark.parametrize(("depth", "state"), [(10_000, "ok"), (10_001, "warning"), (500_001, "critical")])
def test_the_ingest_queue_is_judged_by_its_depth(depth: int, state: str) -> None:
    assert check(queued(queue("ingest", depth)), "queue.ingest.depth").state == state


def test_the_ingest_queue_near_its_cap_is_worse_than_its_depth_alone() -> None:
    found = check(queued(queue("ingest", 900_001)), "queue.ingest.depth")
    assert (found.state, found.maximum) == ("critical", 1_000_000)
    assert "90% of what is accepted" in found.message


@pytest.mark.parametrize(("age", "state"), [(60.0, "ok"), (61.0, "warning"), (301.0, "critical")])
def test_what_waits_long_is_worse_than_what_is_many(age: float, state: str) -> None:
    found = check(queued(queue("alert", 3, age)), "queue.alert.age")
    assert (found.state, found.value) == (state, age)


def test_a_message_without_a_moment_has_no_age_and_an_empty_queue_has_none() -> None:
    unsaid = check(queued(queue("alert", 1)), "queue.alert.age")
    assert (unsaid.state, unsaid.value) == ("ok", None)
    assert check(WELL, "queue.alert.age").value == 0


def test_alerts_that_wait_for_the_delivery_limit_say_so_and_lead_to_it() -> None:
    limit = "RATE_LIMIT_MAX_REQUESTS (100 in 60 s)"
    found = check(queued(queue("alert", 3, 120.0, held_by=limit)), "queue.alert.age")
    assert (found.state, found.remedy) == ("warning", "mutt ratelimit show")
    assert limit in found.message


@pytest.mark.parametrize(("depth", "state"), [(100, "ok"), (101, "warning"), (1001, "critical")])
def test_dead_letters_that_somebody_brings_back_are_judged_by_their_number(depth: int, state: str) -> None:
    assert check(queued(queue("dlq-moog", depth)), "dlq.moog.depth").state == state


def test_a_single_dead_letter_that_nobody_brings_back_is_a_warning() -> None:
    found = check(queued(queue("dlq-moog", 1, consumers=0)), "dlq.moog.depth")
    assert (found.state, found.remedy) == ("warning", "mutt doctor")


def test_a_paused_dead_letter_queue_is_a_warning_with_the_way_to_resume_it() -> None:
    off = (Off("dlq/dlq-moog", Hold(actor="mk")),)
    found = check(queued(queue("dlq-moog", 1), off=off), "dlq.moog.depth")
    assert (found.state, found.remedy) == ("warning", "mutt dlq resume dlq-moog")


def test_dead_letters_are_a_warning_where_the_settings_switch_remediation_off() -> None:
    found = check(queued(queue("dlq-moog", 1, consumers=0), remediates=False), "dlq.moog.depth")
    assert (found.state, found.remedy) == ("warning", "mutt config set remediation_enabled=true")
    assert check(queued(remediates=False), "dlq.moog.depth").state == "ok"


def test_one_poison_message_needs_a_person() -> None:
    found = check(queued(queue("dead", 1, consumers=0)), "dlq.dead.depth")
    assert (found.state, found.remedy) == ("warning", "mutt dlq list dead --by reason")
    assert "need a person" in found.message


def test_the_quarantine_near_its_cap_loses_its_oldest() -> None:
    assert check(queued(queue("quarantine", 50)), "dlq.quarantine.depth").state == "ok"
    assert "the oldest are lost" in check(queued(queue("quarantine", 99_000)), "dlq.quarantine.depth").message


def test_what_dead_workers_held_is_news_only_where_nobody_gives_it_back() -> None:
    assert check(flowing(orphans=Orphans(500, watched=True)), "queue.orphans").state == "ok"
    alone = check(flowing(orphans=Orphans(1, watched=False)), "queue.orphans")
    assert (alone.state, alone.remedy) == ("warning", "mutt queue orphan recover")
    assert check(flowing(orphans=Orphans(100, watched=False)), "queue.orphans").state == "critical"


def test_one_event_that_is_unaccounted_for_is_critical_and_named() -> None:
    found = check(replace(WELL, account=Part(Account(1, ("0195-a",)))), "ledger")
    assert (found.state, found.value, found.remedy) == ("critical", 1, "mutt reconcile")
    assert "0195-a" in found.message


def test_more_than_came_in_is_a_warning() -> None:
    assert check(replace(WELL, account=Part(Account(-2))), "ledger").state == "warning"


def test_totals_that_close_are_believed_where_the_search_was_not_finished() -> None:
    late = Part[Account](trouble=Trouble("MUTT-U010", "account did not finish within 3 s"))
    assert check(replace(WELL, account=late), "ledger").state == "ok"
    open_ = flowing(balance=Balance({"accepted": 5}, 0))
    assert check(replace(open_, account=late), "ledger").state == "unknown"


@pytest.mark.parametrize(("mib", "state"), [(128, "ok"), (129, "warning"), (256, "critical"), (600, "critical")])
def test_the_journal_is_a_share_of_its_cap_and_critical_where_history_is_left_out(mib: int, state: str) -> None:
    found = check(flowing(journal=JournalState(9, mib << 20, 256 << 20)), "journal")
    assert (found.state, "history is left out" in found.message) == (state, state == "critical")


@pytest.mark.parametrize(
    ("word", "open_s", "state"),
    [("CLOSED", 0.0, "ok"), ("OPEN", 0.4, "warning"), ("OPEN", 121.0, "critical"), ("HALF_OPEN", 121.0, "critical")],
)
def test_an_open_breaker_is_a_warning_at_once_and_critical_after_two_minutes(
    word: str, open_s: float, state: str
) -> None:  # fmt: skip
    found = check(flowing(breaker=BreakerState(word, 5, 1, open_s, last_error="HTTP 503")), "breaker.moog")
    assert found.state == state
    assert ("HTTP 503" in found.message) == (state != "ok")


def test_what_waits_behind_an_open_breaker_names_it_as_its_cause() -> None:
    found = checks(
        queued(queue("alert", 18_204, 251.0), queue("dlq-moog", 412), breaker=BreakerState("OPEN", 5, 1, 252.0))
    )
    assert found["breaker.moog"].caused_by == ""
    for name in ("queue.alert.age", "queue.alert.depth", "dlq.moog.depth"):
        assert found[name].caused_by == "breaker.moog"


def test_a_breaker_that_a_person_tripped_says_by_whom_and_how_to_reset_it() -> None:
    off = (Off("breaker", Hold(actor="mk@bastion")),)
    found = check(flowing(breaker=BreakerState("OPEN", 0, 1, 5.0, tripped=True), off=off), "breaker.moog")
    assert found.remedy == "mutt breaker reset"
    assert "mk@bastion" in found.message


def test_burn_rates_are_skipped_without_prometheus_and_unknown_where_it_is_away() -> None:
    assert check(WELL, "slo.ingest").state == "skipped"
    away = replace(WELL, burn=Part(trouble=Trouble("MUTT-U010", "Prometheus does not answer")))
    assert bad(away) == {"slo.ingest": "unknown", "slo.forward": "unknown"}


def test_burn_rates_are_judged_each_by_its_own() -> None:
    rates = Part((Burn("ingest", 6.1, 6, 14.4), Burn("forward", None, 6, 14.4)))
    found = checks(replace(WELL, burn=rates))
    assert (found["slo.ingest"].state, found["slo.forward"].state) == ("warning", "ok")


@pytest.mark.parametrize(
    ("redis_s", "db_s", "state"), [(1.9, -1.9, "ok"), (0.0, -2.5, "warning"), (31.0, 0.0, "critical")]
)
def test_the_clock_that_is_furthest_off_decides(redis_s: float, db_s: float, state: str) -> None:
    redis, database = Part(replace(REDIS, skew_s=redis_s)), Part(replace(DATABASE, skew_s=db_s))
    found = check(replace(WELL, redis=redis, database=database), "clock.skew")
    assert found.state == state
    assert ("behind" in found.message) == (state == "warning")


def test_the_fullest_disk_decides() -> None:
    disks = (Disk("state", "/a", 0.2, 9 << 20), Disk("backups", "/b", 0.96, 1 << 20))
    found = check(replace(WELL, host=Part(HostState("h", disks))), "disk.spool")
    assert (found.state, found.remedy) == ("critical", "mutt backup list")
    assert "/b" in found.message


@pytest.mark.parametrize(("hours", "state"), [(35, "ok"), (37, "warning"), (73, "critical")])
def test_a_backup_is_judged_by_its_age_and_skipped_where_there_never_was_one(hours: int, state: str) -> None:
    assert check(replace(WELL, host=Part(HostState("h", backup_age_s=hours * 3600.0))), "backup.age").state == state
    assert check(WELL, "backup.age").state == "skipped"


def drilled(interval: int = 300, ago_s: float = 0.0, result: str = "ok", *, ever: bool = True) -> HealthCheck:
    last = LastDrill(interval, NOW, NOW - int(ago_s * 1000) if ever else 0, result, "forwarder")
    settings = replace(Settings(), drills=replace(Settings().drills, interval=interval))
    wanted = with_thresholds([BY_ID["drill"]], Limits.of(settings).ranges)
    return judge(flowing(drill=last), wanted, Limits.of(settings))[0]


def test_a_drill_is_critical_after_two_misses_and_skipped_where_none_is_scheduled() -> None:
    assert [drilled(ago_s=ago).state for ago in (0, 600, 601)] == ["ok", "ok", "critical"]
    assert drilled(interval=0).state == "skipped"


def test_a_drill_that_failed_says_how_and_is_bad_at_once_only_where_none_ever_came_through() -> None:
    failed = drilled(ago_s=400, result="late")
    assert (failed.state, "late at the forwarder" in failed.message) == ("ok", True)
    assert drilled(result="late", ever=False).state == "critical"


def test_a_drill_that_never_ran_is_unknown() -> None:
    never = replace(BY_ID["drill"])
    found = judge(flowing(drill=LastDrill(300)), [never], Limits.of(Settings()))[0]
    assert (found.state, found.remedy) == ("unknown", "mutt drill")
