"""The ledger balances on a real flow, and goes red with exactly the id of whatever hands took away."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from mutt_cli.core.reconciliation import glimpse
from mutt_cli.errors import RefusedError
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.ledger_accept import accept, booking
from mutt_cli.ops.reconcile import Reconciliation, reconcile
from mutt_cli.settings import Redis, Settings
from tests.contract.protocol.workers import KEYS
from tests.integration.flow import AGAIN, BROKEN, REFUSED, Flow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client


@pytest.fixture
def judged(backends: Backends, flow: Flow) -> Callable[[], Reconciliation]:
    return lambda: reconcile(backends, flow.witness)


def everywhere(flow: Flow) -> dict[str, str]:
    """A flow with two messages in each place, and some that are through; returns an id in each list by its key."""
    there: dict[str, str] = {}
    there[KEYS.dlq_alerter] = flow.send("bad 1", "bad 2")[0]
    flow.decide(BROKEN)
    there[KEYS.dlq_moog] = flow.send("LINK a", "LINK b")[1]
    flow.decide()
    flow.forward(REFUSED)
    there[KEYS.retry] = flow.send("LINK c", "LINK d")[0]
    flow.decide()
    flow.forward(AGAIN)
    flow.send("LINK through", "nothing that a rule knows", "LINK through too")
    flow.decide()
    flow.forward()
    there[KEYS.processing("moog", "f1")] = flow.send("LINK e", "LINK f")[1]
    flow.decide()
    flow.hold()
    there[KEYS.alert_queue] = flow.send("LINK g", "LINK h", "LINK i")[1]
    flow.decide()
    there[KEYS.processing("alerter", "a1")] = flow.send("LINK j", "other", "LINK k")[1]
    flow.take()
    there[KEYS.ingest_queue] = flow.send("LINK l", "LINK m")[0]
    return there


def elements(client: Client, key: str) -> list[bytes]:
    """What a list or the retry set holds, the newest or the first due first."""
    found = client.zrange(key, 0, -1) if key == KEYS.retry else client.lrange(key, 0, -1)
    return [one for one in found if isinstance(one, bytes)]


def remove(client: Client, key: str, event_id: str) -> bytes:
    """What an operator does with LREM or ZREM; returns the element."""
    if key == KEYS.retry:
        members = [one for one in elements(client, key) if event_id.encode() in one]
        assert client.zrem(key, members[0]) == 1
        return members[0].partition(b"|")[2]
    found = [one for one in elements(client, key) if glimpse(one).event_id == event_id]
    assert client.lrem(key, 1, found[0].decode()) == 1
    return found[0]


PLACES = (
    KEYS.ingest_queue, KEYS.processing("alerter", "a1"), KEYS.alert_queue, KEYS.processing("moog", "f1"), KEYS.retry,
    KEYS.dlq_moog, KEYS.dlq_alerter,
)  # fmt: skip


def test_an_empty_platform_balances(judged: Callable[[], Reconciliation]) -> None:
    assert judged().balanced


def test_a_flow_with_messages_everywhere_balances(flow: Flow, judged: Callable[[], Reconciliation]) -> None:
    everywhere(flow)
    result = judged()
    balance = result.reading.balance
    assert (result.balanced, result.missing, result.extra) == (True, (), ())
    assert (balance.counters["accepted"], balance.counters["forwarded"], balance.counters["unhandled"]) == (19, 2, 1)
    assert balance.in_flight == 16


@pytest.mark.parametrize("key", PLACES)
@pytest.mark.parametrize("stored", [False, True], ids=["journal in the stream", "journal in the database"])
def test_one_element_taken_from_any_list_is_named(
    key: str, stored: bool, flow: Flow, migrated: Connection, judged: Callable[[], Reconciliation]
) -> None:
    event_id = everywhere(flow)[key]
    if stored:
        flow.store(migrated)
    remove(flow.client, key, event_id)
    result = judged()
    assert (result.balanced, result.remainder, result.missing, result.extra) == (False, 1, (event_id,), ())


def test_what_was_counted_in_but_never_accepted_here_is_named_from_the_journal(
    flow: Flow, migrated: Connection, backends: Backends, tmp_path: Path
) -> None:
    event_id = everywhere(flow)[KEYS.alert_queue]
    flow.store(migrated)
    remove(flow.client, KEYS.alert_queue, event_id)
    assert reconcile(backends, tmp_path / "another host").missing == (event_id,)


def test_a_copy_pushed_by_hand_is_named_as_extra(flow: Flow, judged: Callable[[], Reconciliation]) -> None:
    event_id = everywhere(flow)[KEYS.alert_queue]
    twin = next(one for one in elements(flow.client, KEYS.alert_queue) if event_id.encode() in one)
    flow.client.lpush(KEYS.alert_queue, twin)
    result = judged()
    assert (result.balanced, result.remainder, result.missing, result.extra) == (False, -1, (), (event_id,))


@pytest.mark.parametrize("stored", [False, True])
def test_a_delivered_alert_pushed_again_is_named_as_extra_also_after_its_delivery(
    stored: bool, flow: Flow, migrated: Connection, judged: Callable[[], Reconciliation]
) -> None:
    (event_id,) = flow.send("LINK once")
    flow.decide()
    element = elements(flow.client, KEYS.alert_queue)[0]
    flow.forward()
    flow.client.lpush(KEYS.alert_queue, element)
    assert (judged().remainder, judged().extra) == (-1, (event_id,))
    flow.forward()
    if stored:
        flow.store(migrated)
    assert (judged().remainder, judged().extra) == (-1, (event_id,))


def test_a_loss_and_a_copy_do_not_hide_behind_each_other_for_long(
    flow: Flow, judged: Callable[[], Reconciliation]
) -> None:
    there = everywhere(flow)
    twin = elements(flow.client, KEYS.alert_queue)[0]
    for name in (KEYS.ingest_queue, KEYS.retry):
        remove(flow.client, name, there[name])
    flow.client.lpush(KEYS.alert_queue, twin)
    result = judged()
    assert result.remainder == 1
    assert set(result.missing) == {there[KEYS.ingest_queue], there[KEYS.retry]}
    assert result.extra == (glimpse(twin).event_id,)


def test_a_push_by_hand_waits_to_be_counted_and_does_not_unbalance(
    flow: Flow, judged: Callable[[], Reconciliation]
) -> None:
    flow.send("LINK a")
    flow.client.lpush(KEYS.ingest_queue, '{"message":"LINK by hand"}', "no JSON at all")
    flow.client.lpush(KEYS.alert_queue, '{"description":"by hand","severity":"critical"}')
    result = judged()
    assert (result.balanced, result.waiting, result.missing) == (True, 3, ())
    flow.decide()
    flow.forward()
    result = judged()
    assert (result.balanced, result.waiting) == (True, 0)
    assert result.reading.balance.counters["injected"] == 3


def test_a_loss_is_named_beside_pushes_by_hand(flow: Flow, judged: Callable[[], Reconciliation]) -> None:
    lost, _kept = flow.send("LINK a", "LINK b")
    remove(flow.client, KEYS.ingest_queue, lost)
    flow.client.lpush(KEYS.alert_queue, '{"description":"by hand"}', '{"description":"another"}')
    result = judged()
    assert (result.remainder, result.waiting, result.missing) == (1, 2, (lost,))


def test_an_orphaned_list_that_nobody_registered_counts_as_in_flight(
    flow: Flow, judged: Callable[[], Reconciliation]
) -> None:
    flow.send("LINK a")
    flow.client.rename(KEYS.ingest_queue, KEYS.processing("alerter", "forgotten"))
    result = judged()
    assert (result.balanced, result.reading.lengths["inflight-alerter-forgotten"]) == (True, 1)


def test_rows_show_the_source_and_the_minute_that_are_off(flow: Flow, backends: Backends) -> None:
    ids = flow.send("LINK a", "LINK b", "LINK c")
    flow.decide()
    remove(flow.client, KEYS.alert_queue, ids[1])
    result = reconcile(backends, flow.witness, rows=True)
    (by_source,) = result.rows("source")
    assert (by_source.source, by_source.remainder, by_source.balance.in_flight) == ("api", 1, 2)
    (by_minute,) = result.rows("minute")
    assert by_minute.remainder == 1
    assert by_minute.balance.counters["accepted"] == 3


def test_without_a_database_the_stream_names_what_it_can_and_says_what_it_cannot(
    flow: Flow, valkey: Valkey, tmp_path: Path
) -> None:
    there = everywhere(flow)
    remove(flow.client, KEYS.alert_queue, there[KEYS.alert_queue])
    remove(flow.client, KEYS.ingest_queue, there[KEYS.ingest_queue])
    with Backends(Settings(redis=Redis(socket=str(valkey.socket))), "mutt") as blind:
        object.__setattr__(blind.settings.postgres, "host", str(tmp_path))
        result = reconcile(blind, flow.witness)
    assert (result.remainder, result.missing) == (2, (there[KEYS.alert_queue],))
    assert any("cannot be judged" in warning for warning in result.warnings)


def test_an_accepted_remainder_is_closed_and_its_ids_end_in_the_journal(
    flow: Flow, backends: Backends, judged: Callable[[], Reconciliation]
) -> None:
    there = everywhere(flow)
    remove(flow.client, KEYS.alert_queue, there[KEYS.alert_queue])
    red = judged()
    done = accept(backends, red, booking(red), reason="LREM by hand, INC-7", actor="mk@host")
    assert (done.amount, done.named) == (1, 1)
    green = reconcile(backends, flow.witness, rows=True)
    assert (green.balanced, green.reading.balance.accounted) == (True, 1)
    assert [row.remainder for row in green.rows("source")] == [0]
    with pytest.raises(RefusedError):
        accept(backends, red, booking(red), reason="again", actor="mk@host")
    assert judged().balanced
    remove(flow.client, KEYS.ingest_queue, there[KEYS.ingest_queue])
    assert judged().missing == (there[KEYS.ingest_queue],)


def test_an_id_that_only_lacks_its_record_is_never_accepted_as_lost(
    flow: Flow, backends: Backends, judged: Callable[[], Reconciliation]
) -> None:
    delivered, gone = flow.send("LINK a", "LINK b")
    flow.decide()
    flow.forward()
    last = flow.client.xrevrange(KEYS.journal, count=2)
    assert last is not None
    flow.client.xdel(
        KEYS.journal, *[stream_id for stream_id, _ in last if stream_id]
    )  # the deliveries' records are lost
    (third,) = flow.send("LINK c")
    flow.decide()
    remove(flow.client, KEYS.alert_queue, third)
    red = judged()
    assert (red.remainder, set(red.missing), red.names_too_many) == (1, {delivered, gone, third}, True)
    done = accept(backends, red, booking(red), reason="INC-8", actor="mk@host")
    assert (done.amount, done.named) == (1, 0)
    assert judged().balanced


def test_an_accepted_copy_is_counted_as_injected(
    flow: Flow, backends: Backends, judged: Callable[[], Reconciliation]
) -> None:
    flow.send("LINK a")
    flow.decide()
    flow.client.lpush(KEYS.alert_queue, elements(flow.client, KEYS.alert_queue)[0])
    assert accept(backends, judged(), booking(judged()), reason="meant so", actor="mk@host").amount == -1
    assert judged().balanced
    flow.forward()
    flow.forward()
    assert judged().balanced


class Pump(threading.Thread):
    """Events that flow through everything, and a historian that moves their journal, until told to stop."""

    def __init__(self, flow: Flow, conn: Connection) -> None:
        super().__init__(daemon=True)
        self._flow, self._conn = flow, conn
        self.rounds, self.stopped = 0, threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            self._flow.send(*(f"LINK {number}" for number in range(40)), "nothing")
            self._flow.decide()
            self._flow.forward()
            if self.rounds % 3 == 0:
                self._flow.store(self._conn)
            self.rounds += 1


@pytest.fixture
def pump(flow: Flow, connector: Callable[[], Connection]) -> Iterator[Pump]:
    running = Pump(flow, connector())
    yield running
    running.stopped.set()
    running.join(timeout=30)


def test_while_events_flow_the_ledger_is_never_falsely_red(
    flow: Flow, pump: Pump, judged: Callable[[], Reconciliation]
) -> None:
    (lost,) = flow.send("bad")
    flow.decide(BROKEN)
    pump.start()
    looks = 0
    while looks < 100 or pump.rounds <= 3:
        assert judged().remainder == 0
        assert pump.is_alive()
        looks += 1
    remove(flow.client, KEYS.dlq_alerter, lost)
    for _ in range(3):
        result = judged()
        assert (result.remainder, result.missing, result.extra) == (1, (lost,), ())
    assert pump.is_alive()
