"""What fills, what is refused, and what people switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutt_cli.daemons.behaviour import Behaviour
from tests.faults.lab.fault import fault
from tests.stack import eventually

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


@fault("dlq.moog.depth", "warning")
def dead_letters_grow(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "mutt:dlq:moog", 101)


@fault("dlq.dead.depth", "warning")
def poison_waits_for_a_person(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "mutt:dlq:dead", 1)


@fault("dlq.quarantine.depth", "warning")
def refused_items_pile_up(stack: Stack) -> Iterator[None]:
    yield from _pushed(stack, "mutt:quarantine:ingest", 101)


@fault("breaker.moog", "warning", "queue.alert.*", "dlq.moog.depth")
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


@fault("breaker.moog", "warning")
def somebody_tripped_the_breaker(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "breaker trip --reason lab", "breaker reset")


@fault("svc.ingestor", "warning")
def somebody_stopped_the_intake(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "ingest stop --yes --reason lab", "ingest start")


@fault("dlq.moog.depth", "warning")
def somebody_paused_the_dead_letters(stack: Stack) -> Iterator[None]:
    yield from _done(stack, "dlq pause dlq-moog --reason lab", "dlq resume dlq-moog")
