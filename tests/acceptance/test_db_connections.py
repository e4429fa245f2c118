"""`mutt db connections` and `mutt db status`: what is seen, what may not be seen, and whose sessions are ended."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from mutt_cli.adapters.engines.postgres import ROLE, SUPERUSER
from tests.acceptance.commands.world import validate
from tests.acceptance.frame import mutt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection
    from tests.servers import PostgresServer

Session = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def sessions(postgres: PostgresServer, database: str) -> Iterator[Callable[..., Session]]:
    """Opens sessions of a name; those that were not ended meanwhile are closed afterwards."""
    with ExitStack() as scope:

        def opened(name: str, dbname: str = database, user: str = ROLE) -> Session:
            conn = psycopg.connect(postgres.dsn_for(dbname, user), application_name=name, autocommit=True)
            scope.callback(conn.close)
            return conn

        yield opened


@pytest.fixture
def as_superuser(postgres: PostgresServer, database: str) -> Iterator[Session]:
    with psycopg.connect(postgres.dsn_for(database, SUPERUSER), autocommit=True) as conn:
        yield conn


@pytest.fixture
def poor_role(as_superuser: Session) -> Iterator[None]:
    """The role without the rights that `mutt up` gives it, as a data base administrator may have made it."""
    rights = b"pg_monitor, pg_signal_backend, pg_maintain"
    as_superuser.execute(b"REVOKE " + rights + b" FROM mutt_user")
    yield
    as_superuser.execute(b"GRANT " + rights + b" TO mutt_user")


def told(tmp_path: Path, env: dict[str, str], *words: str, code: int = 0) -> dict[str, Any]:
    answer = mutt(tmp_path, "db", *words, "-o", "json", env=env)
    assert answer.code == code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    validate(found)
    return found


def alive(conn: Session) -> bool:
    try:
        conn.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def check(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["checks"] if one["check"] == name)


def test_sessions_are_told_by_application_and_state_and_mutts_are_apart(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session], as_superuser: Session
) -> None:
    working, _ = sessions("mutt-alerter"), sessions("grafana")
    working.execute("BEGIN")
    working.execute("SELECT 1")
    found = told(tmp_path, db_env, "connections")
    rows = {
        (one["application"], one["state"]): one for one in found["items"] if one["database"] == db_env["POSTGRES_DB"]
    }
    assert rows["mutt-alerter", "idle in transaction"]["owner"] == "mutt"
    assert rows["mutt-alerter", "idle in transaction"]["longest_transaction_seconds"] >= 0
    assert rows["grafana", "idle"]["owner"] == "other"
    (used,) = as_superuser.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    ).fetchone() or (0,)
    assert found["used"] == used + 1  # mutt itself
    assert (found["max_connections"], found["reserved"], found["free"]) == (60, 3, 57 - found["used"])


def test_only_idle_sessions_are_listed_where_that_was_asked(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session]
) -> None:
    sessions("mutt-webui")
    assert told(tmp_path, db_env, "connections", "--idle-over", "1h")["items"] == []
    assert {one["state"] for one in told(tmp_path, db_env, "connections", "--idle-over", "0s")["items"]} == {"idle"}


def test_idle_sessions_of_mutt_in_its_own_data_base_are_ended_and_no_others(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session], migrated: Connection
) -> None:
    doomed = [sessions("mutt-alerter"), sessions("mutt-webui"), sessions("mutt")]
    spared = [sessions("grafana"), sessions("muttley"), sessions("mutt-webui", dbname="postgres")]
    busy = sessions("mutt-alerter")
    busy.execute("BEGIN")
    busy.execute("SELECT 1")
    found = told(tmp_path, db_env, "connections", "kill", "--idle-over", "0s", "--confirm", db_env["POSTGRES_DB"])
    assert (found["ended"], found["busy"], found["refused"]) == (3, 0, 0)
    assert [alive(one) for one in doomed] == [False] * 3
    assert [alive(one) for one in (*spared, busy)] == [True] * 4
    row = migrated.execute("SELECT result, counts, argv, impact FROM operations").fetchone()
    assert row == (
        "done", {"ended": 3, "busy": 0, "refused": 0}, ["db", "connections", "kill", "--idle-over", "0s"], "D",
    )  # fmt: skip


def test_sessions_that_are_not_idle_for_long_enough_are_spared_by_default(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session]
) -> None:
    young = sessions("mutt-webui")
    found = told(tmp_path, db_env, "connections", "kill", "--confirm", db_env["POSTGRES_DB"])
    assert (found["planned"], found["ended"], alive(young)) == ([], 0, True)


def test_a_kill_is_refused_unless_the_data_base_is_named_and_a_dry_run_ends_nobody(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session], migrated: Connection
) -> None:
    idle = sessions("mutt-webui")
    words = ("db", "connections", "kill", "--idle-over", "0s")
    assert mutt(tmp_path, *words, env=db_env).code == 2
    assert mutt(tmp_path, *words, "--confirm", "other", env=db_env).code == 2
    protected = (*words, "--force", "env-override", "--confirm", db_env["POSTGRES_DB"])
    assert mutt(tmp_path, *protected, env={**db_env, "ENV": "prod"}).code == 2
    assert mutt(tmp_path, *words, "--yes", env=db_env).code == 2
    early = mutt(tmp_path, "db", "connections", "--idle-over", "1h", "kill", "--confirm", "x", env=db_env)
    assert (early.code, "write it after it" in early.err) == (2, True)
    planned = told(tmp_path, db_env, *words[1:], "--dry-run")
    assert [one["application"] for one in planned["planned"]] == ["mutt-webui"]
    assert planned["dry_run"]
    assert alive(idle)
    assert migrated.execute("SELECT count(*) FROM operations").fetchone() == (0,)


def test_sessions_that_our_role_may_not_end_are_told_with_the_grant(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session]
) -> None:
    theirs, ours = sessions("mutt-webui", user=SUPERUSER), sessions("mutt-webui")
    found = told(
        tmp_path, db_env, "connections", "kill", "--idle-over", "0s", "--confirm", db_env["POSTGRES_DB"], code=6
    )
    assert (found["ended"], found["refused"]) == (1, 1)
    assert "GRANT pg_signal_backend" in found["warnings"][-1]
    assert [alive(one) for one in (theirs, ours)] == [True, False]


@pytest.mark.usefixtures("poor_role")
def test_a_role_without_rights_sees_its_own_and_is_told_which_grant_shows_the_rest(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session], migrated: Connection
) -> None:
    sessions("backup-job", user=SUPERUSER), sessions("mutt-webui")
    found = told(tmp_path, db_env, "connections")
    states = {one["application"]: one["state"] for one in found["items"] if one["database"] == db_env["POSTGRES_DB"]}
    assert (states["backup-job"], states["mutt-webui"]) == ("hidden", "idle")
    assert "GRANT pg_monitor TO mutt_user;" in found["not_visible"][0]
    status = told(tmp_path, db_env, "status")
    assert "GRANT pg_monitor TO mutt_user;" in status["not_visible"][0]
    refused = told(tmp_path, db_env, "index", "analyze")
    assert refused["refused"] == []  # its own tables
    del migrated


def test_status_finds_what_would_lose_data_what_is_slow_and_logging_left_on(
    tmp_path: Path, db_env: dict[str, str], migrated: Connection, as_superuser: Session
) -> None:
    as_superuser.execute("SELECT pg_stat_statements_reset()")
    as_superuser.execute("SELECT pg_sleep(0.06), 'a secret'")
    name = db_env["POSTGRES_DB"]
    as_superuser.execute(f"ALTER DATABASE {name} SET log_statement = 'all'")  # dropped with the data base
    found = told(tmp_path, db_env, "status")
    assert found["state"] == "crit"
    assert check(found, "fsync")["state"] == "crit"  # the server of the tests may lose everything
    logging = check(found, "statement_logging")
    assert (logging["state"], logging["tries"][0]) == ("warn", "ALTER SYSTEM RESET log_statement;")
    assert check(found, "slow_statements")["value"] == 1
    assert [one["statement"] for one in found["slow_statements"]] == ["SELECT pg_sleep($?), $?"]
    assert {"alert_rules", "event_history"} <= {one["table"] for one in found["tables"]}
    assert {one["check"] for one in found["advice"]} == {"shared_buffers", "effective_cache_size", "work_mem"}
    shown = mutt(tmp_path, "db", "status", env=db_env)
    assert "secret" not in shown.out
    del migrated


def test_status_without_statistics_says_how_to_get_them(
    tmp_path: Path, db_env: dict[str, str], as_superuser: Session
) -> None:
    as_superuser.execute("DROP EXTENSION pg_stat_statements")
    slow = check(told(tmp_path, db_env, "status"), "slow_statements")
    assert (slow["state"], slow["value"]) == ("ok", None)
    assert "CREATE EXTENSION pg_stat_statements" in slow["tries"][1]


def test_a_migration_that_would_wait_is_told_and_one_beside_another_is_refused(
    tmp_path: Path, db_env: dict[str, str], sessions: Callable[..., Session]
) -> None:
    assert mutt(tmp_path, "db", "migrate", "--yes", "--to", "2", env=db_env).code == 0
    reader = sessions("report")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM alert_rules")
    planned = mutt(tmp_path, "db", "migrate", "--dry-run", env=db_env)
    assert "waits for report, whose transaction has been open for" in planned.err
    reader.execute("ROLLBACK")
    other = sessions("another-migration")
    other.execute("BEGIN")
    other.execute("SELECT pg_advisory_xact_lock(1297437780, 1)")
    refused = mutt(tmp_path, "db", "migrate", "--yes", env=db_env)
    assert refused.code == 7
    assert "MUTT-P203" in refused.err
    other.execute("ROLLBACK")
    done = told(tmp_path, db_env, "migrate", "--yes")
    rows = told_operations(tmp_path, db_env)
    assert done["operation"] in rows


def told_operations(tmp_path: Path, env: dict[str, str]) -> set[str]:
    answer = mutt(tmp_path, "op", "list", "-o", "json", env=env)
    return {one["operation"] for one in json.loads(answer.out)["items"]}


def test_connections_of_a_data_base_that_is_away_say_so(tmp_path: Path, db_env: dict[str, str]) -> None:
    away = {**db_env, "POSTGRES_HOST": str(tmp_path)}
    for words in (("connections",), ("connections", "kill"), ("status",), ("index", "list"), ("retention", "show")):
        answer = mutt(tmp_path, "db", *words, env=away)
        assert answer.code == 5
        assert "MUTT-P101" in answer.err
