"""Counting unmatched events by kind, once, and one meta-alert for each life of a kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mutt_cli.adapters import journal_stream, unhandled_kinds
from mutt_cli.core.journal import Record
from mutt_cli.core.unhandled import OTHER, Counts, Kind
from tests.contract.protocol.workers import KEYS, Worker, expire, oldest_first

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

FAN, PSU = KEYS.unhandled("core1", "a" * 16), KEYS.unhandled("core1", "b" * 16)
REST = KEYS.unhandled(*OTHER)
DAY_MS = 86_400_000


def counts(n: int, *ids: str) -> Counts:
    return Counts(ids[-1], ids, n, f"first {ids[0]}", f"last {ids[-1]}", "core1", "fan")


def add(client: Client, found: dict[str, Counts], cap: int = 100, uid: str = "") -> None:
    """What one alerter saw, by key."""
    parts = [key.removeprefix("mutt:unhandled:").rpartition(":") for key in found]
    kinds = [Kind(source, digest, one) for (source, _, digest), one in zip(parts, found.values(), strict=True)]
    unhandled_kinds.add(client, KEYS, "w1", kinds, uid or str(uuid4()), DAY_MS, cap)


def stored(client: Client, key: str) -> Any:
    return json.loads(client.get(key) or b"null")


def test_counts_of_a_kind_add_up_and_keep_its_first_and_its_last(redis_client: Client) -> None:
    add(redis_client, {FAN: counts(2, "c1", "c2")})
    add(redis_client, {FAN: counts(5, "c3", "c4", "c5", "c6"), PSU: counts(1, "c9")})
    fan = stored(redis_client, FAN)
    assert (fan["count"], fan["correlation_id"], fan["first_seen"], fan["last_seen"]) == (
        7,
        "c6",
        "first c1",
        "last c6",
    )
    assert fan["correlation_ids"] == ["c2", "c3", "c4", "c5", "c6"]
    assert stored(redis_client, PSU)["count"] == 1


def test_repeated_call_counts_nothing_twice(redis_client: Client) -> None:
    for uid in ("u1", "u1", "u2"):
        add(redis_client, {FAN: counts(2, "c1")}, uid=uid)
    assert stored(redis_client, FAN)["count"] == 4


def test_a_call_that_is_repeated_after_the_lease_was_lost_counts_nothing_twice(redis_client: Client) -> None:
    worker = Worker(redis_client, "alerter", "w1")
    worker.register()
    add(redis_client, {FAN: counts(2, "c1")}, uid="u1")
    expire(redis_client, worker)
    worker.register(prev=worker.lease.token)
    add(redis_client, {FAN: counts(2, "c1")}, uid="u1")
    assert stored(redis_client, FAN)["count"] == 2


def test_kind_lives_from_its_first_event_and_always_ends(redis_client: Client) -> None:
    add(redis_client, {FAN: counts(1, "c1")})
    assert DAY_MS - 10_000 < redis_client.pttl(FAN) <= DAY_MS
    redis_client.pexpire(FAN, 50_000)
    add(redis_client, {FAN: counts(1, "c2")})
    assert 0 < redis_client.pttl(FAN) <= 50_000
    redis_client.persist(FAN)
    add(redis_client, {FAN: counts(1, "c3")})
    assert 50_000 < redis_client.pttl(FAN) <= DAY_MS


def test_what_is_new_beyond_the_cap_is_counted_together(redis_client: Client) -> None:
    add(redis_client, {FAN: counts(1, "c1")}, cap=1)
    add(redis_client, {PSU: counts(3, "c2")}, cap=1)
    add(redis_client, {PSU: counts(4, "c3"), FAN: counts(1, "c4")}, cap=1)
    assert not redis_client.exists(PSU)
    assert (stored(redis_client, REST)["count"], stored(redis_client, FAN)["count"]) == (7, 2)


def test_kind_whose_time_is_over_makes_room(redis_client: Client) -> None:
    add(redis_client, {FAN: counts(1, "c1")}, cap=1)
    redis_client.zadd(KEYS.unhandled_index, {FAN: 1})
    redis_client.delete(FAN)
    add(redis_client, {PSU: counts(3, "c2")}, cap=1)
    assert redis_client.zrange(KEYS.unhandled_index, 0, -1) == [PSU.encode()]


DAMAGE = {
    "text": ("not json", 2),
    "number": ("17", 2),
    "object for a list": ('{"count": 1, "correlation_ids": {"a": 1}}', 3),
    "more than a number holds": ('{"count": 1e999, "correlation_ids": []}', float("inf")),
}


@pytest.mark.parametrize("damage", ["list", "index", *DAMAGE])
def test_what_a_hand_put_under_a_kind_costs_no_other_kind_its_counts(redis_client: Client, damage: str) -> None:
    value, expected = DAMAGE.get(damage, ("", 2))
    if damage == "list":
        redis_client.lpush(FAN, "x")
    elif damage == "index":
        redis_client.set(KEYS.unhandled_index, "x")
    else:
        redis_client.set(FAN, value)
    add(redis_client, {FAN: counts(2, "c1"), PSU: counts(9, "c2")})
    assert stored(redis_client, FAN)["count"] == expected
    assert stored(redis_client, PSU)["count"] == 9


def raise_alert(client: Client, threshold: int) -> bool:
    kind = Kind("core1", "a" * 16, Counts("c1", ("c1",), 1, "", "", "core1", "fan"))
    made = Record("01930000-0000-7000-8000-000000000001", "c1", "alerter", "generated", received_ms=1_800_000_000_000)
    return unhandled_kinds.raise_alert(client, KEYS, kind, b"the alert", made, threshold=threshold)


def test_meta_alert_is_raised_once_and_is_in_ledger_and_journal(redis_client: Client) -> None:
    add(redis_client, {FAN: counts(5, "c1")})
    assert [raise_alert(redis_client, 6), raise_alert(redis_client, 5), raise_alert(redis_client, 5)] == [
        False, True, False,
    ]  # fmt: skip
    assert oldest_first(redis_client, KEYS.alert_queue) == ["the alert"]
    assert redis_client.hgetall(KEYS.ledger) == {b"generated": b"1"}
    [(_, entry)] = journal_stream.read(redis_client, KEYS)
    assert [record.outcome for record in entry.records] == ["generated"]
    add(redis_client, {FAN: counts(5, "c2")})
    assert not raise_alert(redis_client, 5)
    assert stored(redis_client, FAN)["triggered"]


def test_kinds_are_read_with_their_names(redis_client: Client) -> None:
    add(redis_client, {KEYS.unhandled("2001:db8::1", "c" * 16): counts(3, "c1"), PSU: counts(1, "c2")})
    redis_client.set(PSU, "damaged")
    [kind] = unhandled_kinds.kinds(redis_client, KEYS)
    assert (kind.source, kind.digest, kind.counts.count) == ("2001:db8::1", "c" * 16, 3)


def test_kind_that_is_gone_raises_nothing(redis_client: Client) -> None:
    assert not raise_alert(redis_client, 1)


def test_kinds_that_nobody_changed_since_they_were_read_are_removed_and_a_repeat_removes_nothing(
    redis_client: Client,
) -> None:
    add(redis_client, {FAN: counts(2, "c1"), PSU: counts(1, "c2")})
    read = list(unhandled_kinds.stored(redis_client, list(unhandled_kinds.indexed(redis_client, KEYS))))
    add(redis_client, {PSU: counts(3, "c3")})
    gone = unhandled_kinds.forget(redis_client, KEYS, read)
    assert [one.name.decode() for one in gone] == [FAN]
    assert redis_client.get(FAN) is None
    assert stored(redis_client, PSU)["count"] == 4
    assert list(unhandled_kinds.indexed(redis_client, KEYS)) == [PSU.encode()]
    assert unhandled_kinds.forget(redis_client, KEYS, read) == []


def test_a_removed_kind_is_put_back_with_its_end_unless_it_is_counted_anew(redis_client: Client) -> None:
    assert unhandled_kinds.put_back(redis_client, KEYS, FAN, "{}", 60_000)
    assert 0 < redis_client.pttl(FAN) <= 60_000
    assert list(unhandled_kinds.indexed(redis_client, KEYS)) == [FAN.encode()]
    assert not unhandled_kinds.put_back(redis_client, KEYS, FAN, "other", -1)
    assert redis_client.get(FAN) == b"{}"
