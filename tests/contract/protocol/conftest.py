"""One contract suite, two servers: MUTT's own Valkey, and Redis where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.valkey import Valkey


@pytest.fixture(params=["valkey", "redis"])
def redis_client(request: pytest.FixtureRequest, valkey: Valkey) -> Iterator[redis.Redis]:
    """A client of an emptied server of either kind. Replies are bytes."""
    socket = str(valkey.socket) if request.param == "valkey" else request.getfixturevalue("redis_server")
    client = redis.Redis(unix_socket_path=socket)
    client.flushall()
    yield client
    client.close()
