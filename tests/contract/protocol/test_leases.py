"""Leases: who may touch a processing list, and what happens to it when its owner is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mutt_cli.adapters import journal_stream
from mutt_cli.adapters.lease import CRASH_LIMIT, Held, Reaped, Registered, reap
from tests.contract.protocol.workers import KEYS, STAMP, Worker, expire, fill, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client


def look(client: Client, pod: str = "w1", lease_ms: int = 30_000, crash_limit: int = CRASH_LIMIT) -> Reaped:
    """One look of a peer at `pod`, past the quiet time."""
    client.hset(KEYS.reap("alerter"), mapping={"quiet": 0, "tick": client.time()[0] * 1000})
    uid = Worker(client).ids.new()
    return reap(
        client, KEYS, "alerter", pod, lease_ms=lease_ms, uid=uid, stamp=STAMP, crash_limit=crash_limit
    )  # fmt: skip


def test_second_worker_of_the_same_name_is_told_who_holds_it(redis_client: Client) -> None:
    first, second = Worker(redis_client), Worker(redis_client)
    assert first.register() == Registered(0, 0)

    answer = second.register()

    assert isinstance(answer, Held)
    assert json.loads(answer.heartbeat)["token"] == first.lease.token
    assert second.claim() == "fenced"


def test_take_over_on_the_same_host_returns_the_work_at_once_and_counts_one_crash(redis_client: Client) -> None:
    dead, heir = Worker(redis_client), Worker(redis_client)
    dead.register()
    fill(redis_client, KEYS.ingest_queue, "a", "b", "c")
    dead.take(2)

    assert heir.register(expect=dead.lease.token) == Registered(returned=2, buried=0)

    assert oldest_first(redis_client, KEYS.ingest_queue) == ["a", "b", "c"]
    assert redis_client.hlen(KEYS.crash("alerter")) == 2
    assert dead.claim() == "fenced"


def test_registering_again_with_the_former_token_counts_no_crash(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "a")
    worker.take()
    expire(redis_client, worker)

    again = Worker(redis_client)
    assert again.register(prev=worker.lease.token) == Registered(returned=1, buried=0)
    assert redis_client.hlen(KEYS.crash("alerter")) == 0


def test_repeating_register_after_a_lost_reply_changes_nothing(redis_client: Client) -> None:
    dead, heir = Worker(redis_client), Worker(redis_client)
    dead.register()
    fill(redis_client, KEYS.ingest_queue, "a")
    dead.take()
    heir.register(expect=dead.lease.token)

    assert heir.register(expect=dead.lease.token) == Registered(0, 0)
    assert set(redis_client.hvals(KEYS.crash("alerter"))) == {b"1"}


def test_beat_never_creates_a_lease_that_expired(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    assert worker.lease.beat(worker.heartbeat())
    expire(redis_client, worker)

    assert not worker.lease.beat(worker.heartbeat())
    assert not redis_client.exists(worker.lease.heartbeat_key)


def test_beat_renews_the_lease_for_its_whole_length(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    redis_client.pexpire(worker.lease.heartbeat_key, 100)
    worker.lease.beat(worker.heartbeat())
    assert redis_client.pttl(worker.lease.heartbeat_key) > 29_000


def test_leave_returns_the_work_in_order_without_a_crash(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "a", "b", "c")
    worker.take(2)

    assert worker.lease.leave() == 2

    assert oldest_first(redis_client, KEYS.ingest_queue) == ["a", "b", "c"]
    assert not redis_client.exists(KEYS.crash("alerter"), worker.lease.heartbeat_key)
    assert not redis_client.hexists(KEYS.workers, "alerter:w1")


def test_leave_of_a_fenced_worker_touches_nothing(redis_client: Client) -> None:
    dead, heir = Worker(redis_client), Worker(redis_client)
    dead.register()
    heir.register(expect=dead.lease.token)
    fill(redis_client, KEYS.ingest_queue, "a")
    heir.take()

    assert dead.lease.leave() is None
    assert redis_client.llen(KEYS.processing("alerter", "w1")) == 1


def test_peer_with_a_live_lease_is_not_reaped(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "a")
    worker.take()
    assert look(redis_client) == Reaped("alive")
    assert redis_client.llen(KEYS.processing("alerter", "w1")) == 1


def test_expired_peer_is_reaped_in_order_with_one_crash_each(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "a", "b", "c")
    worker.take(2)
    expire(redis_client, worker)

    assert look(redis_client) == Reaped("reaped", returned=2, buried=0)

    assert oldest_first(redis_client, KEYS.ingest_queue) == ["a", "b", "c"]
    assert redis_client.hvals(KEYS.crash("alerter")) == [b"1", b"1"]
    assert 86_000_000 < redis_client.pttl(KEYS.crash("alerter")) <= 86_400_000


def test_twins_of_one_digest_count_one_crash(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "same", "same")
    worker.take()
    expire(redis_client, worker)
    look(redis_client)
    assert redis_client.hvals(KEYS.crash("alerter")) == [b"1"]


def test_nobody_reaps_for_half_a_lease_after_nobody_looked_for_a_while(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "a")
    worker.take()
    expire(redis_client, worker)

    answers = [
        reap(redis_client, KEYS, "alerter", "w1", lease_ms=30_000, uid=worker.ids.new(), stamp=STAMP) for _ in range(3)
    ]

    assert {answer.state for answer in answers} == {"quiet"}
    assert redis_client.llen(KEYS.processing("alerter", "w1")) == 1
    quiet_until, now = int(redis_client.hget(KEYS.reap("alerter"), "quiet") or 0), redis_client.time()[0] * 1000
    assert 13_000 < quiet_until - now <= 16_000


def crash(client: Client, times: int, *elements: str) -> None:
    """Let a worker die `times` times with whatever it takes first in its hands."""
    fill(client, KEYS.ingest_queue, *elements)
    for _ in range(times):
        worker = Worker(client)
        worker.register()
        worker.take()
        expire(client, worker)
        look(client)


def test_third_crash_buries_only_the_poison_and_quotes_it_unparsed(redis_client: Client) -> None:
    poison = '{"event_id":"e1","correlation_id":"c1","received_at":"2026-11-23T22:30:05.123Z","_source":"key1","m":[1,'
    crash(redis_client, CRASH_LIMIT, poison, "innocent")

    letter = json.loads(redis_client.lindex(KEYS.dead, 0) or b"")

    assert letter["raw"] == poison
    assert letter["correlation_id"] == "c1"
    assert letter["_delivery"]["reason"] == "crash"
    assert letter["_delivery"]["crashes"] == CRASH_LIMIT
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["innocent"]
    assert redis_client.hget(KEYS.ledger, "dead") == b"1"
    assert redis_client.hget(KEYS.ledger_minutes, "2026-11-23T22:30|key1|dead") == b"1"
    [(_, entry)] = journal_stream.read(redis_client, KEYS)
    [record] = entry.records
    assert (record.event_id, record.outcome, record.reason, record.queue) == ("e1", "dead", "crash", "dead")


def test_another_limit_buries_at_another_crash_whoever_gives_back(redis_client: Client) -> None:
    """ALERTER_MAX_RETRIES: the heir and the peer judge by the limit they were given."""
    fill(redis_client, KEYS.ingest_queue, "poison")
    for outcome in (Registered(returned=1, buried=0), Registered(returned=0, buried=1)):
        dead, heir = Worker(redis_client), Worker(redis_client)
        dead.register()
        dead.take()
        heir.lease.crash_limit = 2
        assert heir.register(expect=dead.lease.token) == outcome
        expire(redis_client, heir)
    fill(redis_client, KEYS.ingest_queue, "other poison")
    worker = Worker(redis_client)
    worker.register()
    worker.take()
    expire(redis_client, worker)
    assert look(redis_client, crash_limit=1) == Reaped("reaped", returned=0, buried=1)


def test_a_worker_whose_name_is_no_text_is_reaped_like_any_other(redis_client: Client) -> None:
    """A hand can write any bytes into `mutt:workers`; whoever reads them must be able to send them back."""
    redis_client.lpush(b"mutt:processing:alerter:\xff\n\x1b", "left behind")
    name = b"\xff\n\x1b".decode("utf-8", "surrogateescape")
    assert look(redis_client, name) == Reaped("reaped", returned=1, buried=0)
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["left behind"]


def test_poison_that_is_not_utf8_is_kept_as_base64(redis_client: Client) -> None:
    import base64

    raw = b'\xff\xfe{"event_id": broken'
    redis_client.lpush(KEYS.ingest_queue, raw)
    crash(redis_client, CRASH_LIMIT, "innocent")
    letter = json.loads(redis_client.lindex(KEYS.dead, 0) or b"")
    assert base64.b64decode(letter["raw_base64"]) == raw


def test_hand_pushed_poison_counts_as_injected_and_dead_so_the_ledger_balances(redis_client: Client) -> None:
    crash(redis_client, CRASH_LIMIT, "no json at all")
    assert redis_client.hgetall(KEYS.ledger) == {b"injected": b"1", b"dead": b"1"}


def test_delayed_copy_of_the_register_that_made_us_leaves_our_work_alone(redis_client: Client) -> None:
    worker = Worker(redis_client)
    worker.register()
    fill(redis_client, KEYS.ingest_queue, "a")
    batch = worker.take()
    assert worker.register() == Registered(0, 0)
    assert redis_client.llen(KEYS.processing("alerter", "w1")) == 1
    assert worker.take().elements == batch.elements
