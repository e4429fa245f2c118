"""Connections of one command: Vault is asked only when a server wants a password that the settings do not hold."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import hvac
import pytest
from psycopg.conninfo import conninfo_to_dict

from mutt_cli.adapters.redis_client import RedisRefusedError, RedisUnavailableError
from mutt_cli.errors import AuthError, MuttError
from mutt_cli.ops.backends import Backends
from mutt_cli.settings import Postgres, Redis, Settings, Vault
from tests import servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client
    from tests.servers import PostgresServer


def nobody_there() -> Vault:
    """A Vault that cannot answer."""
    return Vault(addr=f"http://127.0.0.1:{servers.free_port()}", token="t")


@contextmanager
def password_wanted(client: Client, password: str) -> Iterator[None]:
    """While inside, the server wants a password of everybody who comes anew."""
    client.config_set("requirepass", password)
    try:
        yield
    finally:
        client.execute_command("AUTH", password)  # type: ignore[no-untyped-call]
        client.config_set("requirepass", "")


def test_servers_that_want_no_password_are_reached_without_vault(
    valkey: Valkey, postgres: PostgresServer, database: str
) -> None:
    words = conninfo_to_dict(postgres.dsn_for(database))
    settings = Settings(
        redis=Redis(socket=str(valkey.socket)),
        postgres=Postgres(
            host=str(words["host"]), port=int(words["port"] or 5432), user=str(words["user"]), db=database
        ),
        vault=nobody_there(),
    )
    with Backends(settings) as backends:
        assert backends.redis().ping()
        assert backends.redis() is backends.redis()
        assert backends.postgres().execute("SELECT 1").fetchone() == (1,)


def test_a_redis_that_wants_a_password_gets_the_one_in_vault(
    valkey: Valkey, redis_client: Client, openbao: DevOpenBao
) -> None:
    root = hvac.Client(url=openbao.address, token=openbao.root_token)
    root.secrets.kv.v2.create_or_update_secret("mutt/prod", secret={"REDIS_PASS": "old", "REDIS_PASS_NEXT": "new"})
    settings = Settings(
        redis=Redis(socket=str(valkey.socket)), vault=Vault(addr=openbao.address, token=openbao.root_token)
    )
    with password_wanted(redis_client, "new"), Backends(settings) as backends:
        assert backends.redis().ping()


def test_a_wanted_password_that_nobody_has_is_told(valkey: Valkey, redis_client: Client) -> None:
    with password_wanted(redis_client, "secret-7"):
        with (
            pytest.raises(RedisRefusedError) as refused,
            Backends(Settings(redis=Redis(socket=str(valkey.socket)))) as b,
        ):
            b.redis()
        assert refused.value.code == "MUTT-R102"
        with pytest.raises(MuttError) as away:
            Backends(Settings(redis=Redis(socket=str(valkey.socket)), vault=nobody_there())).redis()
        assert away.value.code == "MUTT-V101"


def test_a_server_that_is_away_is_named_without_asking_vault(tmp_path: Path) -> None:
    settings = Settings(redis=Redis(socket=str(tmp_path / "none.sock")), vault=nobody_there())
    with pytest.raises(RedisUnavailableError):
        Backends(settings).redis()


def test_a_database_that_does_not_exist_is_not_vaults_business(postgres: PostgresServer) -> None:
    words = conninfo_to_dict(postgres.dsn_for("no_such_database"))
    wanted = Postgres(host=str(words["host"]), port=int(words["port"] or 5432), db="no_such_database")
    with pytest.raises(AuthError) as refused:
        Backends(Settings(postgres=wanted, vault=nobody_there())).postgres()
    assert refused.value.code == "MUTT-P102"
