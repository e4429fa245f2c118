"""Folding: the historian's leader moves closed minutes of the ledger from Redis to PostgreSQL, one fold at a time.

A minute is closed for this an hour after it began. What changes later (a dead letter replayed after a week) is one more
fold of the same minute: folds are sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import ledger_folds, queue_reading
from mutt_cli.adapters.clock import IdSource, boottime_s
from mutt_cli.adapters.postgres import DatabaseError
from mutt_cli.core.moment import rfc3339

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.daemons.runtime import Runtime

CLOSED_AFTER_MS: Final = 3_600_000
EVERY_S: Final = 30.0


class Folding:
    """What the leading historian does every half minute."""

    def __init__(self, runtime: Runtime, client: Client) -> None:
        self._runtime, self._client = runtime, client
        self._ids = IdSource()
        self._next = 0.0

    def when_due(self, conn: Connection) -> None:
        """Fold if it is time, once: readers want both stores to stand still for a moment.

        Trouble of the data base delays folding and never the history.
        """
        if boottime_s() < self._next:
            return
        self._next = boottime_s() + EVERY_S
        try:
            self.step(conn)
        except DatabaseError as error:
            self._runtime.log.warning("closed minutes of the ledger wait in Redis: %s", error)

    def step(self, conn: Connection) -> bool:
        """End the fold that is under way, or make one; False if there is nothing to fold."""
        client, keys = self._client, self._runtime.keys
        fold = ledger_folds.state(client, keys)
        if not fold.uid:
            before = rfc3339(queue_reading.now_ms(client) - CLOSED_AFTER_MS)[:16]
            if not ledger_folds.begin(client, keys, self._ids.new(), before):
                return False
            fold = ledger_folds.state(client, keys)
            if not fold.uid:  # Redis was rolled back in between
                return False
        if ledger_folds.store(conn, keys.tag, fold):
            self._runtime.log.debug("ledger: folded %d counters of closed minutes", len(fold.entries))
        return ledger_folds.end(client, keys, fold.uid)
