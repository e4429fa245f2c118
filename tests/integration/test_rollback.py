"""A Redis that was rolled back takes queues and counters back together; the witness names what it forgot."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest
import redis

from mutt_cli.adapters import witness, witness_totals
from mutt_cli.adapters.clock import now_ms
from mutt_cli.core.moment import rfc3339
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.ledger_accept import accept, booking
from mutt_cli.ops.reconcile import Reconciliation, reconcile
from mutt_cli.settings import Redis, Settings
from tests import servers
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import BROKEN, Flow
from tests.integration.rollback import Lagging, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.postgres import Connection

    Judged = Callable[[], Reconciliation]


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[Lagging]:
    with servers.valkey_server(in_memory=True) as server:
        yield Lagging(server, tmp_path / "past")


@pytest.fixture
def flow(lagging: Lagging, tmp_path: Path) -> Flow:
    return Flow(redis.Redis(unix_socket_path=str(lagging.server.socket)), tmp_path / "witness")


@pytest.fixture
def backends(lagging: Lagging, migrated: Connection) -> Backends:
    made = Backends(Settings(redis=Redis(socket=str(lagging.server.socket))))
    made._postgres = migrated
    return made


@pytest.fixture
def judged(backends: Backends, flow: Flow) -> Judged:
    return lambda: reconcile(backends, flow.witness)


def test_exactly_the_events_that_redis_forgot_are_named(lagging: Lagging, flow: Flow, judged: Judged) -> None:
    flow.send("LINK kept", "LINK kept too", "nothing")
    flow.decide()
    flow.forward()
    flow.send("LINK waits")
    lagging.keep()
    lost = flow.send("LINK a", "LINK b", "LINK c")
    publish(flow)
    assert judged().balanced
    lagging.fail_over()
    assert judged().balanced, "nobody has said yet what was accepted: the ledger closes by itself"
    publish(flow)
    result = judged()
    assert (result.balanced, result.remainder, set(result.missing), result.extra) == (False, 3, set(lost), ())
    assert (result.forgotten.total(), result.gone.total(), result.warnings) == (3, 3, ())
    flow.decide()
    flow.forward()
    assert set(judged().missing) == set(lost), "also while the others go on"


def test_what_was_delivered_before_is_forgotten_and_not_lost(
    lagging: Lagging, flow: Flow, migrated: Connection, judged: Judged
) -> None:
    flow.send("bad")
    flow.decide(BROKEN)
    lagging.keep()
    flow.send("LINK done", "nothing that a rule knows")
    flow.decide()
    flow.forward()
    flow.store(migrated)
    (waiting,) = flow.send("LINK half way")
    flow.decide()
    flow.store(migrated)
    (unseen,) = flow.send("LINK never taken")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    result = judged()
    assert (result.forgotten.total(), result.gone.total(), result.remainder) == (4, 2, 2)
    assert set(result.missing) == {waiting, unseen}


def test_a_ledger_that_is_only_behind_is_balanced(
    lagging: Lagging, flow: Flow, migrated: Connection, judged: Judged
) -> None:
    lagging.keep()
    flow.send("LINK done", "nothing")
    flow.decide()
    flow.forward()
    flow.store(migrated)
    publish(flow)
    lagging.fail_over()
    publish(flow)
    result = judged()
    assert (result.balanced, result.forgotten.total(), result.gone.total(), result.missing) == (True, 2, 0, ())


def test_steps_that_are_undone_and_made_again_leave_the_ledger_exact(
    lagging: Lagging, flow: Flow, migrated: Connection, judged: Judged
) -> None:
    """The restored stream holds entries that are stored already, and the restored queue what was delivered."""
    flow.send("LINK a", "LINK b", "nothing")
    flow.decide()
    lagging.keep()
    flow.store(migrated)
    flow.forward()
    flow.store(migrated)
    publish(flow)
    lagging.fail_over()
    publish(flow)
    assert judged().balanced
    flow.store(migrated)
    assert judged().balanced
    flow.forward()
    flow.store(migrated)
    assert (judged().balanced, judged().forgotten.total()) == (True, 0)
    decisions = migrated.execute("SELECT count(*) FROM event_history WHERE stage = 'alerter'").fetchone()
    assert decisions == (3,)


@pytest.mark.parametrize("source", ["mutt", "hand"])
def test_what_no_ingestor_accepted_stands_for_nothing_that_was_lost(
    source: str, lagging: Lagging, flow: Flow, migrated: Connection, judged: Judged
) -> None:
    """Meta-alerts or pushes by hand of the same minute, one delivered and one in a queue."""
    now = rfc3339(now_ms())
    for delivered in (True, False):
        made = {"event_id": flow.ids.new(), "received_at": now, "_source": source, "severity": "major"}
        flow.client.lpush(KEYS.alert_queue, json.dumps(made))
        flow.client.hincrby(KEYS.ledger, "generated", 1)
        flow.client.hincrby(KEYS.ledger_minutes, f"{now[:16]}|{source}|generated", 1)
        if delivered:
            flow.forward()
    flow.store(migrated)
    lagging.keep()
    (lost,) = flow.send("LINK a")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    assert (judged().remainder, judged().missing) == (1, (lost,))


def test_a_theft_and_a_rollback_in_one_minute_are_both_named(lagging: Lagging, flow: Flow, judged: Judged) -> None:
    (stolen,) = flow.send("LINK stolen")
    lagging.keep()
    lost = flow.send("LINK a", "LINK b")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    flow.client.rpop(KEYS.ingest_queue)
    result = judged()
    assert (result.remainder, set(result.missing)) == (3, {stolen, *lost})


def test_an_emptied_redis_has_forgotten_everything_and_is_told_what_was_done(
    flow: Flow, migrated: Connection, judged: Judged
) -> None:
    flow.send("LINK done", "nothing")
    flow.decide()
    flow.forward()
    flow.store(migrated)
    lost = flow.send("LINK a", "LINK b")
    publish(flow)
    flow.client.flushall()
    assert judged().balanced
    publish(flow)
    result = judged()
    assert (result.forgotten.total(), result.remainder, set(result.missing)) == (4, 2, set(lost))


def test_accepting_closes_what_was_forgotten_once(
    lagging: Lagging, flow: Flow, backends: Backends, migrated: Connection, judged: Judged
) -> None:
    flow.send("LINK early")
    lagging.keep()
    flow.send("LINK done")
    flow.decide()
    flow.forward()
    flow.store(migrated)
    flow.send("LINK a", "LINK b")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    done = accept(backends, judged(), booking(judged()), reason="failover of the night, INC-9", actor="mk@host")
    assert (done.amount, done.named) == (2, 2)
    green = reconcile(backends, flow.witness, rows=True)
    assert (green.balanced, green.forgotten.total(), green.reading.balance.accounted) == (True, 0, 3)
    assert {row.remainder for row in green.rows("minute")} == {0}
    (stolen,) = flow.send("LINK c")
    publish(flow)
    flow.client.lpop(KEYS.ingest_queue)
    assert judged().missing == (stolen,)


def test_of_another_host_the_number_is_known_and_names_are_not(
    lagging: Lagging, flow: Flow, backends: Backends, migrated: Connection, tmp_path: Path
) -> None:
    lagging.keep()
    flow.send("LINK done")
    flow.decide()
    flow.forward()
    flow.store(migrated)
    (named,) = flow.send("LINK decided")
    flow.decide()
    flow.store(migrated)
    flow.send("LINK never taken")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    result = reconcile(backends, tmp_path / "another host")
    assert (result.forgotten.total(), result.remainder, result.missing) == (3, 2, (named,))


def test_without_a_database_what_was_forgotten_is_not_called_accounted_for(
    lagging: Lagging, flow: Flow, tmp_path: Path
) -> None:
    lagging.keep()
    flow.send("LINK a")
    publish(flow)
    lagging.fail_over()
    publish(flow)
    with Backends(Settings(redis=Redis(socket=str(lagging.server.socket))), "mutt") as blind:
        object.__setattr__(blind.settings.postgres, "host", str(tmp_path))
        result = reconcile(blind, flow.witness)
    assert (result.balanced, result.remainder, result.missing) == (False, 1, ())
    assert any("cannot be judged" in warning for warning in result.warnings)


def test_a_ledger_ahead_of_its_witness_is_no_error(flow: Flow, judged: Judged) -> None:
    flow.send("LINK a")
    publish(flow)
    flow.send("LINK killed before it was noted")
    flow.notes.totals.clear()
    publish(flow)
    assert judged().balanced


class Ingest(threading.Thread):
    """Events that come in, and their totals, published at once, until told to stop."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(daemon=True)
        self._flow = flow
        self.rounds, self.stopped = 0, threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            self._flow.send("nothing", "LINK a")
            publish(self._flow)
            self._flow.decide()
            self._flow.forward()
            self.rounds += 1


def test_while_events_flow_and_are_published_nothing_is_called_forgotten(flow: Flow, judged: Judged) -> None:
    pump = Ingest(flow)
    pump.start()
    try:
        for _ in range(100):
            result = judged()
            assert (result.balanced, result.forgotten.total()) == (True, 0)
    finally:
        pump.stopped.set()
        pump.join(30)
    assert pump.rounds > 3


def test_a_total_is_never_lowered_and_two_processes_add_up(flow: Flow) -> None:
    minute = rfc3339(now_ms())[:16]
    for ingestor, total in (("p-1", 5), ("p-2", 7), ("p-1", 3)):
        said = witness_totals.Statement(flow.ids.new(), {minute: total})
        witness_totals.publish(flow.client, KEYS, ingestor, said)
    assert witness_totals.read(flow.client, KEYS) == {minute: 12}


def test_totals_of_earlier_processes_come_from_their_files(flow: Flow) -> None:
    flow.send("a", "b")
    again = Flow(flow.client, flow.witness)
    again.send("c")
    assert witness.totals(witness.sizes(flow.witness, "ingestor-1")).total() == 3
