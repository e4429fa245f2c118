"""Remediation on a real Redis and a real webhook, one turn at a time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import journal_stream
from mutt_cli.adapters.redis_client import RedisRefusedError
from mutt_cli.core import replay
from mutt_cli.core.dead_letter import annotate, open_letter
from mutt_cli.daemons.behaviour import Behaviour
from mutt_cli.settings import Moog
from tests.contract.protocol.workers import KEYS, fill, oldest_first
from tests.integration.flow import BROKEN, REFUSED, SENT, Flow
from tests.integration.remediations import Unlucky, breaker, letter, make, moogsoft, names, remainder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.daemons.remediation import Remediation
    from mutt_cli.daemons.simulator import Simulator

__all__ = ["make", "moogsoft"]


def test_a_cycle_returns_the_oldest_of_both_queues_up_to_the_batch(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    fill(redis_client, KEYS.dlq_moog, *[letter(f"m{n}", "http_503") for n in range(5)])
    fill(redis_client, KEYS.dlq_alerter, letter("a0", "error"))
    make(batch_size=4)._turn()
    assert names(redis_client, KEYS.alert_queue) == ["m0", "m1", "m2"]
    assert names(redis_client, KEYS.ingest_queue) == ["a0"]
    assert names(redis_client, KEYS.dlq_moog) == ["m3", "m4"]
    assert redis_client.hlen(KEYS.operations) == 0
    records = [record for entry in journal_stream.scan(redis_client, KEYS) for record in entry.records]
    assert [(one.event_id, one.outcome, one.queue) for one in records] == [
        ("a0", "replayed", "ingest"), ("m0", "replayed", "alert"), ("m1", "replayed", "alert"),
        ("m2", "replayed", "alert"),
    ]  # fmt: skip
    assert len({one.operation_id for one in records}) == 2


def test_between_two_cycles_only_what_no_batch_bounds_comes_back(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    remediation = make(batch_size=1)
    remediation._turn()
    fill(redis_client, KEYS.dlq_moog, letter("r", "http_503"), letter("c", "circuit_open"))
    fill(redis_client, KEYS.dlq_alerter, letter("e", "error"), letter("s", "shed"))
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == ["c"]
    assert names(redis_client, KEYS.ingest_queue) == ["s"]
    assert names(redis_client, KEYS.dlq_moog) == ["r"]
    assert names(redis_client, KEYS.dlq_alerter) == ["e"]


def test_what_the_breaker_set_aside_comes_back_in_order_from_behind_hundreds_that_stay(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    remediation = make()
    remediation._turn()
    stays = [letter(f"r{n}", "http_503") for n in range(250)]
    waits = [letter(f"c{n}", "circuit_open") for n in range(150)]
    fill(redis_client, KEYS.dlq_moog, *stays[:120], *waits[:90], *stays[120:], *waits[90:])
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == [f"c{n}" for n in range(150)]
    assert sorted(names(redis_client, KEYS.dlq_moog)) == sorted(f"r{n}" for n in range(250))


def test_a_queue_where_nothing_may_go_is_only_read(make: Callable[..., Remediation], redis_client: Client) -> None:
    remediation = make(batch_size=1)
    remediation._turn()
    fill(redis_client, KEYS.dlq_moog, *[letter(f"r{n}", "http_503") for n in range(250)])
    before = oldest_first(redis_client, KEYS.dlq_moog)
    remediation._turn()
    assert oldest_first(redis_client, KEYS.dlq_moog) == before
    assert "cmdstat_rpop" not in redis_client.info("commandstats")


def test_room_in_the_alert_queue_bounds_what_comes_back(
    make: Callable[..., Remediation], redis_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "ALERT_ROOM", 3)
    fill(redis_client, KEYS.alert_queue, letter("q", ""))
    fill(redis_client, KEYS.dlq_moog, *[letter(f"c{n}", "circuit_open") for n in range(5)])
    remediation = make()
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == ["q", "c0", "c1"]
    redis_client.delete(KEYS.alert_queue)
    remediation._rests[replay.MOOG].until = 0.0
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == ["c2", "c3", "c4"]


def test_shed_events_return_while_the_ingest_queue_is_below_warn(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    remediation = make()
    warn = remediation.runtime.settings.alerter.queue_warn_threshold
    fill(redis_client, KEYS.ingest_queue, *["{}"] * warn)
    fill(redis_client, KEYS.dlq_alerter, *[letter(f"s{n}", "shed") for n in range(3)])
    remediation._turn()
    remediation._turn()
    assert redis_client.llen(KEYS.dlq_alerter) == 3
    redis_client.execute_command("RPOP", KEYS.ingest_queue, 2)  # type: ignore[no-untyped-call]
    remediation._turn()
    assert names(redis_client, KEYS.dlq_alerter) == ["s2"]
    assert redis_client.llen(KEYS.ingest_queue) == warn


def test_open_breaker_returns_nothing_and_a_half_open_one_gets_exactly_one(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    remediation = make()
    fill(redis_client, KEYS.dlq_moog, "not JSON", *[letter(f"c{n}", "circuit_open") for n in range(3)])
    breaker(redis_client, "OPEN")
    remediation._turn()
    remediation._turn()
    assert redis_client.llen(KEYS.dlq_moog) == 4
    breaker(redis_client, "HALF_OPEN")
    remediation._turn()
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == ["c0"]
    redis_client.delete(KEYS.alert_queue)
    redis_client.set(KEYS.breaker("probe"), "a forwarder's token")
    remediation._turn()
    assert redis_client.llen(KEYS.alert_queue) == 0
    redis_client.delete(KEYS.breaker("probe"))
    redis_client.zadd(KEYS.retry, {"id|{}": 1})
    remediation._turn()
    assert redis_client.llen(KEYS.alert_queue) == 0
    breaker(redis_client, "CLOSED")
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == ["c1", "c2"]
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["not JSON"]


def test_one_look_gives_one_probe_even_if_it_proves_nothing_at_once(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    remediation = make()
    fill(redis_client, KEYS.dlq_moog, *[letter(f"c{n}", "circuit_open") for n in range(3)])
    breaker(redis_client, "HALF_OPEN")
    hold = remediation._sweeper.lead

    def throttled() -> bool:
        """A forwarder that was answered 429 has put the probe into the retry set, and from there it was purged."""
        redis_client.delete(KEYS.alert_queue)
        return hold()

    remediation._sweeper.lead = throttled
    remediation._turn()
    assert names(redis_client, KEYS.dlq_moog) == ["c1", "c2"]


def test_a_breaker_that_is_switched_off_holds_nothing_back(
    make: Callable[..., Remediation], redis_client: Client, moogsoft: Simulator
) -> None:
    fill(redis_client, KEYS.dlq_moog, letter("c", "circuit_open"))
    breaker(redis_client, "OPEN")
    make(Moog(webhook_url=moogsoft.url, breaker_enabled=False))._turn()
    assert names(redis_client, KEYS.alert_queue) == ["c"]


def test_while_moogsoft_is_down_only_the_poison_leaves_and_the_log_says_why(
    make: Callable[..., Remediation], redis_client: Client, moogsoft: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    moogsoft.behave(Behaviour(status=503))
    fill(redis_client, KEYS.dlq_moog, letter("c", "circuit_open"), letter("p", "http_400", 4), letter("r", "http_503"))
    fill(redis_client, KEYS.dlq_alerter, letter("e", "error"))
    make()._turn()
    assert names(redis_client, KEYS.alert_queue) == []
    assert names(redis_client, KEYS.dead) == ["p"]
    assert names(redis_client, KEYS.ingest_queue) == ["e"]
    assert "Moogsoft health: down, replay to it pauses: HTTP 503" in caplog.text
    assert "poison message from dlq-moog moved to mutt:dlq:dead: failed 4 times (http_400): said so" in caplog.text
    assert "Replaying message from dlq-alerter to ingest, reason error, replay 1" in caplog.text
    assert "Remediation cycle: replayed 1, poison 1; waiting: 2 in dlq-moog" in caplog.text


def test_without_the_health_check_the_webhook_is_not_asked(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    fill(redis_client, KEYS.dlq_moog, letter("r", "http_503"))
    make(Moog(webhook_url="http://127.0.0.1:9/webhook", health_check_enabled=False))._turn()
    assert names(redis_client, KEYS.alert_queue) == ["r"]


def test_health_found_good_a_while_ago_is_asked_again_before_anything_is_sent(
    make: Callable[..., Remediation], redis_client: Client, moogsoft: Simulator
) -> None:
    remediation = make()
    remediation._turn()
    moogsoft.behave(Behaviour(status=502))
    remediation._watch._until = 0.0
    fill(redis_client, KEYS.dlq_moog, letter("c", "circuit_open"))
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == []
    assert remediation._watch.word == "down"


def test_a_message_that_keeps_being_rejected_is_buried_and_the_ledger_balances(
    make: Callable[..., Remediation], redis_client: Client, tmp_path: Path
) -> None:
    flow, remediation = Flow(redis_client, tmp_path / "witness"), make(max_poison_retries=2)
    [bad, good] = flow.send("LINK bad", "LINK good")
    flow.decide()
    for _ in range(3):
        flow.forward(REFUSED)
        assert names(redis_client, KEYS.dlq_moog) == [bad, good]
        remediation._next_cycle = 0.0
        remediation._turn()
        assert remainder(redis_client) == 0
    assert names(redis_client, KEYS.dead) == [bad, good]
    story = open_letter(oldest_first(redis_client, KEYS.dead)[0].encode()).delivery
    assert story is not None
    assert (story.count("http_400"), story.replays) == (3, 2)


def test_what_comes_back_during_a_cycle_waits_for_the_next(
    make: Callable[..., Remediation], redis_client: Client
) -> None:
    remediation = make(batch_size=100)
    fill(redis_client, KEYS.dlq_moog, *[letter(f"r{n}", "http_400") for n in range(3)])

    def bounce() -> bool:
        """A forwarder that rejects at once whatever it gets."""
        for element in reversed(redis_client.lrange(KEYS.alert_queue, 0, -1)):
            assert isinstance(element, bytes)
            again = annotate(element, reason="http_400", error="", attempt=1, origin="alert", at_ms=5)
            redis_client.lpush(KEYS.dlq_moog, again)
        redis_client.delete(KEYS.alert_queue)
        return True

    remediation._sweeper.lead = bounce
    for _ in range(3):
        remediation._turn()
    bounce()
    stories = [open_letter(element.encode()).delivery for element in oldest_first(redis_client, KEYS.dlq_moog)]
    assert [story.replays for story in stories if story] == [1, 1, 1]


def test_hand_made_and_unreadable_letters_block_nobody_and_end_as_poison(
    make: Callable[..., Remediation], redis_client: Client, tmp_path: Path
) -> None:
    flow, remediation = Flow(redis_client, tmp_path / "witness"), make(max_poison_retries=1)
    fill(redis_client, KEYS.dlq_moog, "junk", "[]", '{"message": "a hand"}', letter("c", "circuit_open"))
    fill(redis_client, KEYS.dlq_alerter, "plain words", '{"_delivery": 5, "_source": "api"}')
    redis_client.hset(KEYS.ledger, "accepted", 2)
    remediation._turn()
    assert redis_client.llen(KEYS.alert_queue) == 4
    assert redis_client.llen(KEYS.ingest_queue) == 2
    assert remainder(redis_client) == 0
    flow.decide(BROKEN)
    flow.forward(SENT)
    for _ in range(3):
        remediation._next_cycle = 0.0
        remediation._turn()
        if redis_client.llen(KEYS.ingest_queue):
            flow.decide(BROKEN)
        flow.forward(SENT)
        assert remainder(redis_client) == 0
    bodies = {open_letter(element.encode()).body for element in oldest_first(redis_client, KEYS.dead)}
    assert len(bodies) == 4
    assert bodies > {b"[]", b"junk", b"plain words"}
    assert redis_client.llen(KEYS.dlq_moog) == redis_client.llen(KEYS.dlq_alerter) == 0


def test_a_lost_reply_repeats_the_same_slice_and_moves_nothing_twice(
    make: Callable[..., Remediation], redis_client: Client, valkey: Valkey
) -> None:
    remediation = make()
    remediation._sweeper.client = unlucky = Unlucky(unix_socket_path=str(valkey.socket))
    fill(redis_client, KEYS.dlq_moog, *[letter(f"c{n}", "circuit_open") for n in range(120)])
    remediation._turn()  # the script is known to the server from now on
    fill(redis_client, KEYS.dlq_moog, letter("twin", "circuit_open"), letter("twin", "circuit_open"))
    unlucky.lose = True
    remediation._rests[replay.MOOG].until = 0.0
    remediation._turn()
    assert not unlucky.lose
    assert names(redis_client, KEYS.alert_queue) == [f"c{n}" for n in range(120)] + ["twin", "twin"]
    entries = list(journal_stream.scan(redis_client, KEYS))
    assert sum(len(entry.records) for entry in entries) == 122
    assert redis_client.hlen(KEYS.operations) == 0


def test_an_operator_who_takes_letters_meanwhile_gets_his_and_the_rest_goes_on(
    make: Callable[..., Remediation], redis_client: Client, valkey: Valkey
) -> None:
    remediation = make()
    remediation._turn()
    remediation._sweeper.client = unlucky = Unlucky(unix_socket_path=str(valkey.socket))
    fill(redis_client, KEYS.dlq_moog, *[letter(f"c{n}", "circuit_open") for n in range(150)])
    unlucky.before = lambda: redis_client.rpop(KEYS.dlq_moog)
    remediation._turn()
    remediation._rests[replay.MOOG].until = 0.0
    remediation._turn()
    assert names(redis_client, KEYS.alert_queue) == [f"c{n}" for n in range(1, 150)]


def test_a_broken_key_moves_nothing_and_is_survived(make: Callable[..., Remediation], redis_client: Client) -> None:
    remediation = make()
    fill(redis_client, KEYS.dlq_moog, letter("p", "http_400", 4), letter("r", "http_503"))
    redis_client.set(KEYS.dead, "a hand's mistake")
    with pytest.raises(RedisRefusedError, match="WRONGTYPE"):
        remediation._turn()
    assert names(redis_client, KEYS.dlq_moog) == ["p", "r"]
    redis_client.delete(KEYS.dead)
    remediation._next_cycle = 0.0
    remediation._turn()
    assert names(redis_client, KEYS.dead) == ["p"]


def test_switched_off_it_idles_and_gives_up_the_lease(
    make: Callable[..., Remediation], redis_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fill(redis_client, KEYS.dlq_moog, letter("r", "http_503"))
    make(enabled=False)._turn()
    assert names(redis_client, KEYS.dlq_moog) == ["r"]
    assert "Remediation is switched off (REMEDIATION_ENABLED=false): idle" in caplog.text
    assert not redis_client.exists(KEYS.remediation_lease)
