"""What a person switches off: holds of services, and a breaker that stays open because somebody wants it so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
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
    assert switch(redis_client, {"ingestor": WISH}, for_ms=60_000) == {"ingestor": None}
    held, now = holds.read(redis_client, KEYS.holds)
    assert 0 <= now - held["ingestor"].since < 60_000
    assert held["ingestor"].until - held["ingestor"].since == 60_000
    assert held["ingestor"].reason == "INC-1182"
    former = switch(redis_client, {"ingestor": None})
    assert former["ingestor"] == held["ingestor"]
    assert holds.read(redis_client, KEYS.holds)[0] == {}


def test_a_hold_that_is_over_holds_nothing_and_is_forgotten_with_the_next_change(redis_client: Client) -> None:
    redis_client.hset(KEYS.holds, "ingestor", '{"actor":"a","since":1,"until":2}')
    assert holds.read(redis_client, KEYS.holds)[0] == {}
    holds.change(redis_client, KEYS.holds, {"alerter": WISH})
    assert redis_client.hkeys(KEYS.holds) == [b"alerter"]


def test_nothing_changes_where_one_of_them_is_not_what_was_seen(redis_client: Client) -> None:
    other = replace_operation("op-2")
    switch(redis_client, {"ingestor": WISH, "alerter": other})
    seen = {"ingestor": WISH, "alerter": WISH}
    met = holds.change(redis_client, KEYS.holds, {"ingestor": None, "alerter": None}, expected=seen)
    assert isinstance(met, holds.Met)
    assert (met.name, met.hold and met.hold.operation) == ("alerter", "op-2")
    assert set(holds.read(redis_client, KEYS.holds)[0]) == {"ingestor", "alerter"}
    nothing = holds.change(redis_client, KEYS.holds, {"forwarder": WISH}, expected={"forwarder": other})
    assert nothing == holds.Met("forwarder", None)
    assert isinstance(holds.change(redis_client, KEYS.holds, {"alerter": WISH}, expected={"alerter": None}), holds.Met)


def test_what_is_put_back_keeps_its_beginning_and_its_end_and_one_that_is_over_does_not_come_back(
    redis_client: Client,
) -> None:
    _, now = holds.read(redis_client, KEYS.holds)
    former = msgspec.structs.replace(WISH, since=now - 5000, until=now + 60_000)
    switch(redis_client, {"ingestor": former, "alerter": msgspec.structs.replace(former, until=now - 1)})
    assert holds.read(redis_client, KEYS.holds)[0] == {"ingestor": former}
    assert redis_client.hkeys(KEYS.holds) == [b"ingestor"]


def switch(client: Client, wishes: dict[str, Hold | None], **how: int) -> dict[str, Hold | None]:
    former = holds.change(client, KEYS.holds, wishes, for_ms=how.get("for_ms", 0))
    assert isinstance(former, dict)
    return former


def replace_operation(name: str) -> Hold:
    return Hold("mk@bastion", "", name)


def test_what_a_hand_wrote_holds_too(redis_client: Client) -> None:
    redis_client.hset(KEYS.holds, "ingestor", "1")
    assert holds.read(redis_client, KEYS.holds)[0]["ingestor"].actor == BY_HAND
    assert switch(redis_client, {"ingestor": None})["ingestor"] is not None
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


def test_a_trip_meets_the_one_that_was_seen_or_changes_nothing(redis_client: Client) -> None:
    assert breaker.trip(redis_client, KEYS, WISH, seen=None).changed
    again = breaker.trip(redis_client, KEYS, replace_operation("op-2"), seen=None)
    assert (again.changed, again.trip and again.trip.operation) == (False, "op-1")
    assert breaker.trip(redis_client, KEYS, replace_operation("op-2"), seen=WISH).changed
    former = breaker.reset(redis_client, KEYS)
    assert (former.state, former.trip and former.trip.operation) == ("OPEN", "op-2")
    assert breaker.read(redis_client, KEYS).state == "CLOSED"


def test_a_breaker_is_put_back_with_its_trip_its_failures_and_the_moment_it_opened(redis_client: Client) -> None:
    redis_client.mset({KEYS.breaker("state"): "OPEN", KEYS.breaker("failures"): 7, KEYS.breaker("open_time"): 1234})
    by_failures = breaker.trip(redis_client, KEYS, WISH)
    assert (by_failures.state, by_failures.failures, by_failures.opened_ms) == ("OPEN", 7, 1234)
    by_hand = breaker.trip(redis_client, KEYS, replace_operation("op-2"), for_ms=60_000)
    assert not breaker.put_back(redis_client, KEYS, by_hand, WISH).changed
    assert breaker.put_back(redis_client, KEYS, by_hand, replace_operation("op-2")).changed
    assert breaker.read(redis_client, KEYS).trip == by_hand.trip
    assert breaker.put_back(redis_client, KEYS, by_failures, WISH).changed
    found = breaker.read(redis_client, KEYS)
    assert (found.state, found.failures, found.opened_ms, found.trip) == ("OPEN", 7, 1234, None)
    redis_client.mset({KEYS.breaker("state"): "CLOSED", KEYS.breaker("failures"): 3})
    nearly = breaker.trip(redis_client, KEYS, WISH)
    assert breaker.put_back(redis_client, KEYS, nearly, WISH).changed
    assert (breaker.read(redis_client, KEYS).state, breaker.read(redis_client, KEYS).failures) == ("CLOSED", 3)


def test_the_last_failure_that_counted_is_kept(worker: Worker, redis_client: Client) -> None:
    fill(redis_client, KEYS.alert_queue, "a")
    claimed = worker.take_alerts()
    failure = breaker.Failure(5, "HTTP 503 Service Unavailable", "http_503", "f1")
    how = Settlement("retry", b"again", 10**15, epoch=claimed.epoch, breaker="failure", error=failure.encode())
    worker.settle(b"a", how)
    assert breaker.read(redis_client, KEYS).last == failure
