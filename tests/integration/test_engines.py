"""The embedded servers start, answer as the right account, survive a crash, and leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from tests import plain_http

if TYPE_CHECKING:
    import redis

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer


def test_valkey_appends_every_second_and_never_evicts(redis_client: redis.Redis) -> None:
    wanted = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "port": "0"}
    assert {key: redis_client.config_get(key)[key] for key in wanted} == wanted


def test_database_belongs_to_mutt_user_who_is_no_superuser(postgres: PostgresServer, database: str) -> None:
    with psycopg.connect(postgres.dsn_for(database)) as conn:
        row = conn.execute(
            "SELECT current_user, pg_get_userbyid(datdba), (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("mutt_user", "mutt_user", False)


def test_postgres_listens_on_no_network(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.dsn_for("mutt")) as conn:
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)


def test_openbao_accepts_its_root_token(openbao: DevOpenBao) -> None:
    headers = {"X-Vault-Token": openbao.root_token}
    answer = plain_http.get(f"{openbao.address}/v1/auth/token/lookup-self", headers=headers)
    assert answer.status_code == 200
