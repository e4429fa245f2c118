"""The historian: moves the journal from Redis to PostgreSQL, each entry once, by whoever holds its lease.

Each alerter daemon runs one, as a process beside its workers; of all of them one leads. An entry leaves Redis only
after the transaction that stored it has committed, so a crash anywhere stores nothing twice (entries are known by uid)
and loses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import history, history_partitions, host, journal_stream, kept_history, rule_matches
from mutt_cli.adapters.clock import boottime_s, utc_now
from mutt_cli.adapters.postgres import DatabaseError, connect_rotating, waited_for_lock
from mutt_cli.adapters.redis_client import RedisUnavailableError
from mutt_cli.adapters.single_lease import SingleLease
from mutt_cli.daemons.folding import Folding
from mutt_cli.errors import MuttError
from mutt_cli.ops import retention

if TYPE_CHECKING:
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.daemons.runtime import Runtime

LEASE_MS = 15_000
IDLE_S = 0.2
RETRY_S = 1.0
HOUSEKEEPING_S = 3600.0
RETRY_HOUSE_S = 300.0


class Historian:
    """Stores the journal while its lease lasts."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._client = runtime.redis()
        self._lease = SingleLease(self._client, runtime.keys.historian, LEASE_MS)
        self._folding = Folding(runtime, self._client)
        self._conn: Connection | None = None
        self._next_housekeeping = 0.0

    def run(self) -> None:
        """Until the daemon stops; a data base that is away delays history and nothing else."""
        stop = self._runtime.stop
        while not stop.is_set():
            try:
                moved = self._step() if self._lease.hold() else 0
            except (DatabaseError, MuttError) as error:
                self._runtime.log.warning("history waits in the journal: %s", error)
                if isinstance(error, DatabaseError) and waited_for_lock(error):
                    self._end_stuck()
                self._forget_connection()
                stop.wait(RETRY_S)
                continue
            if not moved:
                stop.wait(IDLE_S)
        self._resign()

    def _end_stuck(self) -> None:
        """We lead, and a session of one that led before holds what we need: nobody else would ever end it."""
        try:
            ended = history.end_stuck(self._connection(), LEASE_MS / 1000)
        except (DatabaseError, MuttError) as error:
            self._runtime.log.warning("sessions of former historians stay: %s", error)
            return
        if ended:
            self._runtime.log.warning("ended %d sessions of former historians, which held the history up", ended)

    def _step(self) -> int:
        """Store one slice of the journal; returns the number of entries."""
        conn = self._connection()
        if boottime_s() >= self._next_housekeeping:
            self._keep_house(conn)
        self._folding.when_due(conn)
        waiting = journal_stream.read(self._client, self._runtime.keys)
        if not waiting:
            return 0
        result = history.store(conn, [entry for _, entry in waiting if entry.records])
        if result.rejected:
            self._runtime.log.error("%d history rows were refused; kept in event_history_rejects", result.rejected)
        journal_stream.forget(self._client, self._runtime.keys, [(stream, entry.uid) for stream, entry in waiting])
        return len(waiting)

    def _keep_house(self, conn: Connection) -> None:
        self._next_housekeeping = boottime_s() + RETRY_HOUSE_S
        try:
            self._partitions(conn)
        except DatabaseError as error:  # a long reader holds the tables: history goes on, rows find DEFAULT
            self._runtime.log.warning("history partitions wait: %s", error)
            return
        self._next_housekeeping = boottime_s() + HOUSEKEEPING_S

    def _partitions(self, conn: Connection) -> None:
        kept, today = retention.policy(self._runtime.settings, self._runtime.state_dir), utc_now().date()
        told = kept_history.Kept(self._runtime.pod, host.hostname(), kept.days, kept.raw_days, kept.max_bytes)
        kept_history.tell(self._client, self._runtime.keys, told)
        rule_matches.fold(conn)
        made = history_partitions.ensure_partitions(conn, today)
        day, dropped = history_partitions.agreed_day(conn, today), list[str]()
        if day is None:
            self._runtime.log.error("no history is dropped: this host says %s, PostgreSQL another day", today)
        else:
            dropped = history_partitions.drop_partitions(
                conn, day, days=kept.days, raw_days=kept.raw_days, max_bytes=kept.max_bytes
            )
        if made or dropped:
            self._runtime.log.info("history partitions: made %s, dropped %s", made, dropped)

    def _connection(self) -> Connection:
        if self._conn is None:
            settings = self._runtime.settings.postgres
            self._conn = connect_rotating(settings, self._runtime.db_password, history.SESSION)
        return self._conn

    def _forget_connection(self) -> None:
        if self._conn is not None:
            self._conn.close()
        self._conn = None

    def _resign(self) -> None:
        try:
            self._lease.resign()
        except RedisUnavailableError:
            self._runtime.log.debug("the historian's lease will expire by itself")
        self._forget_connection()
