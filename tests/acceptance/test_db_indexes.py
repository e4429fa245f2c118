"""`mutt db index`: what is missing or broken is seen and built again, while others read and write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.acceptance.commands.world import validate
from tests.acceptance.frame import code, mutt

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from tests.servers import PostgresServer

pytestmark = pytest.mark.usefixtures("migrated")

KILLED_BEFORE_THE_SECOND = """
import os, signal, sys
from mutt_cli.adapters import indexes
create, calls = indexes.create, []
def killed(*given, **more):
    if calls:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(1)
    return create(*given, **more)
indexes.create = killed
from mutt_cli.cli import run
sys.exit(run(sys.argv[1:]))
"""


def told(tmp_path: Path, env: dict[str, str], *words: str, exit_code: int = 0) -> dict[str, Any]:
    answer = mutt(tmp_path, "db", "index", *words, "-o", "json", env=env)
    assert answer.code == exit_code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    validate(found)
    return found


def definition(conn: Connection, name: str) -> str | None:
    row = conn.execute(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid", (name,)
    ).fetchone()
    return None if row is None else str(row[0])


def leave_invalid(dsn: str, conn: Connection, name: str, table: str, column: str) -> None:
    """What a CREATE INDEX CONCURRENTLY leaves that is cancelled while it waits for a writer."""
    with psycopg.connect(dsn) as writer:
        writer.execute(f"INSERT INTO {table} (hostname) VALUES ('x')".encode())  # noqa: S608
        conn.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            conn.execute(f"CREATE INDEX CONCURRENTLY {name} ON {table} ({column})".encode())
        writer.rollback()
    conn.execute("RESET lock_timeout")


def test_a_fresh_schema_has_what_it_needs_and_the_rule_query_is_planned_and_not_run(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    before = migrated.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'alert_rules'").fetchone()
    found = told(tmp_path, db_env, "list")
    assert {one["state"] for one in found["items"] if one["of_schema"]} == {"ok"}
    assert {"idx_alert_rules_enabled", "idx_event_history_event"} <= {one["index"] for one in found["items"]}
    assert any("alert_rules" in line for line in found["rule_query_plan"])
    after = migrated.execute("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'alert_rules'").fetchone()
    assert before == after


def test_a_missing_index_is_seen_built_and_taken_back(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    wanted = definition(migrated, "idx_alert_rules_enabled")
    migrated.execute("DROP INDEX idx_alert_rules_enabled, idx_audit_logs_user")
    rows = told(tmp_path, db_env, "list")["items"]
    assert [one["index"] for one in rows if one["state"] == "missing"] == [
        "idx_alert_rules_enabled", "idx_audit_logs_user",
    ]  # fmt: skip
    planned = told(tmp_path, db_env, "create", "--dry-run")
    assert (planned["planned"], definition(migrated, "idx_audit_logs_user")) == (
        ["idx_alert_rules_enabled", "idx_audit_logs_user"], None,
    )  # fmt: skip
    done = told(tmp_path, db_env, "create", "idx_alert_rules_enabled")
    assert done["built"] == ["idx_alert_rules_enabled"]
    assert definition(migrated, "idx_alert_rules_enabled") == wanted
    assert definition(migrated, "idx_audit_logs_user") is None
    assert mutt(tmp_path, "undo", done["operation"], env=db_env).code == 0
    assert definition(migrated, "idx_alert_rules_enabled") is None


def test_what_a_broken_build_left_is_not_taken_for_the_index(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection, postgres: PostgresServer, database: str
) -> None:
    migrated.execute("DROP INDEX idx_audit_logs_user")
    dsn = postgres.dsn_for(database)
    leave_invalid(dsn, migrated, "idx_by_hand", "dev_hosts", "created_at")
    migrated.execute("ALTER INDEX idx_by_hand RENAME TO idx_audit_logs_user")
    rows = {one["index"]: one for one in told(tmp_path, db_env, "list")["items"]}
    assert rows["idx_audit_logs_user"]["state"] == "invalid"
    assert told(tmp_path, db_env, "create")["built"] == ["idx_audit_logs_user"]
    assert "(changed_by)" in str(definition(migrated, "idx_audit_logs_user"))


def test_an_index_of_a_partitioned_table_is_built_part_by_part(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    assert mutt(tmp_path, "db", "partition", "create", env=db_env).code == 0
    migrated.execute("DROP INDEX idx_event_history_correlation")
    assert told(tmp_path, db_env, "create")["built"] == ["idx_event_history_correlation"]
    assert "text_pattern_ops" in str(definition(migrated, "idx_event_history_correlation"))
    (parts,) = migrated.execute(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'idx_event_history_correlation'::regclass"
    ).fetchall()
    assert parts[0] > 30
    assert told(tmp_path, db_env, "create")["built"] == []


def test_an_index_that_lacks_some_of_its_parts_is_finished(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    migrated.execute("DROP INDEX idx_event_payloads_event")
    migrated.execute("CREATE INDEX idx_event_payloads_event ON ONLY event_payloads (event_id)")
    rows = {one["index"]: one["state"] for one in told(tmp_path, db_env, "list")["items"]}
    assert rows["idx_event_payloads_event"] == "invalid"
    assert told(tmp_path, db_env, "create")["built"] == ["idx_event_payloads_event"]
    assert definition(migrated, "idx_event_payloads_event") is not None


def test_building_that_was_killed_goes_on_with_the_rest(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    migrated.execute("DROP INDEX idx_alert_rules_enabled, idx_audit_logs_user")
    dying = code(KILLED_BEFORE_THE_SECOND)
    assert mutt(tmp_path, "db", "index", "create", env=db_env, program=dying).code == -9
    assert definition(migrated, "idx_alert_rules_enabled") is not None
    assert told(tmp_path, db_env, "create")["built"] == ["idx_audit_logs_user"]


def test_an_index_with_another_definition_is_seen_and_not_replaced(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    migrated.execute("DROP INDEX idx_alert_rules_enabled")
    migrated.execute("CREATE INDEX idx_alert_rules_enabled ON alert_rules (enabled)")  # TG:933
    rows = {one["index"]: one for one in told(tmp_path, db_env, "list")["items"]}
    assert rows["idx_alert_rules_enabled"]["state"] == "differs"
    refused = mutt(tmp_path, "db", "index", "create", "idx_alert_rules_enabled", env=db_env)
    assert (refused.code, "MUTT-P220" in refused.err) == (7, True)
    assert told(tmp_path, db_env, "create")["built"] == []
    assert mutt(tmp_path, "db", "index", "create", "idx_nobody_knows", env=db_env).code == 3


def test_an_index_made_by_hand_that_nobody_uses_is_named(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection
) -> None:
    migrated.execute("CREATE INDEX idx_by_hand ON alert_rules (description)")
    rows = {one["index"]: one for one in told(tmp_path, db_env, "list")["items"]}
    assert (rows["idx_by_hand"]["state"], rows["idx_by_hand"]["of_schema"]) == ("unused", False)


def test_statistics_are_made_anew(tmp_path: Path, db_env: dict[str, str], migrated: Connection) -> None:
    migrated.execute("INSERT INTO dev_hosts (hostname) SELECT 'h' || n FROM generate_series(1, 500) AS n")
    assert mutt(tmp_path, "db", "index", "analyze", "--dry-run", env=db_env).code == 0
    assert migrated.execute("SELECT reltuples FROM pg_class WHERE relname = 'dev_hosts'").fetchone() == (-1.0,)
    done = told(tmp_path, db_env, "analyze")
    assert "dev_hosts" in done["analyzed"]
    assert migrated.execute("SELECT reltuples FROM pg_class WHERE relname = 'dev_hosts'").fetchone() == (500.0,)
    assert mutt(tmp_path, "db", "index", "analyze", env={**db_env, "MUTT_READ_ONLY": "1"}).code == 7


def test_tables_of_others_are_told_with_the_grant(
    tmp_path: Path, db_env: dict[str, str], postgres: PostgresServer, database: str
) -> None:
    with psycopg.connect(postgres.dsn_for(database, "postgres"), autocommit=True) as conn:
        conn.execute("ALTER TABLE dev_hosts OWNER TO postgres")
        conn.execute(f"ALTER DATABASE {database} OWNER TO postgres")  # its owner may analyse every table in it
        conn.execute("GRANT SELECT, INSERT ON dev_hosts TO mutt_user")
        conn.execute("REVOKE pg_maintain FROM mutt_user")
        try:
            done = told(tmp_path, db_env, "analyze", exit_code=6)
        finally:
            conn.execute("GRANT pg_maintain TO mutt_user")
    assert done["refused"] == ["dev_hosts"]
    assert "GRANT pg_maintain" in done["warnings"][-1]
