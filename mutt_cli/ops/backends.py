"""Connections of one command: made when first asked for, kept until the end, passwords fetched only if demanded.

A server on a unix socket or without a password is reached without Vault: looking at queues must work while Vault is
sealed. Only when the server asks for a password that the settings do not hold is Vault read (D15, D37).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import redis_client
from mutt_cli.adapters.redis_client import RedisRefusedError, failures_named
from mutt_cli.errors import AuthError
from mutt_cli.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.secrets import Secrets
    from mutt_cli.settings import Postgres, Settings

CALL_TIMEOUT_S: Final = 2.0
"""One call to a back end is bounded by this (D37)."""


@dataclass
class Backends:
    """Redis, PostgreSQL and Vault of one deployment. A context manager; threads may share it."""

    settings: Settings
    application_name: str = "mutt"
    _redis: Client | None = field(default=None, init=False, repr=False)
    _postgres: Connection | None = field(default=None, init=False, repr=False)
    _replica: Connection | None = field(default=None, init=False, repr=False)
    _secrets: Secrets | None = field(default=None, init=False, repr=False)
    _locks: tuple[threading.Lock, threading.Lock, threading.Lock] = field(
        default_factory=lambda: (threading.Lock(), threading.Lock(), threading.Lock()), init=False, repr=False
    )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def keys(self) -> Keys:
        """The key names of this deployment's lane."""
        return Keys(self.settings.redis.key_tag)

    def redis(self) -> Client:
        """A client that has answered. Raises RedisUnavailableError MUTT-R101 or RedisRefusedError MUTT-R102."""
        with self._locks[0]:
            if self._redis is None:
                self._redis = self._first_admitted()
            return self._redis

    def postgres(self) -> Connection:
        """A connection in autocommit mode. Raises MUTT-P101 (unreachable), P102 (login) or P103 (no free slot).

        Errors of later statements are the caller's: `postgres.explain` makes them ours.
        """
        with self._locks[1]:
            if self._postgres is None or self._postgres.closed:
                self._postgres = self._connected(self.settings.postgres)
            return self._postgres

    def idle_postgres(self) -> Connection:
        """As `postgres`, but never a connection whose last statement was left in the middle: that one is closed."""
        from mutt_cli.adapters import postgres  # noqa: PLC0415  as in `_connected`

        with self._locks[1]:
            if self._postgres is not None and not postgres.is_idle(self._postgres):
                self._postgres.close()
        return self.postgres()

    def replica(self) -> Connection:
        """A connection for what may be moments old: to POSTGRES_READ_HOST if that is set. Errors as `postgres`."""
        from mutt_cli.adapters import postgres  # noqa: PLC0415  as in `_connected`

        where = postgres.for_reading(self.settings.postgres)
        if where == self.settings.postgres:
            return self.postgres()
        with self._locks[1]:
            if self._replica is None or self._replica.closed:
                self._replica = self._connected(where)
            return self._replica

    def secrets(self) -> Secrets:
        """MUTT's secrets, read from Vault once. Errors as `VaultSession.read_secrets`, without waiting."""
        with self._locks[2]:
            if self._secrets is None:
                # hvac takes 0.14 s to import, which only those pay whose servers want a password.
                from mutt_cli.adapters.vault import VaultSession  # noqa: PLC0415

                self._secrets = VaultSession(replace(self.settings.vault, startup_timeout=0)).read_secrets(())
            return self._secrets

    def close(self) -> None:
        """Close what was opened."""
        if self._redis is not None:
            self._redis.close()
        for conn in (self._postgres, self._replica):
            if conn is not None:
                conn.close()

    def _first_admitted(self) -> Client:
        refused: RedisRefusedError | None = None
        for password in self._passwords("REDIS_PASS"):
            client = redis_client.connect(self.settings.redis, password)
            client.connection_pool.connection_kwargs["socket_timeout"] = CALL_TIMEOUT_S
            try:
                with failures_named():
                    client.ping()
            except RedisRefusedError as error:
                if error.code != "MUTT-R102":
                    raise
                refused = error
            else:
                return client
        raise refused or RedisRefusedError("Redis refused us", code="MUTT-R102")

    def _connected(self, settings: Postgres) -> Connection:
        # psycopg takes 0.09 s to import, a third of what a command on queues takes, which never asks for it.
        from mutt_cli.adapters import postgres  # noqa: PLC0415

        refused: AuthError | None = None
        for password in self._passwords("DB_PASS"):
            try:
                return postgres.connect(settings, password or settings.password, self.application_name)
            except AuthError as error:
                if not postgres.wants_other_password(error):
                    raise
                refused = error
        raise refused or AuthError("PostgreSQL refused us", code="MUTT-P102")

    def _passwords(self, name: str) -> Iterator[str]:
        """What the settings say (perhaps nothing), then, only if the caller is still not content, Vault's values."""
        yield ""
        if self.settings.vault.addr:
            yield from self.secrets().accepted(name)
