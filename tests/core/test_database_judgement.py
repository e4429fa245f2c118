"""PostgreSQL is judged by the thresholds of the guides, and each fault has its line to type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mutt_cli.core.checks import worst
from mutt_cli.core.database_judgement import (
    Setting,
    Slots,
    Table,
    judge_durability,
    judge_memory,
    judge_replication,
    judge_slots,
    judge_slow,
    judge_tables,
    judge_waiting,
    without_literals,
)

GIB, MIB = 1 << 30, 1 << 20


@pytest.mark.parametrize(("used", "state"), [(80, "ok"), (81, "warn"), (95, "warn"), (96, "crit")])
def test_connections_are_judged_by_what_our_role_can_get(used: int, state: str) -> None:
    check = judge_slots(Slots(used, 103, 3))
    assert check.state == state
    assert f"{100 - used} free" in check.note


def test_a_full_server_gets_its_room_now_soon_and_for_good() -> None:
    tries = judge_slots(Slots(99, 103, 3)).tries
    assert tries[0] == "mutt db connections kill --idle-over 10m"
    assert [line for line in tries if line.startswith("ALTER SYSTEM SET max_connections = 200;")]
    assert [line for line in judge_slots(Slots(299, 300, 3)).tries if "max_connections = 450" in line]
    assert Slots(120, 103, 3).free == 0


def test_a_transaction_that_stays_open_and_waits_for_locks_are_told() -> None:
    assert judge_waiting(None, 0) == ()
    assert [one.state for one in judge_waiting(600.0, 0)] == ["ok"]
    assert [one.state for one in judge_waiting(601.0, 2)] == ["warn", "warn"]


def test_bloat_is_dead_rows_and_not_size_and_nobody_is_told_to_lock_the_rules() -> None:
    when = datetime(2026, 11, 28, tzinfo=UTC)
    large, bloated = (
        Table("audit_logs", 1, GIB, 10**7, 1000, when, when),
        Table("x", 1, MIB, 30_000, 10_001, when, when),
    )
    assert worst(judge_tables([large])) == "ok"
    (check,) = judge_tables([large, bloated])
    assert (check.state, check.note, check.tries[0]) == ("warn", "x 25%", "VACUUM ANALYZE x;")
    assert not [line for line in check.tries if line.startswith("VACUUM FULL")]


def test_a_replica_in_place_of_the_primary_and_one_that_lags_are_told() -> None:
    assert judge_replication(None, is_replica=False) == ()
    assert worst(judge_replication(31.0, is_replica=False)) == "warn"
    assert worst(judge_replication(301.0, is_replica=False)) == "crit"
    assert [one.name for one in judge_replication(1.0, is_replica=True)] == ["role", "replica_lag"]


def test_without_statistics_the_two_lines_that_bring_them_are_given() -> None:
    (check,) = judge_slow(None)
    assert check.state == "ok"
    assert check.tries[0].startswith("ALTER SYSTEM SET shared_preload_libraries")
    assert "in MUTT's database" in check.tries[1]
    assert [one.state for one in (*judge_slow(0), *judge_slow(3))] == ["ok", "warn"]


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        ("fsync", "off", "crit"), ("full_page_writes", "off", "crit"), ("autovacuum", "off", "crit"),
        ("synchronous_commit", "off", "warn"), ("log_statement", "all", "warn"), ("log_duration", "on", "warn"),
        ("log_min_duration_statement", "0", "warn"), ("log_min_duration_statement", "500", "ok"), ("fsync", "on", "ok"),
    ],
)  # fmt: skip
def test_a_setting_that_loses_data_or_logs_all_of_it_is_told_with_its_way_back(
    name: str, text: str, state: str
) -> None:
    checks = judge_durability({name: Setting(text)})
    assert worst(checks) == state
    lines = [line for one in checks for line in one.tries]
    assert bool(lines) == (state != "ok")
    assert not lines or lines[0].startswith(f"ALTER SYSTEM RESET {name};")


def test_memory_settings_follow_the_rules_of_thumb_and_say_what_needs_a_restart() -> None:
    small = {
        "shared_buffers": Setting("16384", 128 * MIB, needs_restart=True),
        "effective_cache_size": Setting("524288", 4 * GIB),
        "work_mem": Setting("4096", 4 * MIB),
    }
    checks = judge_memory(small, 16 * GIB)
    assert [one.state for one in checks] == ["warn", "warn", "warn"]
    assert checks[0].tries == ("ALTER SYSTEM SET shared_buffers = '4096MB';  -- takes a restart of PostgreSQL",)
    assert [("no restart" in one.tries[0]) for one in checks] == [False, True, True]
    assert [one.state for one in judge_memory(small, None)] == ["ok", "ok", "warn"]
    good = {name: Setting("", size) for name, size in zip(small, (4 * GIB, 10 * GIB, 16 * MIB), strict=True)}
    assert worst(judge_memory(good, 16 * GIB)) == "ok"


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("SELECT * FROM t WHERE a = 'it''s secret' AND b = 42", "SELECT * FROM t WHERE a = ? AND b = ?"),
        ("INSERT INTO t1\n VALUES ($$pass word$$, 1.5)", "INSERT INTO t1 VALUES (?, ?)"),
        ("COPY t FROM $x$ a 'b' $x$", "COPY t FROM ?"),
    ],
)
def test_a_statement_is_shown_without_the_data_in_it(statement: str, shown: str) -> None:
    assert without_literals(statement) == shown
