"""Fixtures for every test that needs a real server; a server starts when the first test asks for it."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import redis

from mutt_cli.adapters.engines.child import Child, Spec
from mutt_cli.adapters.engines.engine import await_answer
from tests import servers
from tests.peers import peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from mutt_cli.adapters.engines.valkey import Valkey


def pytest_configure() -> None:
    """A shell starts work in the background with Ctrl-C ignored; every process that a test starts would keep that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """One Valkey for the session; `.socket` is its unix socket."""
    with servers.valkey_server() as server:
        yield server


@pytest.fixture
def redis_client(valkey: Valkey) -> Iterator[redis.Redis]:
    """A client of an emptied Valkey. Replies are bytes."""
    client = redis.Redis(unix_socket_path=str(valkey.socket))
    client.flushall()
    client.config_resetstat()
    yield client
    client.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The system's Redis on a socket of its own; gives the socket's path."""
    program = peer("redis-server", "redis-server")
    account = servers.run_identity()
    with servers.short_folder(account) as folder, ExitStack() as scope:
        socket = folder / "redis.sock"
        argv = [program, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(folder)]
        child = Child(Spec([*argv, "--save", "", "--appendonly", "yes"], account, folder / "log"))
        scope.callback(child.kill_group)
        await_answer("Redis", child, lambda: _answers(str(socket)))
        yield str(socket)


def _answers(socket: str) -> bool:
    try:
        return bool(redis.Redis(unix_socket_path=socket).ping())
    except redis.RedisError:
        return False


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.PostgresServer]:
    """One PostgreSQL for the session; `.dsn_for(dbname)` connects as mutt_user."""
    with servers.postgres_server() as server:
        yield server


@pytest.fixture
def database(postgres: servers.PostgresServer) -> Iterator[str]:
    """Name of a fresh, empty database of mutt_user; `postgres.dsn_for(database)` connects to it."""
    with postgres.database() as name:
        yield name


@pytest.fixture(scope="session")
def openbao() -> Iterator[DevOpenBao]:
    """One Vault-API server for the session; `.address` and `.root_token`."""
    with servers.openbao_server() as server:
        yield server
