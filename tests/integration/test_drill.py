"""What a drill keeps in Redis and takes out of it, on a real server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from mutt_cli.adapters import canary_search, drill_notes
from mutt_cli.adapters.drill_notes import Noted
from mutt_cli.adapters.redis_calls import watch
from mutt_cli.core.drill import KEEP_S, Label
from mutt_cli.keys import Keys
from mutt_cli.ops.drill_clear import taken_out

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends

KEYS: Final = Keys()
TOKEN: Final = "0123456789abcdef0123456789abcdef"
ID: Final = "01930000-0000-7000-8000-00000000000{}"
LABEL: Final = Label("record", 4_000_000_000_000, "op-AAAAAA")


def element(number: int) -> str:
    return json.dumps({
        "event_id": ID.format(number), "correlation_id": f"c{number}", "received_at": "2026-11-28T10:00:00.000Z",
        "_source": "api", "message": "m",
    })  # fmt: skip


def test_a_label_lives_for_a_day_and_keeps_its_end_when_it_changes(redis_client: Client) -> None:
    drill_notes.announce(redis_client, KEYS, TOKEN, LABEL)
    redis_client.expire(KEYS.drill(TOKEN), 1000)
    drill_notes.note_post(redis_client, KEYS, TOKEN, Label("record", 1, "op-AAAAAA", {"type": "TEST"}))
    drill_notes.expire(redis_client, KEYS, TOKEN)
    assert drill_notes.labels(redis_client, KEYS, [TOKEN]) == {TOKEN: Label("record", 0, "op-AAAAAA", {"type": "TEST"})}
    assert 0 < redis_client.ttl(KEYS.drill(TOKEN)) <= 1000 < KEEP_S


def test_a_label_that_was_taken_away_does_not_come_back(redis_client: Client) -> None:
    drill_notes.announce(redis_client, KEYS, TOKEN, LABEL)
    drill_notes.forget(redis_client, KEYS, TOKEN)
    drill_notes.note_post(redis_client, KEYS, TOKEN, LABEL)
    drill_notes.expire(redis_client, KEYS, TOKEN)
    assert redis_client.exists(KEYS.drill(TOKEN)) == 0


def test_only_labels_that_exist_and_can_be_read_are_believed(redis_client: Client) -> None:
    other, odd = "f" * 32, "e" * 32
    drill_notes.announce(redis_client, KEYS, TOKEN, LABEL)
    redis_client.set(KEYS.drill(odd), "yes")
    assert drill_notes.labels(redis_client, KEYS, [other, odd, TOKEN]) == {TOKEN: LABEL}


def test_a_drill_that_failed_keeps_when_the_last_good_one_was(redis_client: Client) -> None:
    good = Noted(1000, 0, "ok", "forwarder", "record", 0.25, "op-1", "mk@a")
    drill_notes.keep(redis_client, KEYS, good, ok=True)
    drill_notes.keep(redis_client, KEYS, Noted(2000, 0, "late", "alerter", "send", None, "op-2", "mk@b"), ok=False)
    found = drill_notes.read(redis_client, KEYS)
    assert found == Noted(2000, 1000, "late", "alerter", "send", None, "op-2", "mk@b")


@pytest.mark.parametrize("odd", ["", "soon", "-5", "1e9", "9" * 400, "\u0663"])
def test_what_a_hand_wrote_into_the_notes_is_no_moment(redis_client: Client, odd: str) -> None:
    assert drill_notes.read(redis_client, KEYS) == Noted()
    redis_client.hset(KEYS.last_drill, mapping={"at": odd, "ok_at": odd, "seconds": odd, b"\xff": b"\xff"})
    found = drill_notes.read(redis_client, KEYS)
    assert (found.last_ms, found.last_ok_ms, found.seconds) == (0, 0, None)


@pytest.mark.parametrize("queue", ["dlq-moog", "dlq-alerter", "alert", "ingest"])
def test_a_canary_is_taken_out_of_the_middle_of_a_queue_and_counted(
    backends: Backends, redis_client: Client, queue: str
) -> None:
    client, key = redis_client, {"dlq-moog": KEYS.dlq_moog, "dlq-alerter": KEYS.dlq_alerter,
                                     "alert": KEYS.alert_queue, "ingest": KEYS.ingest_queue}[queue]  # fmt: skip
    client.lpush(key, *map(element, range(5)))
    assert taken_out(backends, queue, ID.format(2), "op-1", "mk@a")
    left = [json.loads(one)["event_id"][-1] for one in client.lrange(key, 0, -1)]
    assert left == ["4", "3", "1", "0"]
    assert client.hgetall(KEYS.ledger) == {b"purged": b"1"}
    assert client.exists(KEYS.operations) == 0
    assert not taken_out(backends, queue, ID.format(2), "op-2", "mk@a")


def test_a_canary_is_taken_out_of_the_retry_set(backends: Backends, redis_client: Client) -> None:
    client = redis_client
    client.zadd(KEYS.retry, {f"s{number}|{element(number)}": 4_000_000_000_000 for number in range(3)})
    assert taken_out(backends, "retry", ID.format(1), "op-1", "mk@a")
    assert [one[:2] for one in client.zrange(KEYS.retry, 0, -1)] == [b"s0", b"s2"]
    assert client.hgetall(KEYS.ledger) == {b"purged": b"1"}


def test_what_a_worker_has_in_hand_is_left_to_it(backends: Backends, redis_client: Client) -> None:
    redis_client.lpush(KEYS.processing("moog", "f1"), element(1))
    assert not taken_out(backends, "inflight-forwarder-f1", ID.format(1), "op-1", "mk@a")
    assert redis_client.llen(KEYS.processing("moog", "f1")) == 1


def test_a_canary_deep_in_a_long_queue_is_left_where_it_ends_by_itself(
    backends: Backends, redis_client: Client
) -> None:
    client = redis_client
    client.lpush(KEYS.ingest_queue, *["{}"] * (canary_search.BOUND + 1), element(1))
    assert not taken_out(backends, "ingest", ID.format(1), "op-1", "mk@a")
    client.rpop(KEYS.ingest_queue)
    assert taken_out(backends, "ingest", ID.format(1), "op-1", "mk@a")


def test_calls_are_told_with_their_key_and_without_any_value(backends: Backends, redis_client: Client) -> None:
    client, told = backends.redis(), list[str]()
    watch(client, told.append)
    client.set("mutt:one", "a secret")
    pipe = client.pipeline(transaction=False)
    pipe.get("mutt:one")
    pipe.lpush("mutt:two", "a secret")
    pipe.execute()
    client.eval("return redis.call('GET', KEYS[1])", 1, "mutt:one", "a secret")
    calls = [one.partition("ms  ")[2] for one in told]
    assert calls[-4:] == ["SET mutt:one", "GET mutt:one", "LPUSH mutt:two", "EVAL mutt:one"]
    assert "secret" not in "".join(told)
