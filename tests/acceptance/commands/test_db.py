"""`mutt db`, proved by psql."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters import history_partitions
from mutt_cli.adapters.clock import utc_now
from mutt_cli.core.partitions import HISTORY, Partition

if TYPE_CHECKING:
    from tests.acceptance.commands.world import World


ROW = """
INSERT INTO event_history (recorded_at, event_id, correlation_id, stage, outcome, reason, queue, pod, source,
    duration_us, attempt, hostname, sender, ingestor, severity, rule_name, operation_id, journal_uid)
VALUES (%(at)s, gen_random_uuid(), 'c', 'alerter', 'alerted', '', '', 'p', 's', 1, 1, 'h', '', 'i', '', 'r', '',
    gen_random_uuid())
"""


def count(world: World, what: str) -> int:
    """A number that psql counts."""
    return int(world.psql(f"SELECT count(*) FROM {what}"))  # noqa: S608


def database(world: World) -> str:
    """The deployment's data base."""
    return world.psql("SELECT current_database()")


def old_day(world: World, days: int) -> str:
    """A day of the history of long ago, with one row; its name."""
    part = Partition(utc_now().date() - timedelta(days=days), HISTORY)
    with psycopg.connect(world.stack.dsn, autocommit=True) as conn:
        history_partitions.make(conn, part)
        conn.execute(ROW.encode(), {"at": f"{part.day} 12:00+00"})
    return part.name


def refused_for_lack_of_postgres(world: World, *words: str) -> None:
    """The command says that PostgreSQL is away, where it is."""
    kept = world.stack.environment
    world.stack.environment = {**kept, "POSTGRES_HOST": str(world.stack.folder)}
    try:
        world.mutt(*words, code=5)
    finally:
        world.stack.environment = kept


@pytest.mark.covers("db status")
def test_status_is_what_psql_says(world: World) -> None:
    told = world.mutt("db", "status", "-o", "json").json
    assert str(told["schema_version"]) == world.psql(
        "SELECT version FROM schema_version ORDER BY applied_at DESC LIMIT 1"
    )
    rules = next(one for one in told["tables"] if one["table"] == "alert_rules")
    assert rules["size_bytes"] == int(world.psql("SELECT pg_total_relation_size('alert_rules')"))
    refused_for_lack_of_postgres(world, "db", "status")


@pytest.mark.covers("db migrate")
def test_a_schema_that_is_complete_stays_as_it_is(world: World) -> None:
    with world.unchanged():
        world.mutt("db", "migrate", "--dry-run")
        assert world.mutt("db", "migrate", "--yes", "-o", "json").json["applied"] == []
    assert world.psql("SELECT max(version) FROM schema_version") == str(
        world.mutt("db", "status", "-o", "json").json["code_version"]
    )
    refused_for_lack_of_postgres(world, "db", "migrate", "--yes")


@pytest.mark.covers("db connections", "db connections kill")
def test_sessions_are_those_that_psql_sees_and_only_idle_ones_of_mutt_end(world: World) -> None:
    idle = psycopg.connect(world.stack.dsn, application_name="mutt-forgotten", autocommit=True)
    other = psycopg.connect(world.stack.dsn, application_name="grafana", autocommit=True)
    told = world.mutt("db", "connections", "-o", "json").json
    names = {one["application"] for one in told["items"] if one["database"] == database(world)}
    assert {"mutt-forgotten", "grafana", "mutt-historian"} <= names
    assert told["max_connections"] == int(world.psql("SHOW max_connections"))
    refused_for_lack_of_postgres(world, "db", "connections")

    words = ("db", "connections", "kill", "--idle-over", "0s", "--confirm", database(world))
    with world.unchanged():
        world.mutt(*words, "--dry-run")
        world.mutt("db", "connections", "kill", "--idle-over", "0s", code=2)
    killed = world.mutt(*words, "-o", "json").json
    assert killed["ended"] >= 1
    assert count(world, "pg_stat_activity WHERE application_name = 'mutt-forgotten'") == 0
    assert count(world, "pg_stat_activity WHERE application_name = 'grafana'") == 1
    idle.close()
    other.close()


@pytest.mark.covers("db partition list", "db partition create")
def test_days_are_made_ahead_and_taken_back(world: World) -> None:
    before = count(world, "pg_class WHERE relname ~ '^event_history_p'")
    with world.unchanged():
        world.mutt("db", "partition", "create", "--dry-run")
    made = world.mutt("db", "partition", "create", "--months", "1", "-o", "json")
    assert count(world, "pg_class WHERE relname ~ '^event_history_p'") > before
    listed = world.mutt("db", "partition", "list", "-o", "json", "--where", "partition~^event_history_p").json
    assert listed["total"] == count(world, "pg_class WHERE relname ~ '^event_history_p' AND relkind = 'r'")
    world.mutt("undo", world.operation(made))
    assert count(world, "pg_class WHERE relname ~ '^event_history_p'") == before
    world.mutt("db", "partition", "create", "--months", "0", code=2)
    world.mutt("db", "partition", "list", "--sort", "colour", code=2)


