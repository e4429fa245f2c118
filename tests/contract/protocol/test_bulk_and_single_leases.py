"""Moves in slices, leases of which there is one, forgetting stored journal entries, and draining a full Redis."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import alerter_queue, journal_stream, ledger
from mutt_cli.adapters.alerter_queue import Plan
from mutt_cli.adapters.bulk import Item, Moved, close, forget, forget_abandoned, move, oldest
from mutt_cli.adapters.ledger import Correction
from mutt_cli.adapters.redis_client import RedisRefusedError, RedisUnavailableError
from mutt_cli.adapters.single_lease import SingleLease
from mutt_cli.adapters.transfer import last_slice
from mutt_cli.core import journal
from mutt_cli.core.ids import uuid7
from tests.contract.protocol.workers import KEYS, Worker, fill, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client


def slice_one(client: Client, items: list[Item]) -> object:
    return move(client, KEYS, items, operation="op-1", number=1, source=KEYS.dlq_moog, uid="u1")


def test_slice_moves_replaces_keeps_and_removes_as_decided(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "go", "mend", "stay", "drop", "later")
    items = [
        Item(b"go", KEYS.alert_queue), Item(b"mend", KEYS.alert_queue, b"mended"), Item(b"stay"),
        Item(b"drop", removed=True),
    ]  # fmt: skip
    assert slice_one(redis_client, items) == Moved(left=2)
    assert oldest_first(redis_client, KEYS.alert_queue) == ["go", "mended"]
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["later", "stay"]


def test_repeated_slice_changes_nothing(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "a")
    items = [Item(b"a", KEYS.alert_queue)]
    assert slice_one(redis_client, items) == Moved(left=1)
    assert slice_one(redis_client, items) == "already"
    assert redis_client.llen(KEYS.alert_queue) == 1


def test_slice_whose_right_end_changed_writes_nothing(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "other")
    assert slice_one(redis_client, [Item(b"a", KEYS.alert_queue)]) == "changed"
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["other"]


def test_target_of_a_wrong_type_is_refused_before_anything_is_moved(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "b")
    redis_client.set(KEYS.dead, "a hand's mistake")
    with pytest.raises(RedisRefusedError, match="WRONGTYPE"):
        slice_one(redis_client, [Item(b"a", KEYS.alert_queue), Item(b"b", KEYS.dead)])
    assert oldest_first(redis_client, KEYS.dlq_moog) == ["a", "b"]
    assert not redis_client.exists(KEYS.alert_queue, KEYS.operations)


def test_the_oldest_are_read_without_taking_them(redis_client: Client) -> None:
    fill(redis_client, KEYS.dlq_moog, "a", "b", "c")
    assert oldest(redis_client, KEYS.dlq_moog, 2) == [b"a", b"b"]
    assert oldest(redis_client, KEYS.dlq_moog, 2, skip=2) == [b"c"]
    assert oldest(redis_client, KEYS.dlq_moog, 2, skip=3) == []
    assert redis_client.llen(KEYS.dlq_moog) == 3


def test_finished_operations_are_forgotten_and_so_are_those_of_the_dead(redis_client: Client) -> None:
    old, young = uuid7(1_000, 0, 0), uuid7(2_000, 0, 0)
    for name in (old, young, "by hand", b"\xff"):
        redis_client.hset(KEYS.operations, name, "3")
    assert forget_abandoned(redis_client, KEYS, 2_000) == 1
    forget(redis_client, KEYS, young)
    assert set(redis_client.hkeys(KEYS.operations)) == {b"by hand", b"\xff"}


def test_of_a_closed_operation_no_slice_is_carried_out_any_more_and_in_time_it_is_forgotten(
    redis_client: Client,
) -> None:
    for name, at_ms in (("op-OLD", 1_795_000_000_000), ("op-NEW", 1_795_000_000_001)):
        close(redis_client, KEYS, name, at_ms)
    fill(redis_client, KEYS.dlq_moog, "a")
    moved = move(
        redis_client, KEYS, [Item(b"a", target=KEYS.alert_queue)], operation="op-OLD", number=1_000,
        source=KEYS.dlq_moog, uid="u1",
    )  # fmt: skip
    assert (moved, redis_client.llen(KEYS.dlq_moog)) == ("already", 1)
    assert forget_abandoned(redis_client, KEYS, 1_795_000_000_001 + 30 * 86_400_000) == 1
    assert redis_client.hkeys(KEYS.operations) == [b"op-NEW"]


def test_single_lease_has_one_holder_until_it_resigns(redis_client: Client) -> None:
    one, two = SingleLease(redis_client, KEYS.historian, 30_000), SingleLease(redis_client, KEYS.historian, 30_000)
    assert (one.hold(), two.hold(), one.hold()) == (True, False, True)
    one.resign()
    assert two.hold()
    one.resign()
    assert not SingleLease(redis_client, KEYS.historian, 30_000).hold(), "a lease of another was given up"


def test_remainder_is_accepted_once_for_what_was_seen(redis_client: Client) -> None:
    def accept(seen: int, after: str, uid: str) -> bool:
        correction = [("2026-11-23T22:33", "key1", "accounted", 2)]
        return ledger.accept(
            redis_client, KEYS, uid=uid, seen=seen, ledger=correction, journal=b"", after=after, operation="op-1"
        )

    assert [accept(0, "", "u1"), accept(0, "u1", "u2"), accept(2, "", "u3"), accept(2, "u1", "u4")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert redis_client.hgetall(KEYS.ledger) == {b"accounted": b"4"}
    assert (ledger.corrected(redis_client, KEYS), last_slice(redis_client, KEYS, "op-1")) == ("u4", 1)


def test_slice_of_a_repair_is_done_once_and_only_if_nobody_corrected_the_ledger_since(redis_client: Client) -> None:
    def repair(number: int, uid: str, after: str, operation: str = "op-1") -> str:
        entries = [("2026-11-23T22:33", "key1", "accepted", 2)]
        one = Correction([b"a", b"b"], entries, journal.pack([journal.Record("e", "c", "operator", "replayed")]))
        return ledger.repair(redis_client, KEYS, one, operation=operation, number=number, uid=uid, after=after)

    assert repair(1, "u1", "") == "done"
    assert repair(1, "u1", "") == "already"
    assert repair(2, "u2", "") == "changed"
    assert repair(1, "u2", "somebody else's", "op-2") == "changed"
    assert oldest_first(redis_client, KEYS.ingest_queue) == ["a", "b"]
    assert redis_client.hgetall(KEYS.ledger) == {b"accepted": b"2"}
    assert [entry.uid for _, entry in journal_stream.read(redis_client, KEYS)] == ["u1"]
    assert repair(2, "u2", "u1") == "done"
    assert (ledger.corrected(redis_client, KEYS), last_slice(redis_client, KEYS, "op-1")) == ("u2", 2)


def test_a_full_redis_takes_no_event_again_and_is_not_changed_by_the_attempt(redis_client: Client) -> None:
    redis_client.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisUnavailableError, match="OOM command not allowed"):
            ledger.repair(
                redis_client, KEYS, Correction([b"a"], [], b""), operation="op-1", number=1, uid="u1", after=""
            )
    finally:
        redis_client.config_set("maxmemory", 0)
    assert (redis_client.llen(KEYS.ingest_queue), ledger.corrected(redis_client, KEYS)) == (0, "")


def test_only_entries_that_still_carry_their_uid_are_forgotten(redis_client: Client) -> None:
    data = journal.pack([journal.Record("e", "c", "alerter", "alerted")])
    for uid in ("u1", "u2"):
        redis_client.xadd(KEYS.journal, {"uid": uid, "at": 5, "data": data})
    [(first, _), (second, _)] = journal_stream.read(redis_client, KEYS)
    assert journal_stream.forget(redis_client, KEYS, [(first, "u1"), (second, "somebody else")]) == 1
    assert [entry.uid for _, entry in journal_stream.read(redis_client, KEYS)] == ["u2"]


def test_full_redis_still_drains(redis_client: Client) -> None:
    worker = Worker(redis_client)
    fill(redis_client, KEYS.ingest_queue, "a")
    redis_client.config_set("maxmemory", 1)
    try:
        worker.register()
        assert alerter_queue.finish(worker.lease, worker.take(), Plan(pushes={KEYS.alert_queue: [b"x"]})) == "ok"
        assert worker.lease.beat(worker.heartbeat())
        assert worker.lease.leave() == 0
    finally:
        redis_client.config_set("maxmemory", 0)


def test_digest_of_an_item_is_the_sha1_of_its_bytes() -> None:
    assert Item(b"abc").digest == hashlib.sha1(b"abc", usedforsecurity=False).hexdigest()
