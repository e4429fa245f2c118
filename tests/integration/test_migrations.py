"""Migrations against a real server: order, exactly once, all or nothing, and the triggers they install."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters.engines.postgres import SUPERUSER
from mutt_cli.adapters.migrations import LOCK_SPACE, Migration, applied, migrate, shipped
from mutt_cli.errors import MuttError
from mutt_cli.ops import database as ops

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from tests.servers import PostgresServer

INSERT = "INSERT INTO alert_rules (rule_name, pattern) VALUES ('cpu_high', 'cpu')"
FIRST = shipped()[0]


def column(conn: Connection, query: str) -> list[object]:
    return [row[0] for row in conn.execute(query.encode())]


def test_all_migrations_are_applied_in_order_and_recorded(empty: Connection) -> None:
    done = migrate(empty)
    assert [migration.version for migration in done] == list(range(1, len(shipped()) + 1))
    assert [(row.version, row.name, row.checksum) for row in applied(empty)] == [
        (migration.version, migration.name, migration.checksum) for migration in shipped()
    ]


def test_a_second_run_applies_nothing(migrated: Connection) -> None:
    before = applied(migrated)
    assert migrate(migrated) == []
    assert applied(migrated) == before


def test_two_runs_at_once_apply_each_migration_once(connector: Callable[[], Connection]) -> None:
    connections = [connector() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(migrate, connections))
    assert sorted(len(run) for run in runs) == [0, 0, 0, len(shipped())]


def test_a_file_that_changed_after_it_was_applied_is_refused(migrated: Connection) -> None:
    changed = [replace(FIRST, sql=FIRST.sql + b"\n"), *shipped()[1:], Migration(99, "add_more", b"CREATE TABLE t ()")]
    with pytest.raises(MuttError) as refused:
        migrate(migrated, changed)
    assert refused.value.code == "MUTT-P201"
    assert column(migrated, "SELECT to_regclass('t') IS NULL") == [True]


def test_a_failing_migration_leaves_nothing_behind(empty: Connection) -> None:
    bad = [FIRST, Migration(2, "make_a_mistake", b"CREATE TABLE t (); SELECT 1/0")]
    with pytest.raises(MuttError, match="0002 make_a_mistake failed: division by zero") as failed:
        migrate(empty, bad)
    assert failed.value.code == "MUTT-P202"
    assert applied(empty) == ()
    assert column(empty, "SELECT to_regclass('t') IS NULL") == [True]


def test_a_database_of_a_newer_release_is_left_alone(migrated: Connection) -> None:
    migrated.execute("INSERT INTO schema_version (version, name, checksum) VALUES (900, 'of_tomorrow', 'x')")
    assert migrate(migrated) == []


def test_a_held_lock_is_reported_and_nothing_is_changed(connector: Callable[[], Connection], empty: Connection) -> None:
    holder = connector()
    with holder.transaction():
        holder.execute("SELECT pg_advisory_xact_lock(%s, 1)", (LOCK_SPACE,))
        with pytest.raises(MuttError) as locked:
            migrate(empty, lock_timeout_ms=50)
    assert locked.value.code == "MUTT-P203"
    assert applied(empty) == ()


def test_tables_go_to_public_even_if_a_schema_bears_the_role_s_name(empty: Connection) -> None:
    empty.execute("DO $$ BEGIN EXECUTE format('CREATE SCHEMA %I', current_user); END $$")
    migrate(empty)
    assert column(empty, "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'alert_rules'") == ["public"]


@pytest.mark.parametrize("name", ["1_create_x.sql", "0001_create.sql", "0001_Create_x.sql", "readme.txt"])
def test_a_file_out_of_pattern_is_a_mistake(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match="NNNN_verb_noun"):
        shipped(tmp_path)


def test_two_files_with_one_number_are_a_mistake(tmp_path: Path) -> None:
    for name in ("0001_create_a.sql", "0001_create_b.sql"):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match="a number of its own"):
        shipped(tmp_path)


def test_sql_typed_by_hand_is_audited_under_the_login(migrated: Connection) -> None:
    migrated.execute(INSERT)
    migrated.execute("UPDATE alert_rules SET pattern = 'mem'")
    migrated.execute("DELETE FROM alert_rules")
    rows = migrated.execute(
        "SELECT changed_by = session_user, operation, table_name, record_id, old_values ->> 'pattern',"
        " new_values ->> 'pattern', reason FROM audit_logs ORDER BY id"
    ).fetchall()
    assert rows == [
        (True, "CREATE", "alert_rules", "1", None, "cpu", None),
        (True, "UPDATE", "alert_rules", "1", "cpu", "mem", None),
        (True, "DELETE", "alert_rules", "1", "mem", None, None),
    ]


def test_the_actor_of_one_transaction_is_not_the_actor_of_the_next(migrated: Connection) -> None:
    with migrated.transaction():
        migrated.execute("SET LOCAL mutt.actor = 'ann'")
        migrated.execute("INSERT INTO dev_hosts (hostname) VALUES ('lab1')")
    migrated.execute("INSERT INTO dev_hosts (hostname) VALUES ('lab2')")
    assert column(migrated, "SELECT changed_by = 'ann' FROM audit_logs ORDER BY id") == [True, False]
    assert column(migrated, "SELECT changed_by = session_user FROM audit_logs ORDER BY id") == [False, True]


@pytest.mark.parametrize("table", ["alert_rules", "dev_hosts", "device_teams"])
def test_truncate_is_audited_and_seen_by_pollers(migrated: Connection, table: str) -> None:
    before = column(migrated, "SELECT revision FROM rules_revision")
    migrated.execute(f"TRUNCATE {table}".encode())
    assert column(migrated, "SELECT table_name || operation FROM audit_logs") == [f"{table}TRUNCATE"]
    assert column(migrated, "SELECT revision FROM rules_revision") != before


@pytest.mark.parametrize(
    "change",
    [
        INSERT,
        "INSERT INTO dev_hosts (hostname) VALUES ('lab1')",
        "INSERT INTO device_teams (hostname, team_assignment) VALUES ('r1', 'net')",
    ],
)
def test_each_change_raises_the_revision(migrated: Connection, change: str) -> None:
    migrated.execute(change.encode())
    assert column(migrated, "SELECT revision FROM rules_revision") == [2]


def test_an_update_that_changes_nothing_is_no_new_version_and_no_audit_row(migrated: Connection) -> None:
    migrated.execute(INSERT)
    migrated.execute("UPDATE alert_rules SET pattern = pattern")
    assert column(migrated, "SELECT version FROM alert_rules") == [1]
    assert column(migrated, "SELECT count(*) FROM audit_logs") == [1]


def test_every_state_of_a_rule_is_kept_and_a_rule_that_comes_back_counts_on(migrated: Connection) -> None:
    migrated.execute(INSERT)
    migrated.execute("UPDATE alert_rules SET enabled = false, version = 77")
    migrated.execute("DELETE FROM alert_rules")
    migrated.execute("INSERT INTO alert_rules (id, rule_name, pattern) VALUES (1, 'cpu_high', 'again')")
    kept = migrated.execute("SELECT version, definition ->> 'pattern' FROM rule_versions ORDER BY version").fetchall()
    assert kept == [(1, "cpu"), (2, "cpu"), (3, "again")]
    assert column(migrated, "SELECT version FROM alert_rules") == [3]


def test_who_may_only_change_rules_is_audited_and_cannot_touch_the_audit(
    postgres: PostgresServer, database: str, migrated: Connection
) -> None:
    with psycopg.connect(postgres.dsn_for(database, SUPERUSER)) as conn:
        conn.execute("CREATE ROLE editor_of_a_test; GRANT SELECT, INSERT ON alert_rules TO editor_of_a_test")
        conn.execute("SET ROLE editor_of_a_test")
        conn.execute(INSERT)
        assert column(conn, "SELECT has_table_privilege('audit_logs', 'DELETE')") == [False]
        conn.execute("RESET ROLE")
        assert column(conn, "SELECT operation FROM audit_logs") == ["CREATE"]
        conn.rollback()


def test_status_of_a_database_that_was_never_migrated_names_what_is_missing(empty: Connection) -> None:
    status = ops.status(empty, date(2026, 11, 23))
    assert (status.schema_version, status.code_version) == (0, len(shipped()))
    assert status.pending[0] == "0001 create_schema_version"


def test_migrate_makes_the_partitions_and_status_sees_nothing_missing(empty: Connection) -> None:
    today = datetime(2026, 11, 23, tzinfo=UTC).date()
    result = ops.migrate(empty, today)
    status = ops.status(empty, today)
    assert result.version == status.schema_version == status.code_version
    assert len(result.partitions) == len(status.partitions) == 12
    assert (status.pending, status.missing_partitions, status.rejected_records) == ((), (), 0)
    assert ops.status(empty, date(2026, 11, 26)).missing_partitions[0] == "event_history_p20261127"
