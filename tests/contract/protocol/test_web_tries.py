"""Tries at a door are counted before they are judged: of any number at once no more than the limit get through."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mutt_cli.adapters import web_sessions
from mutt_cli.core.sessions import TRIES, TRIES_S
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

WHO = ("address:10.0.0.7", "key:abc")


def tried(client: Client, *who: str) -> int:
    return web_sessions.attempt(client, KEYS, who, TRIES)


def test_of_forty_at_once_five_are_judged(redis_client: Client) -> None:
    waits = list[int]()
    together = threading.Barrier(20)

    def guess() -> None:
        together.wait(20)
        for _ in range(2):
            waits.append(tried(redis_client, *WHO))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert (len(waits), waits.count(0)) == (40, TRIES)
    assert {0 < one <= TRIES_S for one in waits if one} == {True}


def test_a_try_that_is_refused_counts_for_nobody(redis_client: Client) -> None:
    for _ in range(TRIES):
        assert tried(redis_client, "address:10.0.0.7") == 0
    assert tried(redis_client, *WHO) > 0
    assert redis_client.exists(KEYS.web_tries("key:abc")) == 0
    assert int(redis_client.get(KEYS.web_tries("address:10.0.0.7")) or 0) == TRIES


def test_the_minute_begins_with_the_first_try_and_is_not_drawn_out(redis_client: Client) -> None:
    place = KEYS.web_tries("key:abc")
    tried(redis_client, "key:abc")
    assert 0 < redis_client.ttl(place) <= TRIES_S
    redis_client.expire(place, 7)
    for _ in range(TRIES):
        last = tried(redis_client, "key:abc")
    assert (0 < last <= 7, 0 < redis_client.ttl(place) <= 7) == (True, True)


def test_what_did_not_fail_is_taken_back(redis_client: Client) -> None:
    for _ in range(3 * TRIES):
        assert tried(redis_client, *WHO) == 0
        web_sessions.take_back(redis_client, KEYS, WHO)
    assert 0 < redis_client.ttl(KEYS.web_tries("key:abc")) <= TRIES_S


def test_what_ended_meanwhile_is_not_begun_again_by_taking_it_back(redis_client: Client) -> None:
    tried(redis_client, *WHO)
    redis_client.delete(KEYS.web_tries("key:abc"))
    web_sessions.take_back(redis_client, KEYS, WHO)
    web_sessions.take_back(redis_client, KEYS, WHO)
    assert redis_client.exists(KEYS.web_tries("key:abc")) == 0
    assert int(redis_client.get(KEYS.web_tries("address:10.0.0.7")) or 0) == 0


def test_a_full_redis_counts(redis_client: Client) -> None:
    redis_client.config_set("maxmemory", 1)
    try:
        assert [tried(redis_client, *WHO) for _ in range(TRIES)] == [0] * TRIES
        assert tried(redis_client, *WHO) > 0
        web_sessions.take_back(redis_client, KEYS, WHO)
        assert tried(redis_client, *WHO) == 0
    finally:
        redis_client.config_set("maxmemory", 0)
