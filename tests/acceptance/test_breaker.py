"""The circuit breaker between real forwarders and a Moogsoft that fails: shared, with one probe, and never a loss."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mutt_cli.daemons.behaviour import Behaviour
from tests.acceptance.moogsoft import KEYS, breaker, counts, letters, received_ms, send
from tests.stack import Stack, eventually, received_ids, running_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.adapters.engines.openbao import DevOpenBao
    from tests.servers import PostgresServer

THRESHOLD = 5
OPENS = {
    "CIRCUIT_BREAKER_THRESHOLD": str(THRESHOLD), "CIRCUIT_BREAKER_TIMEOUT": "600", "RETRY_MAX_ATTEMPTS": "100",
    "FORWARDER_CONCURRENCY": "2", "RETRY_MAX_DELAY": "1",
}  # fmt: skip
HOLDS = OPENS | {"CIRCUIT_BREAKER_OPEN_ACTION": "hold"}


@contextmanager
def two_forwarders(postgres: PostgresServer, openbao: DevOpenBao, **settings: str) -> Iterator[Stack]:
    """Ingestor, alerter and two forwarders, the first of which is known to be healthy."""
    with running_stack(postgres, openbao, **settings) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.second("forwarder").start()
        eventually(lambda: stack.redis.exists(KEYS.heartbeat("moog", "pod-2")), "the second forwarder has its lease")
        yield stack


def open_it(stack: Stack, number: int = 3 * THRESHOLD) -> list[str]:
    """Make Moogsoft fail until the breaker is open; the ids of what was sent for that."""
    stack.simulator.behave(Behaviour(status=503))
    event_ids = send(stack, 1, number)
    eventually(lambda: breaker(stack) == "OPEN", "the breaker opens")
    return event_ids


def test_open_breaker_stops_both_forwarders_and_sets_alerts_aside_unsent(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with two_forwarders(postgres, openbao, **OPENS) as stack:
        first = open_it(stack)
        eventually(lambda: stack.redis.llen(KEYS.dlq_moog) == len(first), "all are set aside, retries included")
        refused = counts(stack)["refused"]
        assert refused >= THRESHOLD
        later: list[str] = []
        for round_ in range(1, 40):  # whichever asks first gets them: both must have had some
            later += send(stack, 100 * round_, 20)
            if all("Circuit breaker is OPEN, skipping forward" in stack.log(one) for one in _FORWARDERS):
                break
        everything = {*first, *later}
        eventually(lambda: stack.redis.llen(KEYS.dlq_moog) == len(everything), "the later ones are set aside too")
        assert all("Circuit breaker is OPEN, skipping forward" in stack.log(one) for one in _FORWARDERS)
        assert counts(stack)["refused"] == refused
        found = letters(stack)
        assert {letter["event_id"] for letter in found} == everything
        assert {letter["reason"] for letter in found} == {"circuit_open"}
        attempts = {letter["event_id"]: letter["attempts"] for letter in found}
        assert {attempts[one] for one in later} == {0}
        assert sum(attempts.values()) == refused, "being refused by the breaker is no attempt"


_FORWARDERS = ("forwarder", "forwarder-pod-2")


def test_breaker_that_holds_leaves_alerts_queued_and_sends_them_once_when_it_closes(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with two_forwarders(postgres, openbao, **HOLDS | {"CIRCUIT_BREAKER_TIMEOUT": "2"}) as stack:
        event_ids = open_it(stack)
        event_ids += send(stack, 100, 50)
        eventually(lambda: stack.redis.llen(KEYS.alert_queue) >= 50, "they wait in their queue")
        assert not stack.redis.llen(KEYS.dlq_moog)
        stack.simulator.behave(Behaviour())
        eventually(lambda: sorted(received_ids(stack)) == sorted(event_ids), "each arrives, once", 30)
        assert breaker(stack) == "CLOSED"
        assert not stack.redis.llen(KEYS.dlq_moog)


def test_half_open_breaker_lets_one_alert_out_and_no_other_before_its_answer(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with two_forwarders(postgres, openbao, **HOLDS | {"CIRCUIT_BREAKER_TIMEOUT": "2"}) as stack:
        event_ids = open_it(stack)
        event_ids += send(stack, 100, 20)
        stack.simulator.behave(Behaviour(delay_ms=1500))
        eventually(lambda: breaker(stack) == "CLOSED", "the probe was answered", 30)
        stack.simulator.behave(Behaviour())
        eventually(lambda: sorted(received_ids(stack)) == sorted(event_ids), "each arrives, once", 60)
        probe, *others = received_ms(stack)
        assert min(others) >= probe + 1500


def test_clean_restart_of_a_forwarder_tries_at_once_and_a_takeover_after_a_kill_does_not(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao, **HOLDS) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        event_ids = open_it(stack)
        forwarder = stack.daemons["forwarder"]
        forwarder.kill()
        stack.simulator.behave(Behaviour())
        stack.start("forwarder")
        send_and_leave = send(stack, 100, 1)
        eventually(lambda: stack.redis.llen(KEYS.alert_queue) > 0, "the new alert waits")
        assert breaker(stack) == "OPEN", "a crash resets nothing"
        assert received_ids(stack) == []
        assert stack.daemons["forwarder"].stop() == 0
        stack.start("forwarder")
        everything = sorted([*event_ids, *send_and_leave])
        eventually(lambda: sorted(received_ids(stack)) == everything, "the restart tried, and all went out", 30)
        assert breaker(stack) == "CLOSED"


def test_rejected_alerts_prove_that_moogsoft_works_and_never_open_the_breaker(
    postgres: PostgresServer, openbao: DevOpenBao
) -> None:
    with running_stack(postgres, openbao, **OPENS) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.simulator.behave(Behaviour(status=422))
        send(stack, 1, 4 * THRESHOLD)
        eventually(lambda: stack.redis.llen(KEYS.dlq_moog) == 4 * THRESHOLD, "each is a dead letter")
        assert breaker(stack) == "CLOSED"
        assert stack.redis.get(KEYS.breaker("failures")) == b"0"
        assert {(letter["reason"], letter["attempts"]) for letter in letters(stack)} == {("http_422", 1)}
        stack.simulator.behave(Behaviour())
        event_ids = send(stack, 100, 5)
        eventually(lambda: sorted(received_ids(stack)) == sorted(event_ids), "the next are sent as ever")


def test_refused_key_opens_the_breaker_and_dead_letters_no_alert(postgres: PostgresServer, openbao: DevOpenBao) -> None:
    with running_stack(postgres, openbao, **HOLDS) as stack:
        stack.start("ingestor", "alerter", "forwarder")
        stack.simulator.behave(Behaviour(status=401))
        event_ids = send(stack, 1, 50)
        eventually(lambda: breaker(stack) == "OPEN", "the breaker opens")
        eventually(lambda: not stack.redis.llen(KEYS.processing("moog", "pod-1")), "what was on its way is back")
        assert not stack.redis.llen(KEYS.dlq_moog)
        assert stack.redis.llen(KEYS.alert_queue) + stack.redis.zcard(KEYS.retry) == len(event_ids)
        assert counts(stack)["refused"] < THRESHOLD + 2, "only what was under way was tried"
