"""Daily partitions: which are made, which go, and in what order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mutt_cli.core.ids import uuid7
from mutt_cli.core.partitions import DONE, HISTORY, PAYLOADS, Partition, missing, parse, to_drop

TODAY = date(2026, 11, 23)


def day(table: str, days_ago: int, size: int = 0) -> Partition:
    return Partition(TODAY - timedelta(days=days_ago), table, size)


def test_a_new_database_gets_today_and_three_days_ahead_of_each_table() -> None:
    names = [partition.name for partition in missing([], TODAY)]
    assert len(names) == 12
    assert names[:3] == ["event_history_p20261123", "event_payloads_p20261123", "journal_done_p20261123"]
    assert names[-1] == "journal_done_p20261126"


def test_only_what_is_absent_is_made() -> None:
    there = [day(table, -ahead) for table in (HISTORY, PAYLOADS, DONE) for ahead in range(3)]
    assert [partition.day for partition in missing(there, TODAY)] == [date(2026, 11, 26)] * 3


@pytest.mark.parametrize(
    "name",
    ["event_history_default", "event_history_p2026112", "event_history_p20261399", "other_p20261123", "event_history"],
)
def test_a_table_that_is_no_daily_partition_is_left_alone(name: str) -> None:
    assert parse(name) is None


def test_a_name_tells_its_partition() -> None:
    assert parse("journal_done_p20261123", 7) == Partition(TODAY, DONE, 7)


def test_days_of_recorded_time_begin_at_midnight_utc() -> None:
    assert day(HISTORY, 0).bounds == ("2026-11-23 00:00:00+00", "2026-11-24 00:00:00+00")


def test_a_uid_falls_into_the_day_of_its_time() -> None:
    midnight_ms = 1_795_392_000_000  # 2026-11-23T00:00:00Z
    low, high = day(DONE, 0).bounds
    assert low <= uuid7(midnight_ms, 0, 0) < high
    assert uuid7(midnight_ms - 1, 0xFFF, (1 << 62) - 1) < low
    assert low <= uuid7(midnight_ms + 86_399_999, 0xFFF, (1 << 62) - 1) < high


def test_the_last_kept_day_stays_and_the_day_before_it_goes() -> None:
    there = [day(HISTORY, 30), day(HISTORY, 31), day(PAYLOADS, 3), day(PAYLOADS, 4), day(DONE, 30), day(DONE, 31)]
    dropped = {partition.name for partition in to_drop(there, TODAY, days=30, raw_days=3)}
    assert dropped == {"event_history_p20261023", "event_payloads_p20261119", "journal_done_p20261023"}


def test_payloads_do_not_outlive_the_decisions_about_them() -> None:
    assert to_drop([day(PAYLOADS, 2)], TODAY, days=1, raw_days=9) == [day(PAYLOADS, 2)]


def test_space_is_made_from_the_oldest_payloads_first() -> None:
    there = [day(HISTORY, 2, 100), day(HISTORY, 1, 100), day(PAYLOADS, 2, 100), day(PAYLOADS, 1, 100)]
    assert to_drop(there, TODAY, days=30, raw_days=3, max_bytes=300) == [day(PAYLOADS, 2, 100)]
    assert to_drop(there, TODAY, days=30, raw_days=3, max_bytes=199) == [
        day(PAYLOADS, 2, 100), day(PAYLOADS, 1, 100), day(HISTORY, 2, 100),
    ]  # fmt: skip


def test_what_age_removes_counts_before_space_is_judged() -> None:
    there = [day(HISTORY, 40, 1000), day(PAYLOADS, 1, 100)]
    assert to_drop(there, TODAY, days=30, raw_days=3, max_bytes=100) == [day(HISTORY, 40, 1000)]


def test_today_never_goes_for_space_and_nothing_else_is_left_to_give() -> None:
    there = [day(HISTORY, 0, 100), day(PAYLOADS, 0, 100), day(DONE, 5, 100)]
    assert to_drop(there, TODAY, days=30, raw_days=3, max_bytes=1) == []


def test_no_limit_drops_nothing_for_its_size() -> None:
    assert to_drop([day(PAYLOADS, 1, 1 << 50)], TODAY, days=30, raw_days=3) == []
