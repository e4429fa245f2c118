"""A data base for commands that need nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from mutt_cli.adapters.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.postgres import Connection
    from tests.servers import PostgresServer


@pytest.fixture
def db_env(postgres: PostgresServer, database: str) -> dict[str, str]:
    """The environment of a command that is to work on `database`."""
    words = conninfo_to_dict(postgres.dsn_for(database))
    return {
        "POSTGRES_HOST": str(words["host"]),
        "POSTGRES_PORT": str(words.get("port") or 5432),
        "POSTGRES_USER": str(words["user"]),
        "POSTGRES_DB": database,
    }


@pytest.fixture
def migrated(postgres: PostgresServer, database: str) -> Iterator[Connection]:
    """A connection to `database`, which has the schema of this release."""
    with psycopg.connect(postgres.dsn_for(database), autocommit=True) as conn:
        migrate(conn)
        yield conn
