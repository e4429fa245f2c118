"""A connection to a database of this test's own, at the schema of this release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters.migrations import migrate
from mutt_cli.ops.backends import Backends
from mutt_cli.settings import Redis, Settings
from tests.integration.flow import Flow
from tests.integration.platforms import state_folder
from tests.webui import Web, web_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from tests.servers import PostgresServer


@pytest.fixture
def connector(postgres: PostgresServer, database: str) -> Iterator[Callable[[], Connection]]:
    """Opens connections to this test's database, as `adapters.postgres.connect` would, and closes them at the end."""
    opened: list[Connection] = []

    def connect() -> Connection:
        opened.append(psycopg.connect(postgres.dsn_for(database), autocommit=True, prepare_threshold=None))
        return opened[-1]

    yield connect
    for conn in opened:
        conn.close()


@pytest.fixture
def empty(connector: Callable[[], Connection]) -> Connection:
    """A database that was never migrated."""
    return connector()


@pytest.fixture
def migrated(empty: Connection) -> Connection:
    """A migrated database; its partitions are still to be made."""
    migrate(empty)
    return empty


@pytest.fixture
def backends(valkey: Valkey, migrated: Connection) -> Backends:
    """Connections as a command makes them, with this test's database."""
    made = Backends(Settings(redis=Redis(socket=str(valkey.socket))))
    made._postgres = migrated
    return made


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder for a platform of `mutt up`."""
    with state_folder() as folder:
        yield folder


@pytest.fixture
def flow(redis_client: Client, tmp_path: Path) -> Flow:
    """A pipeline without processes: each step by its real script, when the test says so."""
    return Flow(redis_client, tmp_path / "witness")


@pytest.fixture
def web(postgres: PostgresServer, database: str, valkey: Valkey, redis_client: object) -> Iterator[Web]:
    """The web UI's app in this process, on a migrated database without rules and an empty Redis."""
    del redis_client
    with web_app(postgres, database, valkey) as made:
        with made.stores.database() as conn:
            migrate(conn)
        yield made
