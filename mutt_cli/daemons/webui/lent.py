"""The back ends of one request: connections of the worker's pools, taken when first asked for, given back at its end.

What commands do through `Backends` the web UI does through these, so that both call the same `ops/`.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from mutt_cli.ops.backends import Backends

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.core.secrets import Secrets
    from mutt_cli.daemons.runtime import Runtime
    from mutt_cli.daemons.webui.stores import Stores


class LentBackends(Backends):
    """For one request, in one thread. A context manager."""

    def __init__(self, runtime: Runtime, stores: Stores) -> None:
        super().__init__(runtime.settings, "mutt-webui")
        self._runtime, self._stores, self._lent = runtime, stores, ExitStack()
        self._primary: Connection | None = None
        self._read: Connection | None = None

    def __exit__(self, *error: object) -> None:
        """Give everything back; what the database said becomes ours to tell."""
        self._lent.__exit__(*error)  # type: ignore[arg-type]

    def redis(self) -> Client:
        """The client of this worker; whether it answers is known when it is asked."""
        return self._stores.client

    def postgres(self) -> Connection:
        """A connection of the pool. Raises MuttError as `Stores.database`."""
        if self._primary is None or self._primary.closed:
            self._primary = self._lent.enter_context(self._stores.database())
        return self._primary

    def replica(self) -> Connection:
        """For what may be moments old; the same connection where there is no replica."""
        if not self._stores.has_replica:
            return self.postgres()
        if self._read is None or self._read.closed:
            self._read = self._lent.enter_context(self._stores.replica())
        return self._read

    def secrets(self) -> Secrets:
        """Those of the daemon."""
        return self._runtime.secrets

    def close(self) -> None:
        """Give everything back."""
        self._lent.close()
