"""`mutt db` as an operator types it: the plan, the question, the migration, the state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict

from mutt_cli.adapters.migrations import shipped
from tests.acceptance.frame import mutt

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import PostgresServer

NEWEST = shipped()[-1].version


@pytest.fixture
def env(postgres: PostgresServer, database: str) -> dict[str, str]:
    words = conninfo_to_dict(postgres.dsn_for(database))
    return {
        "POSTGRES_HOST": str(words["host"]),
        "POSTGRES_PORT": str(words.get("port") or 5432),
        "POSTGRES_USER": str(words["user"]),
        "POSTGRES_DB": database,
    }


def test_a_new_database_is_migrated_once_and_then_there_is_nothing_to_do(tmp_path: Path, env: dict[str, str]) -> None:
    first = mutt(tmp_path, "db", "migrate", "--yes", "-o", "json", env=env)
    assert first.code == 0, first.err
    answer = json.loads(first.out)
    assert (answer["schema_version"], len(answer["applied"]), len(answer["partitions"])) == (NEWEST, NEWEST, 12)
    again = mutt(tmp_path, "db", "migrate", env=env)
    assert (again.code, again.out) == (0, f"nothing to apply\nschema version {NEWEST}\n")


def test_without_a_yes_nothing_is_changed(tmp_path: Path, env: dict[str, str]) -> None:
    refused = mutt(tmp_path, "db", "migrate", env=env)
    assert refused.code == 2
    assert "add --yes" in refused.err
    assert json.loads(mutt(tmp_path, "db", "status", "-o", "json", env=env).out)["schema_version"] == 0


def test_a_dry_run_prints_the_sql_and_changes_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    planned = mutt(tmp_path, "db", "migrate", "--dry-run", env=env)
    assert planned.code == 0
    assert "0002 create_rules" in planned.err
    assert "CREATE TABLE alert_rules (" in planned.out
    assert json.loads(mutt(tmp_path, "db", "status", "-o", "json", env=env).out)["schema_version"] == 0


def test_a_protected_context_wants_its_name_and_yes_is_not_enough(tmp_path: Path, env: dict[str, str]) -> None:
    protected = {**env, "ENV": "prod"}
    words = ("db", "migrate", "--force", "env-override")
    assert mutt(tmp_path, *words, "--yes", env=protected).code == 2
    assert mutt(tmp_path, *words, "--confirm", "staging", env=protected).code == 2
    assert mutt(tmp_path, *words, "--confirm", "local", env=protected).code == 0


def test_read_only_refuses_a_migration(tmp_path: Path, env: dict[str, str]) -> None:
    assert mutt(tmp_path, "db", "migrate", "--yes", env={**env, "MUTT_READ_ONLY": "1"}).code == 7


def test_a_migration_can_stop_at_a_version_and_status_names_the_rest(tmp_path: Path, env: dict[str, str]) -> None:
    assert mutt(tmp_path, "db", "migrate", "--yes", "--to", "2", env=env).code == 0
    status = mutt(tmp_path, "db", "status", env=env)
    assert f"schema       2 in the database, {NEWEST} in this release" in status.out
    assert "migrations are not applied: mutt db migrate" in status.err


def test_status_of_a_migrated_database_warns_of_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    mutt(tmp_path, "db", "migrate", "--yes", env=env)
    status = mutt(tmp_path, "db", "status", env=env)
    assert (status.code, status.err) == (0, "")
    assert "rules        revision 1" in status.out


def test_a_database_that_is_away_is_named_with_what_to_try(tmp_path: Path, env: dict[str, str]) -> None:
    away = mutt(tmp_path, "db", "status", env={**env, "POSTGRES_HOST": str(tmp_path)})
    assert away.code == 5
    assert "MUTT-P101" in away.err
    assert str(tmp_path) in away.err


def test_who_cannot_read_vault_s_credential_still_gets_in_as_the_system_s_user(
    tmp_path: Path, env: dict[str, str]
) -> None:
    vault = {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_SECRET_ID_FILE": str(tmp_path / "absent")}
    status = mutt(tmp_path, "db", "status", env={**env, **vault})
    assert status.code == 0, status.err
