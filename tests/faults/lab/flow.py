"""What fills, what is refused, and what people switched off."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tests.faults.lab.fault import fault, purged
from tests.stack import API_KEY, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack import Stack


USELESS = b'{"message": "nothing that a rule knows", "source": "lab"}'


def _pushed(stack: Stack, queue: str, key: str, count: int) -> Iterator[None]:
    """Letters written by hand; taken out by `mutt queue purge`."""
    stack.redis.lpush(key, *(f'{{"message":"letter {number}"}}' for number in range(count)))
    yield
    purged(stack, queue)


def _done(stack: Stack, words: str, back: str) -> Iterator[None]:
    done = stack.mutt(*words.split())
    assert done.returncode == 0, done.stderr
    yield
    done = stack.mutt(*back.split())
    assert done.returncode == 0, done.stderr


@fault("letters-pile-up:dlq-moog", "dlq.moog.depth", "warning")
def dead_letters_grow(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "dlq-moog", "mutt:dlq:moog", 101)


@fault("events-pile-up:dlq-alerter", "dlq.alerter.depth", "warning")
def undecided_events_pile_up(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "dlq-alerter", "mutt:dlq:alerter", 101)


@fault("remediation-off", "dlq.alerter.depth", "warning")
def remediation_is_switched_off_and_letters_wait(stack: Stack) -> Iterator[None]:
    assert stack.mutt("config", "set", "remediation_enabled=false", "--reason", "lab").returncode == 0
    stack.redis.lpush("mutt:dlq:alerter", '{"message":"a letter"}')
    yield
    assert stack.mutt("config", "set", "remediation_enabled=true", "--reason", "lab").returncode == 0
    at_work = ("health", "--only", "dlq.alerter.depth")
    eventually(lambda: stack.mutt(*at_work).returncode == 0, "somebody is at work to bring it back")
    purged(stack, "dlq-alerter")
    assert stack.mutt("config", "unset", "remediation_enabled", "--reason", "lab").returncode == 0


@fault("poison", "dlq.dead.depth", "warning")
def poison_waits_for_a_person(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "dead", "mutt:dlq:dead", 1)


@fault("quarantine", "dlq.quarantine.depth", "warning")
def refused_items_pile_up(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "quarantine", "mutt:quarantine:ingest", 101)


@fault("breaker-tripped", "breaker.moog", "warning")
def somebody_tripped_the_breaker(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "breaker trip --reason lab", "breaker reset")


@fault("switched-off:*", "svc.alerter svc.forwarder svc.remediation", "warning", "dlq.*", "queue.*")
def a_drain_was_left_half_way(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "maintenance drain --scope moog --yes --reason lab", "maintenance resume --reason lab")


@fault("switched-off:ingestor", "svc.ingestor", "warning")
def somebody_stopped_the_intake(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "ingest stop --yes --reason lab", "ingest start")


@fault("dlq-paused:dlq-moog", "dlq.moog.depth", "warning")
def somebody_paused_the_dead_letters(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "dlq pause dlq-moog --reason lab", "dlq resume dlq-moog")


@contextmanager
def _senders(stack: Stack, key: str, body: bytes = USELESS) -> Iterator[None]:
    """Somebody posts this all the time, with this key."""
    done = threading.Event()

    def post() -> None:
        with httpx.Client(headers={"X-API-Key": key, "Content-Type": "application/json"}) as client:
            while not done.wait(0.02):
                client.post(f"{stack.ingest_url}/ingest", content=body)

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


@fault("senders-json", "", "warning", how="advise")
def senders_bring_what_is_no_json(stack: Stack) -> Iterator[None]:
    with _senders(stack, API_KEY, b"{not json"):
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