@pytest.mark.covers("db partition archive", "db partition drop")
def test_a_day_goes_into_a_file_and_out_of_the_data_base_and_back(world: World) -> None:
    name = old_day(world, 5)
    with world.unchanged():
        world.mutt("db", "partition", "archive", name, "--dry-run")
        world.mutt("db", "partition", "archive", name, code=2)
        world.mutt("db", "partition", "drop", name, "--confirm", name, code=7)
    written = world.mutt("db", "partition", "archive", name, "--yes", "-o", "json").json["written"]
    assert written[0]["rows"] == count(world, name) == 1
    with world.unchanged():
        world.mutt("db", "partition", "drop", name, "--dry-run")
        world.mutt("db", "partition", "drop", name, code=2)
    dropped = world.mutt("db", "partition", "drop", name, "--confirm", name, "-o", "json")
    assert world.psql(f"SELECT to_regclass('{name}') IS NULL") == "t"
    world.mutt("undo", world.operation(dropped))
    assert count(world, name) == 1
    world.psql(f"DROP TABLE {name}")


@pytest.mark.covers("db index list", "db index create", "db index analyze")
def test_a_missing_index_is_built_and_statistics_are_made(world: World) -> None:
    definition = world.psql("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_audit_logs_user'")
    world.psql("DROP INDEX idx_audit_logs_user")
    listed = world.mutt("db", "index", "list", "-o", "json", "--where", "state=missing").json["items"]
    assert [one["index"] for one in listed] == ["idx_audit_logs_user"]
    with world.unchanged():
        world.mutt("db", "index", "create", "--dry-run")
        world.mutt("db", "index", "create", "idx_none", code=3)
    assert world.mutt("db", "index", "create", "-o", "json").json["built"] == ["idx_audit_logs_user"]
    assert world.psql("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_audit_logs_user'") == definition
    with world.unchanged():
        world.mutt("db", "index", "analyze", "--dry-run")
    assert "alert_rules" in world.mutt("db", "index", "analyze", "-o", "json").json["analyzed"]
    assert int(world.psql("SELECT reltuples FROM pg_class WHERE relname = 'alert_rules'")) == count(
        world, "alert_rules"
    )
    world.mutt("db", "index", "list", "--sort", "colour", code=2)
    refused_for_lack_of_postgres(world, "db", "index", "analyze")


def test_what_is_deleted_by_hand_is_what_the_historian_does_not_keep(world: World) -> None:
    name = old_day(world, 10)
    kept = json.loads(world.redis_cli("GET", "mutt:historian:policy"))
    there = world.mutt("db", "retention", "show", "-o", "json").json
    assert (kept["days"], kept["max_bytes"] > 0, kept["pod"]) == (30, True, "pod-1")
    assert (there["history_days"], there["max_bytes"], there["judged_by"]) == (
        30,
        kept["max_bytes"],
        f"pod-1 on {kept['host']}",
    )
    assert name not in {one["partition"] for one in there["partitions"]}

    stack = world.stack
    world.stack = replace(stack, environment=stack.environment | {"HISTORY_DAYS": "5", "HISTORY_MAX_BYTES": "1"})
    for verb in (("show",), ("run", "--dry-run"), ("run", "--confirm", database(world))):
        answer = world.mutt("db", "retention", *verb, "-o", "json")
        assert (answer.json["history_days"], answer.json["max_bytes"]) == (30, kept["max_bytes"])
        assert "HISTORY_DAYS is 5 on this host, and the historian keeps to 30" in " ".join(answer.json["warnings"])
    assert world.psql(f"SELECT to_regclass('{name}') IS NULL") == "f"
    world.stack = stack


@pytest.mark.covers("db retention show", "db retention run")
def test_what_is_too_old_is_shown_and_deleted(world: World) -> None:
    name = old_day(world, 50)
    shown = world.mutt("db", "retention", "show", "-o", "json").json
    assert name in {one["partition"] for one in shown["partitions"]}
    assert count(world, name) == 1
    with world.unchanged():
        world.mutt("db", "retention", "run", "--dry-run")
        world.mutt("db", "retention", "run", code=2)
    done = world.mutt("db", "retention", "run", "--confirm", database(world), "-o", "json").json
    assert name in done["dropped"]
    assert world.psql(f"SELECT to_regclass('{name}') IS NULL") == "t"
    refused_for_lack_of_postgres(world, "db", "retention", "show")
