"""A connection to a database of this test's own, at the schema of this release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from mutt_cli.adapters.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mutt_cli.adapters.postgres import Connection
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
