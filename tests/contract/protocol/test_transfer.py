"""Messages taken out of a queue by hand: what is picked goes, what is not keeps its place, each slice happens once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters import journal_stream
from mutt_cli.adapters.redis_client import RedisRefusedError
from mutt_cli.adapters.transfer import Pick, carry_out, last_slice, page, put
from mutt_cli.core import journal, pipeline
from mutt_cli.core.message import Message
from mutt_cli.core.transfer import Arrival, Transfer
from tests.contract.protocol.workers import KEYS, fill, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

BY_NAME = {queue.name: queue for queue in pipeline.QUEUES}
DLQ, RETRY = BY_NAME["dlq-moog"], BY_NAME["retry"]
TARGETS = {queue.name: queue.key(KEYS) for queue in pipeline.QUEUES}
COUNTED = (("2026-11-28T01:00", "api", "purged", 1),)
RECORD = journal.Record("0192", "0192", "operator", "moved", queue="alert", operation_id="op-1")


def pick(place: int, text: str, target: str = "alert", form: str = "", member: str = "") -> Pick:
    element = text.encode()
    counted = COUNTED if not target else ()
    going = Transfer(element, target, form.encode(), RECORD, counted)
    return Pick(place, Message(element, member.encode()), going)


def slice_of(client: Client, *picks: Pick, number: int = 1, source: pipeline.Queue = DLQ) -> Any:
    return carry_out(
        client, KEYS, picks, operation="op-1", number=number, source=source, targets=TARGETS, uid=f"u{number}"
    )


def test_picks_from_the_middle_go_and_the_rest_keeps_its_order(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "b", "c", "d", "e")
    left = slice_of(redis_client, pick(1, "b"), pick(3, "d", form="mended"), pick(4, "e", target=""))
    assert left == 2
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["a", "c"]
    assert oldest_first(redis_client, KEYS.alert_queue) == ["b", "mended"]


def test_the_oldest_go_together(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "b", "c")
    assert slice_of(redis_client, pick(0, "a"), pick(1, "b", target="ingest")) == 1
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["c"]
    assert oldest_first(redis_client, KEYS.alert_queue) == ["a"]
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["b"]


def test_equal_messages_are_told_apart_by_their_place(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "same", "x", "same", "y", "same")
    assert slice_of(redis_client, pick(2, "same", form="second")) == 4
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["same", "x", "y", "same"]
    assert oldest_first(redis_client, KEYS.alert_queue) == ["second"]


def test_a_repeated_slice_does_nothing(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "a")
    assert slice_of(redis_client, pick(0, "a", target="")) == 1
    assert slice_of(redis_client, pick(0, "a", target="")) == "already"
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["a"]
    assert redis_client.hget(KEYS.ledger, "purged") == b"1"
    assert last_slice(redis_client, KEYS, "op-1") == 1


@pytest.mark.parametrize("place", [0, 1])
def test_a_queue_that_has_changed_is_left_alone(redis_client: Client, place: int) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "b")
    picks = [pick(0, "a"), pick(1, "b")]
    picks[place] = pick(place, "somebody took it")
    assert slice_of(redis_client, *picks) == "changed"
    assert slice_of(redis_client, pick(7, "a")) == "changed"
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["a", "b"]
    assert redis_client.exists(KEYS.alert_queue, KEYS.journal, KEYS.operations) == 0


def test_ledger_and_journal_are_written_with_the_move(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a")
    slice_of(redis_client, pick(0, "a", target=""))
    assert redis_client.hget(KEYS.ledger_minutes, "2026-11-28T01:00|api|purged") == b"1"
    [(_, entry)] = journal_stream.read(redis_client, KEYS)
    assert entry.records == [RECORD]


def test_alerts_leave_the_retry_set_without_the_name_of_their_settling(redis_client: Client) -> None:
    redis_client.zadd(KEYS.retry, {"s1|a|b": 10, "s2|c": 20})
    first, second = page(redis_client, KEYS, RETRY, 0, 10)
    assert (first.element, second.element) == (b"a|b", b"c")
    assert slice_of(redis_client, pick(0, "a|b", member="s1|a|b"), source=RETRY) == 1
    assert oldest_first(redis_client, KEYS.alert_queue) == ["a|b"]
    assert slice_of(redis_client, pick(0, "a|b", member="s1|a|b"), number=2, source=RETRY) == "changed"


def test_a_key_of_a_wrong_type_is_refused_before_anything_moves(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a")
    redis_client.set(KEYS.alert_queue, "text")
    with pytest.raises(RedisRefusedError, match="nothing was moved"):
        slice_of(redis_client, pick(0, "a"))
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["a"]


def test_pages_go_from_the_oldest_to_the_newest(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, *"abcdefg")
    assert [one.element for one in page(redis_client, KEYS, DLQ, 0, 3)] == [b"a", b"b", b"c"]
    assert [one.element for one in page(redis_client, KEYS, DLQ, 5, 3)] == [b"f", b"g"]
    assert page(redis_client, KEYS, DLQ, 7, 3) == []


def test_messages_of_a_file_are_put_behind_those_that_are_there_once(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "there")
    arrivals = [Arrival(text.encode(), RECORD, (("2026-11-28T01:00", "api", "injected", 1),)) for text in "ab"]
    for _ in range(2):
        put(redis_client, KEYS, arrivals, operation="op-2", number=1, target=KEYS.dlq_moog, uid="u1")
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["there", "a", "b"]
    assert redis_client.hget(KEYS.ledger, "injected") == b"2"
    assert redis_client.xlen(KEYS.journal) == 1
    redis_client.set(KEYS.dlq_alerter, "text")
    with pytest.raises(RedisRefusedError, match="nothing was put in"):
        put(redis_client, KEYS, arrivals, operation="op-3", number=1, target=KEYS.dlq_alerter, uid="u2")
