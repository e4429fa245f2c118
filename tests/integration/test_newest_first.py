"""Queues read from their newest end: a filter stops where enough fits, and nothing is missed while others take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mutt_cli.core import pipeline
from mutt_cli.core.where import Clause, parse
from mutt_cli.keys import Keys
from mutt_cli.ops import dlq_list, queue_details
from mutt_cli.ops.paging import newest_first

if TYPE_CHECKING:
    from collections.abc import Iterable

    import redis

    from mutt_cli.core.message import Message
    from mutt_cli.ops.backends import Backends

KEYS, DEPTH = Keys(), 5_000
(QUEUE,) = (one for one in pipeline.QUEUES if one.name == "dlq-moog")


@pytest.fixture
def odd_hosts(redis_client: redis.Redis) -> None:
    """Letters of two hosts in turn, the one with the highest number on top."""
    letters = (json.dumps({"event_id": f"e-{number}", "hostname": f"r{number % 2}"}) for number in range(DEPTH))
    redis_client.lpush(KEYS.dlq_moog, *letters)


def numbers(found: Iterable[Message]) -> list[int]:
    return [int(json.loads(one.element)["event_id"].removeprefix("e-")) for one in found]


def where(text: str) -> list[Clause]:
    clause = parse(text)
    assert isinstance(clause, Clause)
    return [clause]


@pytest.mark.parametrize("clauses", [[], where("host=r1")], ids=["every one", "of a host"])
def test_the_newest_that_fit_are_found_without_looking_at_the_rest(
    backends: Backends, odd_hosts: None, clauses: list[Clause]
) -> None:
    fitting = [number for number in reversed(range(DEPTH)) if not clauses or number % 2][:7]
    letters = dlq_list.listed(backends, [QUEUE], clauses, most=7, seconds=60)
    assert sorted(numbers(one.message for one in letters.letters), reverse=True) == fitting
    peeked = queue_details.peeked(backends, QUEUE.name, clauses, most=7, newest=True, seconds=60)
    assert numbers(peeked.messages) == fitting
    assert max(letters.looked, peeked.looked) < DEPTH / 2
    assert (letters.whole, peeked.depth) == (True, DEPTH)


def test_what_fits_nothing_is_looked_for_in_all_of_them(backends: Backends, odd_hosts: None) -> None:
    peeked = queue_details.peeked(backends, QUEUE.name, where("host=r2"), most=7, newest=True, seconds=60)
    assert (peeked.messages, peeked.looked) == ([], DEPTH)


def test_all_are_seen_the_last_first_also_while_somebody_takes_and_adds(
    backends: Backends, odd_hosts: None, redis_client: redis.Redis
) -> None:
    seen: list[int] = []
    for number, page in enumerate(newest_first(backends, QUEUE, DEPTH)):
        seen += numbers(page)
        if number < 3:
            taken = [redis_client.rpop(KEYS.dlq_moog) for _ in range(5)]
            redis_client.lpush(KEYS.dlq_moog, json.dumps({"event_id": f"e-{DEPTH + number}"}))
            assert all(taken)
    assert {*range(15, DEPTH)} <= {*seen}
    assert seen[:10] == [*range(DEPTH - 1, DEPTH - 11, -1)]


def test_a_queue_that_vanishes_meanwhile_ends_at_once(
    backends: Backends, odd_hosts: None, redis_client: redis.Redis
) -> None:
    walk = newest_first(backends, QUEUE, DEPTH)
    assert len(next(walk)) == 10
    redis_client.delete(KEYS.dlq_moog)
    before = redis_client.info("commandstats")["cmdstat_lrange"]["calls"]
    assert list(walk) == []
    assert redis_client.info("commandstats")["cmdstat_lrange"]["calls"] == before + 1


def test_an_empty_queue_has_no_pages(backends: Backends) -> None:
    assert list(newest_first(backends, QUEUE, 0)) == []
