"""What the history has stored survives a crash of PostgreSQL, also where the server commits asynchronously."""

from __future__ import annotations

import signal
import uuid

import psycopg

from mutt_cli.adapters import history
from mutt_cli.adapters.migrations import migrate
from mutt_cli.core.journal import Entry, Record
from tests import servers


def test_stored_entry_is_there_after_an_immediate_restart_of_a_server_with_asynchronous_commit() -> None:
    with servers.postgres_server() as server, server.database() as name:
        with psycopg.connect(server.dsn_for(name), autocommit=True) as conn:
            migrate(conn)
            assert conn.execute("SHOW synchronous_commit").fetchone() == ("off",)
            uid = str(uuid.uuid4())
            history.store(
                conn, [Entry(uid, 1_795_000_000_000, (Record(str(uuid.uuid4()), "c-1", "alerter", "alerted"),))]
            )
            assert server.engine.child is not None
            server.engine.child.send(signal.SIGQUIT)
        assert server.engine.child.wait(30) is not None
        server.engine.start()
        with psycopg.connect(server.dsn_for(name), autocommit=True) as conn:
            assert conn.execute("SELECT journal_uid::text FROM event_history").fetchall() == [(uid,)]
