"""The SQL of the operators' guides runs unchanged (contract.md section 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters.migrations import migrate, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import PostgresServer

ADD_RULE = """
INSERT INTO alert_rules (rule_name, pattern, severity, priority, enabled, description)
VALUES ('cpu_high', '.*CPU.*threshold.*exceeded.*', 'warning', 50, true, 'CPU threshold exceeded alert');
"""
MAINTENANCE = """
ANALYZE alert_rules; ANALYZE audit_logs; ANALYZE dev_hosts; ANALYZE device_teams
VACUUM ANALYZE
VACUUM FULL ANALYZE alert_rules
VACUUM FULL ANALYZE audit_logs
CREATE INDEX IF NOT EXISTS idx_alert_rules_enabled ON alert_rules(enabled) WHERE enabled = true;
CREATE INDEX IF NOT EXISTS idx_alert_rules_enabled ON alert_rules(enabled);
CREATE INDEX IF NOT EXISTS idx_alert_rules_priority ON alert_rules(priority DESC);
CREATE INDEX IF NOT EXISTS idx_audit_logs_timestamp ON audit_logs(timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_audit_logs_user ON audit_logs(changed_by);
EXPLAIN ANALYZE SELECT * FROM alert_rules WHERE enabled = true ORDER BY priority DESC;
SELECT schemaname, tablename, indexname FROM pg_indexes WHERE schemaname = 'public';
SELECT pid, usename, application_name, state, query FROM pg_stat_activity WHERE state != 'idle';
"""


@pytest.fixture
def psql(postgres: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        migrate(conn)
        conn.execute(ADD_RULE.encode())
        yield conn


def rows(conn: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return conn.execute(query.encode()).fetchall()


def test_the_documented_insert_adds_an_enabled_rule(psql: psycopg.Connection) -> None:
    assert rows(psql, "SELECT count(*) FROM alert_rules WHERE enabled = true;") == [(1,)]


def test_rules_load_with_the_highest_priority_first(psql: psycopg.Connection) -> None:
    psql.execute("INSERT INTO alert_rules (rule_name, pattern, severity, priority, enabled, description)"
                 " VALUES ('disk_full', '.*disk.*full.*', 'critical', 100, true, '')")  # fmt: skip
    with psycopg.ClientCursor(psql, row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute("SELECT * FROM alert_rules WHERE enabled = true ORDER BY priority DESC;")
        assert [rule["rule_name"] for rule in cursor] == ["disk_full", "cpu_high"]


def test_complex_patterns_are_found(psql: psycopg.Connection) -> None:
    psql.execute("UPDATE alert_rules SET pattern = '(link|port) down'")
    found = rows(
        psql, r"SELECT rule_name, pattern FROM alert_rules WHERE enabled = true AND pattern ~ '.*\(.*\|.*\).*';"
    )
    assert found == [("cpu_high", "(link|port) down")]


def test_the_longest_patterns_are_listed(psql: psycopg.Connection) -> None:
    query = "SELECT rule_name, pattern, priority FROM alert_rules WHERE enabled = true ORDER BY LENGTH(pattern) DESC"
    assert rows(psql, f"{query}\nLIMIT 10;") == [("cpu_high", ".*CPU.*threshold.*exceeded.*", 50)]


def test_a_rule_is_mended_and_a_catch_all_disabled_by_hand(psql: psycopg.Connection) -> None:
    psql.execute("UPDATE alert_rules\nSET pattern = '^CPU.*threshold exceeded$'\nWHERE rule_name = 'cpu_high';")
    psql.execute("INSERT INTO alert_rules (rule_name, pattern) VALUES ('all', '.*')")
    broad = """SELECT rule_name, pattern, priority
FROM alert_rules
WHERE enabled = true
AND pattern IN ('.*', '.+', '.*.*')
ORDER BY priority ASC;"""
    assert [row[0] for row in rows(psql, broad)] == ["all"]
    psql.execute("UPDATE alert_rules\nSET enabled = false\nWHERE pattern = '.*';")
    assert rows(psql, broad) == []
    assert rows(psql, "SELECT count(*) FROM alert_rules WHERE enabled = true") == [(1,)]


def test_the_newest_migration_is_what_the_documented_check_reads(psql: psycopg.Connection) -> None:
    newest = rows(psql, "SELECT version FROM schema_version ORDER BY applied_at DESC LIMIT 1;")
    assert newest == [(shipped()[-1].version,)]


@pytest.mark.parametrize("statement", MAINTENANCE.strip().splitlines())
def test_documented_maintenance_runs_without_a_complaint(psql: psycopg.Connection, statement: str) -> None:
    heard: list[str] = []
    psql.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    for part in statement.rstrip(";").split("; "):
        psql.execute(part.encode())
    # A plain VACUUM also meets the server's own catalogs, which only a superuser may vacuum.
    assert [text for text in heard if "already exists" not in text and '"pg_' not in text] == []


def test_the_four_named_indexes_are_there(psql: psycopg.Connection) -> None:
    named = rows(psql, "SELECT indexname, indexdef FROM pg_indexes WHERE indexname ~ '^idx_(alert_rules|audit_logs)_'")
    definitions = {str(name): str(definition) for name, definition in named}
    assert definitions["idx_alert_rules_enabled"].endswith("(enabled) WHERE (enabled = true)")
    assert definitions["idx_alert_rules_priority"].endswith("(priority DESC)")
    assert definitions["idx_audit_logs_timestamp"].endswith('("timestamp" DESC)')
    assert definitions["idx_audit_logs_user"].endswith("(changed_by)")
