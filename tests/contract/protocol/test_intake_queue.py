"""Enqueue: a whole request is accepted in one step or refused with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.intake_queue import Accepted, Idempotency, RateLimit, Refused, Repeated, enqueue
from mutt_cli.adapters.redis_client import RedisUnavailableError
from tests.contract.protocol.workers import KEYS, fill, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

LEDGER = [("2026-11-23T22:33", "key1", "accepted", 2)]


def test_accepted_events_wait_oldest_first_and_are_in_the_ledger(redis_client: Client) -> None:
    fill(redis_client, KEYS.ingest_queue, "before")
    assert enqueue(redis_client, KEYS, [b"a", b"b"], cap=10, ledger=LEDGER) == Accepted(depth=3)
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["before", "a", "b"]
    assert redis_client.hgetall(KEYS.ledger) == {b"accepted": b"2"}
    assert redis_client.hgetall(KEYS.ledger_minutes) == {b"2026-11-23T22:33|key1|accepted": b"2"}


def test_request_that_would_pass_the_cap_is_refused_whole(redis_client: Client) -> None:
    fill(redis_client, KEYS.ingest_queue, "x")
    assert enqueue(redis_client, KEYS, [b"a", b"b"], cap=2, ledger=LEDGER) == Refused("queue_full", depth=1)
    assert redis_client.llen(KEYS.ingest_queue) == 1
    assert not redis_client.exists(KEYS.ledger)


def test_request_with_a_known_idempotency_key_is_answered_again_not_queued_again(redis_client: Client) -> None:
    idem = Idempotency("d1", 900_000, b'{"ids":1}')
    enqueue(redis_client, KEYS, [b"a"], cap=10, ledger=LEDGER, idempotency=idem)
    again = Idempotency("d1", 900_000, b'{"ids":2}')
    assert enqueue(redis_client, KEYS, [b"a"], cap=10, ledger=LEDGER, idempotency=again) == Repeated(b'{"ids":1}')
    assert redis_client.llen(KEYS.ingest_queue) == 1
    assert 0 < redis_client.pttl(KEYS.idempotency("d1")) <= 900_000


def test_requests_over_the_rate_are_refused_with_the_time_to_wait(redis_client: Client) -> None:
    answers = [
        enqueue(redis_client, KEYS, [b"a"], cap=10, ledger=[], rate=RateLimit(2, 60_000, f"m{n}")) for n in range(3)
    ]
    assert answers[:2] == [Accepted(1), Accepted(2)]
    assert isinstance(answers[2], Refused)
    assert answers[2].reason == "rate_limit"
    assert 0 < answers[2].retry_after_ms <= 60_000


def test_quarantine_keeps_the_newest_up_to_its_cap(redis_client: Client) -> None:
    enqueue(redis_client, KEYS, [b"good"], cap=10, ledger=[], quarantine=[b"1", b"2", b"3"], quarantine_cap=2)
    assert oldest_first(redis_client, KEYS.quarantine) == ["2", "3"]
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["good"]


def test_full_redis_refuses_new_events_and_says_so(redis_client: Client) -> None:
    redis_client.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisUnavailableError, match="OOM command not allowed"):
            enqueue(redis_client, KEYS, [b"a"], cap=10, ledger=LEDGER)
    finally:
        redis_client.config_set("maxmemory", 0)
