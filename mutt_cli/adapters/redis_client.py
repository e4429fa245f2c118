"""Connections to Redis or Valkey, and what their failures mean.

The client never repeats a command by itself (D25): a write whose reply was lost is repeated by the protocol, with the
same arguments, because only the protocol knows that its scripts are idempotent (architecture.md section 3).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from mutt_cli.errors import MuttError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.rotating_secret import RotatingSecret
    from mutt_cli.settings import Redis

Client = redis.Redis
CONNECT_TIMEOUT_S: Final = 2.0
SOCKET_TIMEOUT_S: Final = 5.0


@dataclass(eq=False)
class RedisUnavailableError(UnreachableError):
    """Redis cannot do this now (connection lost, loading, read-only replica, full); the same call may be repeated."""

    code: str = "MUTT-R101"


@dataclass(eq=False)
class RedisRefusedError(MuttError):
    """Redis answered, and the answer is no (wrong password, missing permission, a script error)."""

    code: str = "MUTT-R103"


REDIS_TROUBLE: Final = (RedisUnavailableError, RedisRefusedError)
"""What a running daemon waits out: Redis away, or refusing us for now (a password being rotated, an ACL reloaded)."""


def connect(settings: Redis, password: str | None = None, name: str = "mutt") -> Client:
    """A client with a pool of its own; nothing is sent yet. `password` from Vault wins over the setting.

    `name` is how Redis lists its connections: `mutt` for commands, `mutt-alerter` and so on for daemons.
    """
    options: dict[str, Any] = {
        "db": settings.db,
        "password": password or settings.password or None,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
        "max_connections": settings.pool_max,
        "redis_connect_func": lambda connection: _introduce(connection, name),
    }
    if settings.socket:
        return redis.Redis(unix_socket_path=settings.socket, **options)
    options |= {"socket_keepalive": settings.socket_keepalive, "health_check_interval": settings.health_check_interval}
    if settings.tls_enabled:
        options |= {
            "ssl": True,
            "ssl_ca_certs": settings.tls_ca_cert or None,
            "ssl_certfile": settings.tls_client_cert or None,
            "ssl_keyfile": settings.tls_client_key or None,
            "ssl_check_hostname": True,
        }
    if settings.sentinels:
        nodes = [(host, int(port or "26379")) for host, _, port in (node.partition(":") for node in settings.sentinels)]
        # Asking the sentinels is bounded like everything else: beat and work loop run during a failover too.
        asking = {name: value for name, value in options.items() if name not in ("db", "max_connections")}
        asking["socket_timeout"] = CONNECT_TIMEOUT_S
        sentinel = Sentinel(nodes, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
        master: Client = sentinel.master_for(settings.sentinel_master, **options)  # type: ignore[no-untyped-call]
        return master
    return redis.Redis(host=settings.host, port=settings.port, **options)


def _introduce(connection: Any, name: str) -> None:
    """What the driver does on a new connection, and our name; who may not give one works without."""
    connection.on_connect()
    connection.send_command("CLIENT", "SETNAME", name)
    try:
        connection.read_response()
    except redis.exceptions.ResponseError:
        return


def with_password(client: Client, password: RotatingSecret) -> Client:
    """The client, whose new connections log in with the value of then, and with the other one if that is refused.

    Connections that are there stay: Redis asks for a password only once.
    """
    pools = [client.connection_pool]
    sentinel = getattr(client.connection_pool, "sentinel_manager", None)
    if sentinel is not None:
        pools += [one.connection_pool for one in sentinel.sentinels]
    for pool in pools:
        pool.connection_class = type("Admitted", (_Admitted, pool.connection_class), {"rotating": password})
    return client


class _Admitted(redis.connection.AbstractConnection):
    """What `with_password` adds to a kind of connection."""

    rotating: RotatingSecret

    def connect_check_health(self, *args: Any, **options: Any) -> None:
        """Connect and log in; each value is tried on a connection of its own."""
        if self.is_connected:
            return

        def attempt(password: str) -> None:
            self.password = password or None
            super(_Admitted, self).connect_check_health(*args, **options)

        self.rotating.admitted(attempt, lambda error: isinstance(error, redis.exceptions.AuthenticationError))


def as_read(text: str) -> str | bytes:
    """Text as the driver can send it: a name that was read with surrogateescape is the bytes that it was read from.

    The driver refuses such text, and a hand may have written any bytes as the name of a worker.
    """
    return text if text.isascii() else text.encode("utf-8", "surrogateescape")


def address(settings: Redis) -> str:
    """Where the client goes, for people."""
    if settings.socket:
        return settings.socket
    return ",".join(settings.sentinels) or f"{settings.host}:{settings.port}"


_NO_ANSWER: Final = (
    redis.exceptions.ConnectionError, redis.exceptions.TimeoutError,
    redis.exceptions.InvalidResponse,  # whoever answers there speaks something else
)  # fmt: skip
_BUSY: Final = ("OOM ", "MISCONF", "NOREPLICAS", "UNBLOCKED", "BUSY ")
# Answers whose first word the driver cuts off and turns into a class of its own.
_AWAY: Final = (
    redis.exceptions.ReadOnlyError, redis.exceptions.MasterDownError, redis.exceptions.TryAgainError,
    redis.exceptions.ClusterDownError,
)  # fmt: skip


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn the driver's exceptions into ours, keeping its text (contract.md 8.3: operators search for it)."""
    try:
        yield
    except redis.exceptions.AuthenticationError as error:
        raise RedisRefusedError(
            f"Redis refused our credentials: {error}",
            code="MUTT-R102",
            tries=("mutt vault status", "mutt context check"),
        ) from error
    except _NO_ANSWER as error:
        raise RedisUnavailableError(
            f"redis.exceptions.{type(error).__name__}: {error}",
            why="queues cannot be reached; what was accepted stays in Redis",
            tries=("mutt status", "redis-cli PING"),
        ) from error
    except redis.exceptions.ResponseError as error:
        text = f"OOM {error}" if isinstance(error, redis.exceptions.OutOfMemoryError) else str(error)
        if text.startswith(_BUSY) or isinstance(error, _AWAY):
            raise RedisUnavailableError(
                f"Redis cannot do this now: {text}",
                code="MUTT-R104",
                why="it answers but refuses writes; nothing was changed",
                tries=("redis-cli INFO memory", "redis-cli INFO persistence"),
            ) from error
        raise RedisRefusedError(f"Redis refused a command: {text}") from error


def require_noeviction(client: Client) -> None:
    """Refuse a Redis that may throw queues away (D25, C-46). A Redis that hides CONFIG is believed."""
    try:
        with failures_named():
            policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except RedisRefusedError:
        return
    if str(policy) not in {"noeviction", "b'noeviction'"}:
        raise RedisRefusedError(
            f"Redis runs with maxmemory-policy {policy}, which throws whole queues away when memory is full",
            code="MUTT-R105",
            why="queues are data here; MUTT does not start on a Redis that may delete them",
            tries=("redis-cli CONFIG SET maxmemory-policy noeviction", "redis-cli CONFIG REWRITE"),
        )
