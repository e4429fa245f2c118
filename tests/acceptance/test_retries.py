"""Retries through real processes: they wait as long as they are told, in order, and in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.core.moment import unix_ms
from mutt_cli.daemons.behaviour import Behaviour
from tests.acceptance.moogsoft import KEYS, LINK_DOWN, counts, letters, received_ms, send
from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

SETTINGS = {"DEDUPE_WINDOW": "0", "CIRCUIT_BREAKER_ENABLED": "false", "RETRY_MAX_ATTEMPTS": "3"}


@pytest.fixture
def stack(postgres: PostgresServer, openbao: DevOpenBao) -> Iterator[Stack]:
    """The way out with one forwarder; what Moogsoft asks for decides the waits."""
    with running_stack(postgres, openbao, **SETTINGS, RETRY_INITIAL_DELAY="0.1") as made:
        made.start("ingestor", "alerter", "forwarder")
        yield made


def now_ms(stack: Stack) -> int:
    """Redis time, by which retries are due."""
    seconds, micros = stack.redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


def due_ms(stack: Stack) -> list[float]:
    found: list[tuple[bytes, float]] = stack.redis.zrange(KEYS.retry, 0, -1, withscores=True)  # type: ignore[assignment]
    return [due for _, due in found]


def one_waits(stack: Stack, retry_after: int) -> str:
    """An alert that failed once and waits as long as Moogsoft asked for; afterwards Moogsoft is well."""
    stack.simulator.behave(Behaviour(status=503, retry_after=retry_after))
    event_id = send(stack, 1, 1)[0]
    eventually(lambda: stack.redis.zcard(KEYS.retry) == 1, "it waits for its next try")
    stack.simulator.behave(Behaviour())
    return event_id


def test_next_try_is_not_before_what_retry_after_asks_for(stack: Stack) -> None:
    before = now_ms(stack)
    event_id = one_waits(stack, 3)
    assert due_ms(stack)[0] >= before + 3000
    eventually(lambda: received_ids(stack) == [event_id], "it arrives")
    assert received_ms(stack)[0] >= before + 3000


def test_nobody_waits_for_a_day_because_moogsoft_says_so(stack: Stack) -> None:
    one_waits(stack, 86_400)
    assert due_ms(stack)[0] <= now_ms(stack) + 300_000


def test_alert_that_waits_blocks_its_own_signature_and_no_other(stack: Stack) -> None:
    first = one_waits(stack, 4)
    same = [stack.send({"source": "core-sw1", "message": LINK_DOWN})["event_id"] for _ in range(2)]
    others = send(stack, 2, 5)
    eventually(lambda: sorted(received_ids(stack)[:5]) == sorted(others), "the other signatures go out at once")
    eventually(lambda: len(received_ids(stack)) == 8, "then the one that waited, and those behind it")
    assert received_ids(stack)[5:] == [first, *same]


def test_dead_letter_tells_its_attempts_and_when_the_first_and_the_last_of_them_failed(stack: Stack) -> None:
    before = now_ms(stack)
    stack.simulator.behave(Behaviour(status=503, retry_after=1))
    event_id = send(stack, 1, 1)[0]
    eventually(lambda: stack.redis.llen(KEYS.dlq_moog) == 1, "it is given up")
    letter = letters(stack)[0]
    assert (letter["event_id"], letter["reason"], letter["attempts"]) == (event_id, "http_503", 3)
    first, last = (unix_ms(letter[name]) or 0 for name in ("first_failed_at", "last_failed_at"))
    assert before <= first
    assert first + 2000 <= last <= now_ms(stack)
    assert counts(stack)["refused"] == 3


def test_stop_during_a_wait_loses_nothing_and_the_attempts_go_on_counting(stack: Stack) -> None:
    stack.simulator.behave(Behaviour(status=503, retry_after=2))
    event_ids = send(stack, 1, 10)
    eventually(lambda: stack.redis.zcard(KEYS.retry) == 10, "all wait")
    assert stack.daemons["forwarder"].stop() == 0
    assert stack.redis.zcard(KEYS.retry) == 10
    stack.start("forwarder")
    eventually(lambda: sorted(one["event_id"] for one in letters(stack)) == sorted(event_ids), "each is given up")
    assert {letter["attempts"] for letter in letters(stack)} == {3}
    assert counts(stack)["refused"] == 30


def test_redirect_is_no_delivery_and_is_tried_again(stack: Stack) -> None:
    stack.simulator.behave(Behaviour(status=302, retry_after=1))
    event_id = send(stack, 1, 1)[0]
    eventually(lambda: stack.redis.zcard(KEYS.retry) == 1, "it waits for its next try")
    assert received_ids(stack) == []
    stack.simulator.behave(Behaviour())
    eventually(lambda: received_ids(stack) == [event_id], "it arrives")
