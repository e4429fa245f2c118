"""What a person switches off: holds of services, and a breaker that stays open because somebody wants it so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import breaker, holds
from mutt_cli.adapters.forwarder_queue import Settlement
from mutt_cli.core.hold import BY_HAND, Hold
from tests.contract.protocol.workers import KEYS, OPEN_PERMITS, Worker, fill

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

WISH = Hold("mk@bastion", "INC-1182", "op-1")
NO_BREAKER = replace(OPEN_PERMITS, breaker_timeout_ms=0)


@pytest.fixture
def worker(redis_client: Client) -> Worker:
    forwarder = Worker(redis_client, role="moog", pod="f1")
    forwarder.register()
    return forwarder


def test_a_hold_is_stamped_by_redis_and_lifted_and_what_was_there_is_told(redis_client: Client) -> None:
    assert holds.change(redis_client, KEYS, {"ingestor": WISH}, for_ms=60_000) == {"ingestor": None}
    held, now = holds.read(redis_client, KEYS)
    assert 0 <= now - held["ingestor"].since < 60_000
    assert held["ingestor"].until - held["ingestor"].since == 60_000
    assert held["ingestor"].reason == "INC-1182"
    former = holds.change(redis_client, KEYS, {"ingestor": None})
    assert former["ingestor"] == held["ingestor"]
    assert holds.read(redis_client, KEYS)[0] == {}


def test_a_hold_that_is_over_holds_nothing_and_is_forgotten_with_the_next_change(redis_client: Client) -> None:
    redis_client.hset(KEYS.holds, "ingestor", '{"actor":"a","since":1,"until":2}')
    assert holds.read(redis_client, KEYS)[0] == {}
    holds.change(redis_client, KEYS, {"alerter": WISH})
    assert redis_client.hkeys(KEYS.holds) == [b"alerter"]


def test_only_the_holds_of_one_operation_are_lifted_if_that_is_meant(redis_client: Client) -> None:
    holds.change(redis_client, KEYS, {"ingestor": WISH, "alerter": replace_operation("op-2")})
    holds.change(redis_client, KEYS, {"ingestor": None, "alerter": None}, only="op-2")
    assert list(holds.read(redis_client, KEYS)[0]) == ["ingestor"]


def replace_operation(name: str) -> Hold:
    return Hold("mk@bastion", "", name)


def test_what_a_hand_wrote_holds_too(redis_client: Client) -> None:
    redis_client.hset(KEYS.holds, "ingestor", "1")
    assert holds.read(redis_client, KEYS)[0]["ingestor"].actor == BY_HAND
    assert holds.change(redis_client, KEYS, {"ingestor": None})["ingestor"] is not None
    assert redis_client.exists(KEYS.holds) == 0


@pytest.mark.parametrize("permits", [OPEN_PERMITS, NO_BREAKER])
def test_a_tripped_breaker_stays_open_beyond_its_timeout_and_parks(
    worker: Worker, redis_client: Client, permits: object
) -> None:
    breaker.trip(redis_client, KEYS, WISH)
    redis_client.set(KEYS.breaker("open_time"), 1)  # CIRCUIT_BREAKER_TIMEOUT is long over
    fill(redis_client, KEYS.alert_queue, "a")
    claimed = worker.take_alerts(permits=permits)  # type: ignore[arg-type]
    assert (claimed.mode, claimed.elements) == ("park", (b"a",))
    assert breaker.read(redis_client, KEYS).trip is not None


def test_a_trip_whose_time_is_over_lets_one_alert_try(worker: Worker, redis_client: Client) -> None:
    breaker.trip(redis_client, KEYS, WISH, for_ms=1)
    redis_client.set(KEYS.breaker("trip"), '{"actor":"a","since":1,"until":2}')
    fill(redis_client, KEYS.alert_queue, "a", "b")
    assert worker.take_alerts().mode == "probe"
    assert redis_client.exists(KEYS.breaker("trip")) == 0


def test_a_trip_without_a_breaker_ends_with_its_time(worker: Worker, redis_client: Client) -> None:
    breaker.trip(redis_client, KEYS, WISH)
    redis_client.set(KEYS.breaker("trip"), '{"actor":"a","since":1,"until":2}')
    fill(redis_client, KEYS.alert_queue, "a", "b")
    assert worker.take_alerts(permits=NO_BREAKER).mode == "send"
    assert redis_client.get(KEYS.breaker("state")) == b"CLOSED"


def test_a_restart_does_not_end_a_trip(worker: Worker, redis_client: Client) -> None:
    breaker.trip(redis_client, KEYS, WISH)
    worker.lease.leave()
    Worker(redis_client, role="moog", pod="f1").register()
    assert redis_client.get(KEYS.breaker("state")) == b"OPEN"


@pytest.mark.parametrize("by_hand", ["SET", "DEL"])
def test_the_documented_keys_end_a_trip_by_hand(worker: Worker, redis_client: Client, by_hand: str) -> None:
    breaker.trip(redis_client, KEYS, WISH)
    key = KEYS.breaker("state")
    redis_client.execute_command(by_hand, key, *(["CLOSED"] if by_hand == "SET" else []))  # type: ignore[no-untyped-call]
    assert breaker.read(redis_client, KEYS).trip is None
    fill(redis_client, KEYS.alert_queue, "a")
    assert worker.take_alerts().mode == "send"
    redis_client.set(key, "OPEN")  # a later opening is nobody's trip
    assert breaker.read(redis_client, KEYS).trip is None


def test_a_post_under_way_when_the_breaker_was_tripped_does_not_close_it(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a")
    claimed = worker.take_alerts()
    breaker.trip(redis_client, KEYS, WISH)
    assert worker.settle(b"a", Settlement("delivered", epoch=claimed.epoch, breaker="success")) == "ok"
    assert breaker.read(redis_client, KEYS).state == "OPEN"


def test_a_reset_of_one_trip_leaves_another_alone(redis_client: Client) -> None:
    breaker.trip(redis_client, KEYS, WISH)
    assert breaker.reset(redis_client, KEYS, only="op-2") is None
    assert breaker.read(redis_client, KEYS).state == "OPEN"
    answer = breaker.reset(redis_client, KEYS, only="op-1")
    assert answer is not None
    assert (answer[0], answer[1] and answer[1].operation) == ("OPEN", "op-1")
    assert breaker.read(redis_client, KEYS).state == "CLOSED"


def test_the_last_failure_that_counted_is_kept(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a")
    claimed = worker.take_alerts()
    failure = breaker.Failure(5, "HTTP 503 Service Unavailable", "http_503", "f1")
    how = Settlement("retry", b"again", 10**15, epoch=claimed.epoch, breaker="failure", error=failure.encode())
    worker.settle(b"a", how)
    assert breaker.read(redis_client, KEYS).last == failure
