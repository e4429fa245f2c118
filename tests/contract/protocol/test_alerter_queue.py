"""Claim and finish of a batch: idempotent, fenced, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.adapters import alerter_queue, journal_stream
from mutt_cli.adapters.alerter_queue import Batch, Conflict, MoreMark, NewMark, Plan
from mutt_cli.core import journal
from tests.contract.protocol.workers import KEYS, Worker, expire, fill, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client


def registered(client: Client) -> Worker:
    worker = Worker(client)
    worker.register()
    return worker


def test_claim_takes_the_oldest_first_and_keeps_them_in_hand(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, *[f"e{i}" for i in range(120)])

    batch = worker.take(110)

    assert batch.elements == tuple(b"e%d" % i for i in range(110))
    assert oldest_first(redis_client, KEYS.processing("alerter", "w1")) == [f"e{i}" for i in range(110)]
    assert redis_client.llen(KEYS.ingest_queue) == 10


def test_claim_without_a_lease_is_fenced_and_takes_nothing(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a")
    expire(redis_client, worker)
    assert worker.claim() == "fenced"
    assert redis_client.llen(KEYS.ingest_queue) == 1


def test_repeated_claim_returns_the_same_batch_instead_of_a_second_one(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b", "c")
    first = worker.take(2)

    again = worker.claim(2)

    assert again == Batch(first.id, first.elements, held=True)
    assert redis_client.llen(KEYS.ingest_queue) == 1


def test_delayed_copy_of_a_claim_that_is_finished_is_stale(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b")
    batch = worker.take(1)
    assert alerter_queue.finish(worker.lease, batch, Plan()) == "ok"

    assert alerter_queue.claim(worker.lease, batch.id, 1) == "stale"
    assert redis_client.llen(KEYS.ingest_queue) == 1


def test_claim_of_an_empty_queue_is_empty(redis_client: Client) -> None:
    assert registered(redis_client).claim() == "empty"


def test_claim_stops_at_four_mebibytes_but_takes_at_least_one(redis_client: Client) -> None:
    worker = registered(redis_client)
    big = "x" * (3 * 1024 * 1024)
    fill(redis_client, KEYS.ingest_queue, big + "1", big + "2")
    assert len(worker.take(10).elements) == 1
    huge = registered_other(redis_client)
    redis_client.delete(KEYS.ingest_queue)
    fill(redis_client, KEYS.ingest_queue, "y" * (5 * 1024 * 1024))
    assert len(huge.take(10).elements) == 1


def registered_other(client: Client) -> Worker:
    worker = Worker(client, pod="w2")
    worker.register()
    return worker


def test_suspects_of_a_crash_are_claimed_alone(redis_client: Client) -> None:
    dead = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b")
    dead.take()
    heir = Worker(redis_client)
    heir.register(expect=dead.lease.token)
    fill(redis_client, KEYS.ingest_queue, "fresh1", "fresh2")

    sizes = []
    for _ in range(3):
        batch = heir.take()
        sizes.append(batch.elements)
        alerter_queue.finish(heir.lease, batch, Plan())

    assert sizes == [(b"a",), (b"b",), (b"fresh1", b"fresh2")]
    assert not redis_client.exists(KEYS.crash("alerter"))


def test_finish_writes_everything_once(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b")
    batch = worker.take()
    records = [journal.Record("e1", "c1", "alerter", "alerted", payload=b"a")]
    plan = Plan(
        pushes={KEYS.alert_queue: [b"alert1", b"alert2"], KEYS.dlq_alerter: [b"bad"]},
        ledger=[("2026-11-23T22:33", "key1", "unhandled", 1)],
        journal=journal.pack(records),
    )

    assert [alerter_queue.finish(worker.lease, batch, plan) for _ in range(2)] == ["ok", "already"]

    assert oldest_first(redis_client, KEYS.alert_queue) == ["alert1", "alert2"]
    assert oldest_first(redis_client, KEYS.dlq_alerter) == ["bad"]
    assert redis_client.hgetall(KEYS.ledger) == {b"unhandled": b"1"}
    assert redis_client.hgetall(KEYS.ledger_minutes) == {b"2026-11-23T22:33|key1|unhandled": b"1"}
    [(_, entry)] = journal_stream.read(redis_client, KEYS)
    assert entry.uid == batch.id
    assert list(entry.records) == records
    assert redis_client.llen(KEYS.processing("alerter", "w1")) == 0


def test_finish_of_a_fenced_worker_writes_nothing(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a")
    batch = worker.take()
    heir = Worker(redis_client)
    heir.register(expect=worker.lease.token)

    assert alerter_queue.finish(worker.lease, batch, Plan(pushes={KEYS.alert_queue: [b"x"]})) == "fenced"
    assert redis_client.llen(KEYS.alert_queue) == 0
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["a"]


def test_finish_of_a_list_that_was_touched_writes_nothing(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b")
    batch = worker.take()
    redis_client.rpop(KEYS.processing("alerter", "w1"))
    assert alerter_queue.finish(worker.lease, batch, Plan(pushes={KEYS.alert_queue: [b"x"]})) == "changed"
    assert redis_client.llen(KEYS.alert_queue) == 0


def test_finish_of_a_batch_that_is_not_the_current_one_writes_nothing(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b")
    earlier = worker.take(1)
    alerter_queue.finish(worker.lease, earlier, Plan())
    current = worker.take(1)
    delayed = Batch(worker.ids.new(), earlier.elements)
    assert alerter_queue.finish(worker.lease, delayed, Plan(pushes={KEYS.alert_queue: [b"x"]})) == "changed"
    assert redis_client.llen(KEYS.alert_queue) == 0
    assert alerter_queue.finish(worker.lease, current, Plan()) == "ok"


def mark(event_id: str, old_id: str = "") -> NewMark:
    return NewMark(KEYS.dedupe("f1"), old_id, event_id, 1000, 61_000, 3_600_000)


def test_mark_taken_by_another_worker_is_a_conflict_and_nothing_is_written(redis_client: Client) -> None:
    one, two = registered(redis_client), registered_other(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a", "b")
    first, second = one.take(1), two.take(1)
    assert alerter_queue.finish(one.lease, first, Plan(marks=[mark("e1")])) == "ok"

    answer = alerter_queue.finish(
        two.lease, second, Plan(marks=[mark("e2")], pushes={KEYS.alert_queue: [b"duplicate"]})
    )

    assert answer == Conflict((0,))
    assert redis_client.llen(KEYS.alert_queue) == 0
    decided_again = Plan(marks=[MoreMark(KEYS.dedupe("f1"), "e1", 1)])
    assert alerter_queue.finish(two.lease, second, decided_again) == "ok"
    assert redis_client.hget(KEYS.dedupe("f1"), "n") == b"1"


def test_mark_expires_and_is_replaced_only_by_who_saw_it(redis_client: Client) -> None:
    worker = registered(redis_client)
    for element, plan in (("a", Plan(marks=[mark("e1")])), ("b", Plan(marks=[mark("e2", old_id="e1")]))):
        fill(redis_client, KEYS.ingest_queue, element)
        assert alerter_queue.finish(worker.lease, worker.take(), plan) == "ok"
    assert redis_client.hget(KEYS.dedupe("f1"), "id") == b"e2"
    assert 0 < redis_client.pttl(KEYS.dedupe("f1")) <= 3_600_000


def test_element_put_into_our_hands_by_hand_becomes_a_batch_and_can_be_finished(redis_client: Client) -> None:
    worker = registered(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a")
    assert alerter_queue.finish(worker.lease, worker.take(), Plan()) == "ok"
    fill(redis_client, KEYS.processing("alerter", "w1"), "by hand")
    batch = worker.take()
    assert batch.elements == (b"by hand",)
    assert alerter_queue.finish(worker.lease, batch, Plan()) == "ok"
