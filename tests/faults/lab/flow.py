"""What fills, what is refused, and what people switched off."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from mutt_cli.daemons.behaviour import Behaviour
from tests.faults.lab.fault import fault
from tests.stack import API_KEY, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack


def _pushed(stack: Stack, key: str, count: int) -> Iterator[None]:
    stack.redis.lpush(key, *(f'{{"message":"letter {number}"}}' for number in range(count)))
    yield
    stack.redis.delete(key)


def _done(stack: Stack, words: str, back: str) -> Iterator[None]:
    done = stack.mutt(*words.split())
    assert done.returncode == 0, done.stderr
    yield
    done = stack.mutt(*back.split())
    assert done.returncode == 0, done.stderr


@fault("letters-pile-up:dlq-moog", "dlq.moog.depth", "warning")
def dead_letters_grow(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "mutt:dlq:moog", 101)


@fault("poison", "dlq.dead.depth", "warning")
def poison_waits_for_a_person(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "mutt:dlq:dead", 1)


@fault("quarantine", "dlq.quarantine.depth", "warning")
def refused_items_pile_up(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "mutt:quarantine:ingest", 101)


@fault("moogsoft-ill", "breaker.moog", "warning", "queue.alert.*", "dlq.moog.depth")
def moogsoft_answers_503(stack: Stack) -> Iterator[None]:
    stack.simulator.behave(Behaviour(status=503))
    number = iter(range(1000))

    def opened() -> bool:
        stack.send({"source": f"lab{next(number)}", "message": "LINK down"})
        return stack.redis.get("mutt:circuit_breaker:moogsoft:state") == b"OPEN"

    eventually(opened, "the breaker opens", 60)
    yield
    stack.simulator.behave(Behaviour())
    assert stack.mutt("breaker", "reset").returncode == 0
    stack.mutt("dlq", "replay", "dlq-moog", "--all", "--yes")
    drained = ("mutt:dlq:moog", "mutt:alert_queue")
    eventually(
        lambda: not stack.redis.zcard("mutt:retry:moog") and not any(stack.redis.llen(key) for key in drained),
        "what was set aside has gone", 60,
    )  # fmt: skip


@fault("breaker-tripped", "breaker.moog", "warning")
def somebody_tripped_the_breaker(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "breaker trip --reason lab", "breaker reset")


@fault("switched-off:ingestor", "svc.ingestor", "warning")
def somebody_stopped_the_intake(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "ingest stop --yes --reason lab", "ingest start")


@fault("dlq-paused:dlq-moog", "dlq.moog.depth", "warning")
def somebody_paused_the_dead_letters(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "dlq pause dlq-moog --reason lab", "dlq resume dlq-moog")


@contextmanager
def _senders(stack: Stack, key: str) -> Iterator[None]:
    """Somebody posts all the time, with this key."""
    done = threading.Event()

    def post() -> None:
        with httpx.Client(headers={"X-API-Key": key}) as client:
            while not done.wait(0.02):
                client.post(
                    f"{stack.ingest_url}/ingest", json={"message": "nothing that a rule knows", "source": "lab"}
                )

    sender = threading.Thread(target=post)
    sender.start()
    try:
        yield
    finally:
        done.set()
        sender.join()


@contextmanager
def _limited(stack: Stack, limiter: str, rate: str, *keys: str) -> Iterator[None]:
    """A limiter set by hand; `keys` are its settings."""
    done = stack.mutt("ratelimit", "set", limiter, rate, "--reason", "lab")
    assert done.returncode == 0, done.stderr
    try:
        yield
    finally:
        for key in keys:
            undone = stack.mutt("config", "unset", key, "--reason", "lab")
            assert undone.returncode == 0, undone.stderr


@fault("senders-key", "", "warning", how="advise")
def senders_bring_a_wrong_key(stack: Stack) -> Iterator[None]:
    with _senders(stack, "wrong"):
        yield


@fault("senders-rate", "", "warning")
def senders_are_faster_than_is_allowed(stack: Stack) -> Iterator[None]:
    with _limited(stack, "ingest", "1/1s", "ingest_max_rate", "ingest_rate_window"), _senders(stack, API_KEY):
        yield


@fault("limiter-full", "", "warning", "queue.alert.*")
def alerts_wait_for_the_delivery_limit(stack: Stack) -> Iterator[None]:
    with _limited(stack, "moog", "1/10m", "moog_rate_limit", "moog_rate_period"):
        stack.send(*({"source": f"limit{number}", "message": "LINK down"} for number in range(5)))
        eventually(lambda: stack.redis.llen("mutt:alert_queue") >= 1, "alerts wait")
        yield
    eventually(lambda: not stack.redis.llen("mutt:alert_queue"), "they have gone")


@fault("moogsoft-key", "", "critical", "breaker.moog", "queue.alert.*", "dlq.moog.depth", how="advise")
def moogsoft_refuses_our_key(stack: Stack) -> Iterator[None]:
    stack.simulator.behave(Behaviour(bearer="another"))
    yield
    stack.simulator.behave(Behaviour())


@fault("bodies-refused", "", "warning", "dlq.moog.depth")
def moogsoft_refuses_what_an_alert_says(stack: Stack) -> Iterator[None]:
    stack.simulator.behave(Behaviour(status=400))
    stack.send({"source": "refused", "message": "LINK down"})
    eventually(lambda: stack.redis.llen("mutt:dlq:moog"), "it is set aside")
    yield
    stack.simulator.behave(Behaviour())
    replayed = stack.mutt("dlq", "replay", "dlq-moog", "--all", "--yes", "--reason", "lab")
    assert replayed.returncode == 0, replayed.stderr
    eventually(lambda: not stack.redis.llen("mutt:dlq:moog"), "it has gone")
