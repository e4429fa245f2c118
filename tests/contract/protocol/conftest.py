"""One contract suite, two servers: MUTT's own Valkey, and Redis where it is installed."""

from __future__ import annotations

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

    from mutt_cli.adapters.engines.valkey import Valkey


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


@pytest.fixture(params=["valkey", "redis"])
def redis_client(request: pytest.FixtureRequest, valkey: Valkey) -> Iterator[redis.Redis]:
    """A client of an emptied server of either kind. Replies are bytes."""
    socket = str(valkey.socket) if request.param == "valkey" else request.getfixturevalue("redis_server")
    client = redis.Redis(unix_socket_path=socket)
    client.flushall()
    yield client
    client.close()
