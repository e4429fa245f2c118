"""Claim and settle of alerts: each ends alone, in order, within what the breaker and the limiter permit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import forwarder_queue, journal_stream
from mutt_cli.adapters.forwarder_queue import Resync, Settlement
from mutt_cli.core import journal
from tests.contract.protocol.workers import KEYS, OPEN_PERMITS, Worker, expire, fill, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

DELIVERED = Settlement("delivered", breaker="success")
FAILED = Settlement("retry", b"again", due_ms=0, breaker="failure")


@pytest.fixture
def worker(redis_client: Client) -> Worker:
    """A registered forwarder."""
    forwarder = Worker(redis_client, role="moog", pod="f1")
    forwarder.register()
    return forwarder


def in_hand(client: Client) -> list[str]:
    return oldest_first(client, KEYS.processing("moog", "f1"))


def make_due(client: Client) -> None:
    """Let the waiting time of every retry be over."""
    for member in client.zrange(KEYS.retry, 0, -1):
        client.execute_command("ZADD", KEYS.retry, 1, member)  # type: ignore[no-untyped-call]


def breaker(client: Client, state: str) -> None:
    """Put the shared breaker into a state, opened now."""
    now = client.time()[0] * 1000
    client.mset({KEYS.breaker("state"): state, KEYS.breaker("open_time"): now, KEYS.breaker("epoch"): 7})


def test_claim_takes_the_oldest_up_to_the_free_slots(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b", "c")
    assert worker.take_alerts(slots=2).elements == (b"a", b"b")
    assert worker.take_alerts(slots=2, held=2).elements == (b"c",)
    assert in_hand(redis_client) == ["a", "b", "c"]


def test_claim_that_disagrees_about_what_is_held_returns_the_list(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b")
    worker.take_alerts(slots=1)
    assert worker.claim_alerts(slots=1, held=0) == Resync((b"a",))
    assert redis_client.llen(KEYS.alert_queue) == 1


def test_delayed_copy_of_a_claim_takes_nothing(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b")
    older = worker.ids.new()
    worker.take_alerts(slots=1)
    delayed = forwarder_queue.claim(worker.lease, older, slots=1, held=1, permits=OPEN_PERMITS)
    assert delayed == Resync((b"a",))
    assert oldest_first(redis_client, KEYS.alert_queue) == ["b"]


def test_claim_and_settle_without_a_lease_are_fenced(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a")
    worker.take_alerts()
    expire(redis_client, worker)
    assert worker.claim_alerts(held=1) is None
    assert worker.settle(b"a", DELIVERED) == "fenced"
    assert in_hand(redis_client) == ["a"]


def test_settle_ends_one_element_and_repeating_it_changes_nothing(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b")
    worker.take_alerts()
    records = [journal.Record("e1", "c1", "forwarder", "delivered", attempt=1, response_code=200)]
    how = replace(DELIVERED, ledger=[("2026-11-23T22:33", "key1", "forwarded", 1)], journal=journal.pack(records))
    settle_id = worker.ids.new()

    assert [worker.settle(b"a", how, settle_id) for _ in range(2)] == ["ok", "already"]

    assert in_hand(redis_client) == ["b"]
    assert redis_client.hgetall(KEYS.ledger) == {b"forwarded": b"1"}
    [(_, entry)] = journal_stream.read(redis_client, KEYS)
    assert (entry.uid, list(entry.records)) == (settle_id, records)


def test_a_canary_that_is_settled_as_suppressed_is_in_no_queue_and_lets_the_next_alert_try_a_half_open_breaker(
    worker: Worker, redis_client: Client
) -> None:
    fill(redis_client, KEYS.alert_queue, "canary")
    redis_client.set(KEYS.breaker("state"), "HALF_OPEN")
    assert worker.take_alerts().mode == "probe"
    how = Settlement("suppressed", ledger=[("2026-11-23T22:33", "key1", "suppressed", 1)])
    assert worker.settle(b"canary", how) == "ok"
    assert in_hand(redis_client) == []
    queues = (KEYS.alert_queue, KEYS.dlq_moog, KEYS.retry)
    assert redis_client.exists(*queues) == 0
    assert redis_client.hgetall(KEYS.ledger) == {b"suppressed": b"1"}
    fill(redis_client, KEYS.alert_queue, "real")
    assert worker.take_alerts().elements == (b"real",)


def test_settle_of_an_element_not_in_hand_writes_nothing(worker: Worker, redis_client: Client) -> None:
    assert worker.settle(b"ghost", Settlement("dlq", b"ghost")) == "already"
    assert redis_client.llen(KEYS.dlq_moog) == 0


def test_settle_ends_one_of_two_twins_that_a_hand_put_side_by_side_however_often_it_is_repeated(
    worker: Worker, redis_client: Client
) -> None:
    fill(redis_client, KEYS.processing("moog", "f1"), "twin", "twin")
    settle_id = worker.ids.new()
    assert [worker.settle(b"twin", DELIVERED, settle_id) for _ in range(2)] == ["ok", "already"]
    assert in_hand(redis_client) == ["twin"]


def test_delayed_copy_of_an_older_settle_is_stale(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b")
    worker.take_alerts()
    older = worker.ids.new()
    worker.settle(b"b", DELIVERED)
    assert worker.settle(b"a", DELIVERED, older) == "stale"
    assert in_hand(redis_client) == ["a"]


def test_retry_waits_until_it_is_due_and_goes_first(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b")
    worker.take_alerts(slots=1)
    far = redis_client.time()[0] * 1000 + 60_000
    assert worker.settle(b"a", Settlement("retry", b"a2", due_ms=far)) == "ok"
    assert worker.take_alerts(slots=1).elements == (b"b",)
    worker.settle(b"b", DELIVERED)
    assert worker.take_alerts().elements == ()
    make_due(redis_client)
    fill(redis_client, KEYS.alert_queue, "c")
    assert worker.take_alerts().elements == (b"a2", b"c")
    assert redis_client.zcard(KEYS.retry) == 0


def test_equal_retries_of_two_twins_are_both_kept(worker: Worker, redis_client: Client) -> None:
    for _ in range(2):
        fill(redis_client, KEYS.alert_queue, "twin")
        worker.take_alerts(slots=1)
        worker.settle(b"twin", Settlement("retry", b"twin", due_ms=10**15))
    assert redis_client.zcard(KEYS.retry) == 2
    make_due(redis_client)
    assert worker.take_alerts().elements == (b"twin",)
    assert redis_client.zcard(KEYS.retry) == 1


def test_twin_of_an_element_in_hand_waits(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "twin", "twin", "other")
    assert worker.take_alerts().elements == (b"twin",)
    worker.settle(b"twin", DELIVERED)
    assert worker.take_alerts().elements == (b"twin", b"other")


def test_suspect_of_a_crash_travels_alone(redis_client: Client) -> None:
    dead = Worker(redis_client, role="moog", pod="f1")
    dead.register()
    fill(redis_client, KEYS.alert_queue, "a", "b")
    dead.take_alerts()
    heir = Worker(redis_client, role="moog", pod="f1")
    heir.register(expect=dead.lease.token)
    fill(redis_client, KEYS.alert_queue, "fresh")

    assert heir.take_alerts().elements == (b"a",)
    assert heir.take_alerts(held=1).elements == ()  # nothing joins a suspect, in this claim or the next
    heir.settle(b"a", DELIVERED)
    assert heir.take_alerts().elements == (b"b",)
    heir.settle(b"b", DELIVERED)
    assert heir.take_alerts().elements == (b"fresh",)
    assert not redis_client.exists(KEYS.crash("moog"))  # who was settled is a suspect no more


def test_suspect_of_a_crash_joins_nobody_who_is_in_hand_or_taken_with_it(worker: Worker, redis_client: Client) -> None:
    redis_client.hset(KEYS.crash("moog"), hashlib.sha1(b"suspect", usedforsecurity=False).hexdigest(), 1)
    fill(redis_client, KEYS.alert_queue, "early", "suspect")
    assert worker.take_alerts().elements == (b"early",)
    assert worker.take_alerts(held=1).elements == ()
    worker.settle(b"early", DELIVERED)
    assert worker.take_alerts().elements == (b"suspect",)


def test_dead_letter_and_back_go_to_their_ends(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b", "c")
    worker.take_alerts(slots=2)
    worker.settle(b"a", Settlement("dlq", b"a with reason"))
    worker.settle(b"b", Settlement("back"))
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["a with reason"]
    assert oldest_first(redis_client, KEYS.alert_queue) == ["b", "c"]


def test_limiter_gives_one_permit_per_element_and_says_when_it_limits(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a", "b", "c")
    two_a_minute = replace(OPEN_PERMITS, per_window=2)
    first = worker.take_alerts(permits=two_a_minute)
    assert (first.elements, first.limited) == ((b"a", b"b"), True)
    assert worker.take_alerts(held=2, permits=two_a_minute).elements == ()
    assert redis_client.llen(KEYS.alert_queue) == 1


def test_permits_from_the_future_are_dropped(worker: Worker, redis_client: Client) -> None:
    future = redis_client.time()[0] * 1000 + 3_600_000
    redis_client.zadd(KEYS.rate_limit_moog, {"x": future, "y": future})
    fill(redis_client, KEYS.alert_queue, "a")
    assert worker.take_alerts(permits=replace(OPEN_PERMITS, per_window=2)).elements == (b"a",)


def test_breaker_opens_at_the_threshold_and_parks_alerts_without_permits(worker: Worker, redis_client: Client) -> None:
    for n in range(OPEN_PERMITS.breaker_threshold):
        fill(redis_client, KEYS.alert_queue, f"a{n}")
        claimed = worker.take_alerts()
        worker.settle(claimed.elements[0], replace(FAILED, due_ms=10**15, epoch=claimed.epoch))
    assert redis_client.get(KEYS.breaker("state")) == b"OPEN"
    fill(redis_client, KEYS.alert_queue, "b")
    parked = worker.take_alerts(permits=replace(OPEN_PERMITS, per_window=1))
    assert (parked.mode, parked.elements) == ("park", (b"b",))
    assert redis_client.zcard(KEYS.rate_limit_moog) == 0


def test_open_breaker_with_hold_leaves_alerts_queued(worker: Worker, redis_client: Client) -> None:
    breaker(redis_client, "OPEN")
    fill(redis_client, KEYS.alert_queue, "a")
    answer = worker.take_alerts(permits=replace(OPEN_PERMITS, open_action="hold"))
    assert (answer.mode, answer.elements) == ("wait", ())
    assert redis_client.llen(KEYS.alert_queue) == 1


def test_half_open_breaker_admits_one_probe_among_all_forwarders(worker: Worker, redis_client: Client) -> None:
    other = Worker(redis_client, role="moog", pod="f2")
    other.register()
    breaker(redis_client, "HALF_OPEN")
    fill(redis_client, KEYS.alert_queue, "a", "b")
    probe = worker.take_alerts()
    assert (probe.mode, probe.elements) == ("probe", (b"a",))
    assert other.take_alerts().mode == "wait"

    worker.settle(b"a", replace(DELIVERED, epoch=probe.epoch))

    assert redis_client.get(KEYS.breaker("state")) == b"CLOSED"
    assert other.take_alerts().elements == (b"b",)


def test_failed_probe_opens_the_breaker_again(worker: Worker, redis_client: Client) -> None:
    breaker(redis_client, "HALF_OPEN")
    fill(redis_client, KEYS.alert_queue, "a")
    probe = worker.take_alerts()
    worker.settle(b"a", replace(FAILED, epoch=probe.epoch))
    assert redis_client.get(KEYS.breaker("state")) == b"OPEN"


def test_probe_that_proved_nothing_lets_the_next_one_try(worker: Worker, redis_client: Client) -> None:
    breaker(redis_client, "HALF_OPEN")
    fill(redis_client, KEYS.alert_queue, "a")
    probe = worker.take_alerts()
    worker.settle(b"a", Settlement("back", epoch=probe.epoch))
    assert redis_client.get(KEYS.breaker("state")) == b"HALF_OPEN"
    assert worker.take_alerts().mode == "probe"


@pytest.mark.parametrize("opened_ms", [1, 4_000_000_000_000], ids=["long ago", "before the clock was set back"])
def test_open_breaker_becomes_half_open_when_its_time_is_over(
    worker: Worker, redis_client: Client, opened_ms: int
) -> None:
    breaker(redis_client, "OPEN")
    redis_client.set(KEYS.breaker("open_time"), opened_ms)
    fill(redis_client, KEYS.alert_queue, "a")
    assert worker.take_alerts().mode == "probe"


def test_result_of_an_older_epoch_settles_but_does_not_move_the_breaker(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a")
    old = worker.take_alerts()
    breaker(redis_client, "HALF_OPEN")
    assert worker.settle(b"a", replace(DELIVERED, epoch=old.epoch)) == "ok"
    assert redis_client.get(KEYS.breaker("state")) == b"HALF_OPEN"


@pytest.mark.parametrize(("clean_stop", "state"), [(True, b"HALF_OPEN"), (False, b"OPEN")])
def test_restart_after_a_clean_stop_lets_the_breaker_probe_at_once(
    worker: Worker, redis_client: Client, clean_stop: bool, state: bytes
) -> None:
    breaker(redis_client, "OPEN")
    if clean_stop:
        worker.lease.leave()
    heir = Worker(redis_client, role="moog", pod="f1")
    heir.register(expect=worker.lease.token)
    assert redis_client.get(KEYS.breaker("state")) == state
