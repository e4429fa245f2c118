"""Connecting to a real server, and what is said when that fails."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from mutt_cli.adapters import postgres as adapter
from mutt_cli.adapters.rotating_secret import RotatingSecret
from mutt_cli.errors import AuthError, MuttError, UnreachableError
from mutt_cli.settings.stores import Postgres as Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import PostgresServer

NO_PASSWORD = RotatingSecret("DB_PASS", lambda: ("",))


@pytest.fixture
def settings(postgres: PostgresServer, database: str) -> Settings:
    words = conninfo_to_dict(postgres.dsn_for(database))
    return Settings(host=str(words["host"]), port=int(words.get("port") or 5432), db=database, user=str(words["user"]))


def changed(settings: Settings, **fields: object) -> Settings:
    return Settings(**{**{name: getattr(settings, name) for name in ("host", "port", "db", "user")}, **fields})


def test_a_connection_carries_its_name_and_needs_no_session(settings: Settings) -> None:
    with adapter.connect(settings, "", "mutt-alerter") as conn:
        assert conn.autocommit
        assert conn.prepare_threshold is None
        assert conn.execute("SELECT current_setting('application_name')").fetchone() == ("mutt-alerter",)


def test_a_closed_port_is_unreachable_and_named(settings: Settings) -> None:
    with socket.socket() as bound:  # bound but not listening: nobody else can take the port
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError, match="did not answer") as failed:
            adapter.connect(changed(settings, host="127.0.0.1", port=bound.getsockname()[1]), "s3cret", "test")
    assert failed.value.code == "MUTT-P101"
    assert "127.0.0.1" in failed.value.message
    assert "s3cret" not in repr(failed.value)


def test_a_socket_folder_without_a_server_is_unreachable(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError) as failed:
        adapter.connect(changed(settings, host="/nonexistent"), "", "test")
    assert failed.value.code == "MUTT-P101"


@pytest.mark.parametrize("field", ["db", "user"])
def test_a_name_the_server_does_not_know_is_a_refused_login(settings: Settings, field: str) -> None:
    with pytest.raises(AuthError, match="refused the login") as failed:
        adapter.connect(changed(settings, **{field: "nobody_knows"}), "", "test")
    assert failed.value.code == "MUTT-P102"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('connection failed: FATAL:  password authentication failed for user "mutt_user"', "MUTT-P102"),
        ("FATAL:  sorry, too many clients already", "MUTT-P103"),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "MUTT-P103"),
        ("FATAL: no more connections allowed (max_client_conn)", "MUTT-P103"),
        ("connection timeout expired", "MUTT-P101"),
        ("the database system is starting up", "MUTT-P101"),
    ],
)
def test_the_words_of_server_and_pooler_decide_the_code_and_are_kept(settings: Settings, said: str, code: str) -> None:
    told = adapter.explain(psycopg.OperationalError(said), settings)
    assert told.code == code
    assert " ".join(said.split()) in told.message


def test_a_missing_table_points_to_the_migration(settings: Settings) -> None:
    with adapter.connect(settings, "", "test") as conn, pytest.raises(psycopg.Error) as failed:
        conn.execute("SELECT * FROM alert_rules")
    told: MuttError = adapter.explain(failed.value, settings)
    assert (told.code, "mutt db migrate" in told.tries) == ("MUTT-P105", True)


def test_a_read_that_takes_too_long_is_cancelled(settings: Settings) -> None:
    with adapter.connect(settings, "", "test") as conn:
        with pytest.raises(psycopg.Error) as failed, adapter.read_only(conn, timeout_ms=20):
            conn.execute("SELECT pg_sleep(60)")
        assert adapter.explain(failed.value, settings).code == "MUTT-P104"
        assert conn.execute("SELECT current_setting('statement_timeout')").fetchone() == ("0",)


def test_a_read_cannot_write(settings: Settings) -> None:
    with (
        adapter.connect(settings, "", "test") as conn,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        adapter.read_only(conn),
    ):
        conn.execute("CREATE TABLE t ()")


def test_a_pool_survives_the_death_of_its_connection(settings: Settings) -> None:
    with adapter.make_pool(settings, NO_PASSWORD, "test") as pool:
        with pool.connection() as conn:
            dead = conn.info.backend_pid
        with adapter.connect(settings, "", "test") as other:
            other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %s", (dead,))
        with pool.connection() as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_pool_without_a_server_says_so_in_time(settings: Settings) -> None:
    away = changed(settings, host="/nonexistent")
    with adapter.make_pool(away, NO_PASSWORD, "test") as pool:
        with pytest.raises(adapter.DatabaseError) as failed, pool.connection(timeout=0.1):
            pass
        assert adapter.explain(failed.value, away).code == "MUTT-P101"


def test_a_statement_at_once_is_one_message_and_keeps_no_lock_however_it_ends(
    settings: Settings, tmp_path: Path
) -> None:
    with adapter.connect(settings, "", "test") as conn, adapter.connect(settings, "", "other") as other:
        conn.execute("CREATE TABLE t (n int PRIMARY KEY)")
        with (tmp_path / "spoken").open("wb") as spoken:
            conn.pgconn.trace(spoken.fileno())
            assert adapter.at_once(conn, b"INSERT INTO t VALUES (%(n)s)", {"n": 1}).rowcount == 1
            conn.pgconn.untrace()
        said = [line for line in (tmp_path / "spoken").read_text().splitlines() if "\tF\t" in line]
        assert len(said) == 1, said
        with other.transaction():
            other.execute("UPDATE t SET n = 2")
            with pytest.raises(psycopg.errors.QueryCanceled):
                adapter.at_once(conn, b"UPDATE t SET n = 3 WHERE n = %(n)s", {"n": 1}, timeout_ms=20)
        assert adapter.is_idle(conn)
        assert conn.execute("SELECT n, current_setting('statement_timeout') FROM t").fetchone() == (2, "0")


def test_a_change_whose_process_stands_still_is_rolled_back_by_the_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "STANDSTILL_MS", 50)
    with adapter.connect(settings, "", "asleep") as asleep, adapter.connect(settings, "", "other") as other:
        asleep.execute("CREATE TABLE t (n int PRIMARY KEY)")

        def change() -> None:
            with adapter.bounded(asleep):
                asleep.execute("INSERT INTO t VALUES (1)")
                other.execute("INSERT INTO t VALUES (1)")  # waits until the server has ended the other
                asleep.execute("INSERT INTO t VALUES (2)")

        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            change()
        assert other.execute("SELECT n FROM t").fetchall() == [(1,)]
