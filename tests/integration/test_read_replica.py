"""POSTGRES_READ_HOST: what may be moments old is asked there, everything else at the primary.

The replica is a second server with a database of the same name, so that an answer tells where it comes from.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters.engines.postgres import ROLE, SUPERUSER
from mutt_cli.adapters.migrations import migrate
from mutt_cli.errors import UnreachableError
from mutt_cli.ops import audit, events
from mutt_cli.ops import trace as ops
from mutt_cli.ops.backends import Backends
from mutt_cli.settings import Postgres, Redis, Settings
from tests import servers
from tests.webui import web_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client
    from tests.servers import PostgresServer


EVENT = "01a20ad6-50ba-7000-8000-000000000001"
KNOWN = b"""
    INSERT INTO event_history (
        recorded_at, event_id, correlation_id, stage, outcome, reason, queue, pod, source, duration_us, attempt,
        hostname, sender, ingestor, severity, rule_name, operation_id, journal_uid
    ) VALUES (
        now(), %(id)s, 'known-to-the-replica', 'alerter', 'unhandled', 'no_rule', '', 'pod-1', 'api', 0, 0,
        'sw1', '', '', '', '', '', %(id)s
    )
"""


@pytest.fixture(scope="module")
def second() -> Iterator[PostgresServer]:
    with servers.postgres_server() as server:
        yield server


@pytest.fixture
def replica(second: PostgresServer, database: str, postgres: PostgresServer) -> Iterator[Postgres]:
    """Settings of both servers; both databases are migrated, only the second one has an audit row."""
    primary = Postgres(host=str(postgres.engine.sockets), db=database, read_host=str(second.engine.sockets))
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        migrate(conn)
    with psycopg.connect(second.dsn_for("postgres", SUPERUSER), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{database}" OWNER {ROLE}'.encode())
    with psycopg.connect(second.dsn_for(database), autocommit=True) as conn:
        migrate(conn)
        conn.execute("INSERT INTO alert_rules (rule_name, pattern) VALUES ('of the replica', 'x')")
    yield primary
    with psycopg.connect(second.dsn_for("postgres", SUPERUSER), autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{database}" WITH (FORCE)'.encode())


def test_the_audit_api_reads_the_replica_and_rules_are_the_primarys(
    postgres: PostgresServer, database: str, valkey: Valkey, redis_client: Client, replica: Postgres
) -> None:
    with web_app(postgres, database, valkey, read_host=replica.read_host) as web:
        (row,) = web.ask("GET", "/api/v1/audit-logs").json["logs"]
        assert row["new_values"]["rule_name"] == "of the replica"
        assert web.ask("GET", "/api/v1/rules").json["rules"] == []


def test_mutt_audit_and_mutt_event_read_the_replica_and_say_so(
    second: PostgresServer, database: str, valkey: Valkey, redis_client: Client, replica: Postgres
) -> None:
    with psycopg.connect(second.dsn_for(database), autocommit=True) as conn:
        conn.execute(KNOWN, {"id": EVENT})
    now = datetime.now(UTC)  # noqa: TID251  the server's clock made the rows
    with Backends(Settings(redis=Redis(socket=str(valkey.socket)), postgres=replica)) as backends:
        found = events.search(backends, events.Search(now - timedelta(hours=1), now + timedelta(hours=1)))
        assert [one.record.event_id for one in found.seen] == [EVENT]
        changes = audit.search(backends, audit.Wanted())
        assert [row.table_name for row in changes.rows] == ["alert_rules"]
        for warnings in (found.warnings, changes.warnings):
            assert "POSTGRES_READ_HOST" in warnings[0]


def test_a_replica_that_is_away_costs_the_audit_log_and_nothing_else(
    postgres: PostgresServer, database: str, valkey: Valkey, replica: Postgres, tmp_path: Path
) -> None:
    with web_app(postgres, database, valkey, read_host=str(tmp_path)) as web:
        assert web.ask("GET", "/api/v1/audit-logs").status_code == 500
        assert web.ask("GET", "/api/v1/rules").status_code == 200
        assert web.ask("GET", "/health").status_code == 200


def test_trace_asks_the_replica_and_says_that_it_may_lag(
    valkey: Valkey, redis_client: Client, replica: Postgres, database: str, second: PostgresServer
) -> None:
    with psycopg.connect(second.dsn_for(database), autocommit=True) as conn:
        conn.execute(KNOWN, {"id": EVENT})
    with Backends(Settings(redis=Redis(socket=str(valkey.socket)), postgres=replica)) as backends:
        found = ops.trace(backends, "known-to-the-replica", now_ms=0)
        assert isinstance(found, ops.Traced)
        assert [warning for warning in found.warnings if "POSTGRES_READ_HOST" in warning]
        row = backends.postgres().execute("SELECT count(*) FROM event_history").fetchone()
        assert row == (0,)


def test_without_a_replica_there_is_one_connection(postgres: PostgresServer, database: str) -> None:
    with Backends(Settings(postgres=Postgres(host=str(postgres.engine.sockets), db=database))) as backends:
        assert backends.replica() is backends.postgres()


def test_a_replica_that_is_away_is_named(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    here = Postgres(host=str(postgres.engine.sockets), db=database, read_host=str(tmp_path))
    with Backends(Settings(postgres=here)) as backends:
        with pytest.raises(UnreachableError, match=str(tmp_path)):
            backends.replica()
        assert backends.postgres().execute("SELECT 1").fetchone() == (1,)
