"""Closed minutes of the ledger move to PostgreSQL: once, whatever crashes between the steps, and readers see both."""

from __future__ import annotations

import logging
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import ledger_folds, queue_reading
from mutt_cli.adapters.clock import IdSource
from mutt_cli.core.ledger import IN, OUT
from mutt_cli.core.moment import rfc3339
from mutt_cli.daemons.folding import Folding
from mutt_cli.ops import ledger_rows
from mutt_cli.ops.questions import Questions
from mutt_cli.ops.reconcile import reconcile
from tests.contract.protocol.workers import KEYS
from tests.integration.rollback import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.adapters.postgres import Connection
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.ops.backends import Backends
    from tests.integration.flow import Flow

    Told = Callable[[], Counter[tuple[str, str, str]]]

OLD = "2026-11-23T22:33"
IDS = IdSource()


@pytest.fixture
def folding(redis_client: Client) -> Folding:
    runtime = SimpleNamespace(keys=KEYS, log=logging.getLogger("test"))
    return Folding(runtime, redis_client)  # type: ignore[arg-type]


@pytest.fixture
def told(backends: Backends) -> Told:
    """The whole ledger per minute, as every reader sees it."""

    def read() -> Counter[tuple[str, str, str]]:
        found: Counter[tuple[str, str, str]] = Counter()
        for minute, source, counter, number in ledger_rows.entries(backends, Questions(backends)):
            found[minute, source, counter] += number
        return found

    return read


def count(client: Client, *entries: tuple[str, int], minute: str = OLD) -> None:
    for counter, number in entries:
        client.hincrby(KEYS.ledger_minutes, f"{minute}|api|{counter}", number)


def soon(client: Client) -> str:
    """A minute of which an hour has not passed."""
    return rfc3339(queue_reading.now_ms(client) - 3_000_000)[:16]


def begin(client: Client) -> ledger_folds.Fold:
    assert ledger_folds.begin(client, KEYS, IDS.new(), "2026-11-24T00:00")
    return ledger_folds.state(client, KEYS)


def test_closed_minutes_move_and_young_ones_stay(
    redis_client: Client, migrated: Connection, folding: Folding, told: Told
) -> None:
    young = soon(redis_client)
    count(redis_client, ("accepted", 5), ("forwarded", 5))
    count(redis_client, ("accepted", 2), minute=young)
    before = told()
    folding.when_due(migrated)
    assert redis_client.hkeys(KEYS.ledger_minutes) == [f"{young}|api|accepted".encode()]
    assert (
        told() == before == {(OLD, "api", "accepted"): 5, (OLD, "api", "forwarded"): 5, (young, "api", "accepted"): 2}
    )
    assert not redis_client.exists(KEYS.ledger_folding)


def test_what_changes_a_week_later_is_one_more_fold_of_that_minute(
    redis_client: Client, migrated: Connection, folding: Folding, told: Told
) -> None:
    count(redis_client, ("accepted", 5), ("forwarded", 4))
    folding.when_due(migrated)
    count(redis_client, ("forwarded", 1), ("dead", 1))
    assert told()[OLD, "api", "forwarded"] == 5
    while folding.step(migrated):
        pass
    count(redis_client, ("dead", -1))
    assert told() == {(OLD, "api", "accepted"): 5, (OLD, "api", "forwarded"): 5, (OLD, "api", "dead"): 0}
    while folding.step(migrated):
        pass
    assert migrated.execute("SELECT counter, value FROM ledger_minutes ORDER BY counter").fetchall() == [
        ("accepted", 5), ("dead", 0), ("forwarded", 5),
    ]  # fmt: skip


@pytest.mark.parametrize("crash", ["after begin", "before commit", "after store", "after end", "twice"])
def test_a_crash_between_two_steps_loses_and_doubles_nothing(
    crash: str, redis_client: Client, migrated: Connection, folding: Folding, told: Told
) -> None:
    count(redis_client, ("accepted", 5), ("forwarded", 3))
    before = told()
    fold = begin(redis_client)
    assert told() == before
    if crash == "before commit":
        with migrated.transaction(force_rollback=True):
            assert ledger_folds.store(migrated, "", fold)
    if crash in {"after store", "after end", "twice"}:
        assert ledger_folds.store(migrated, "", fold)
    if crash == "twice":
        assert not ledger_folds.store(migrated, "", fold)
    if crash == "after end":
        assert ledger_folds.end(redis_client, KEYS, fold.uid)
        assert not ledger_folds.end(redis_client, KEYS, fold.uid)
    assert told() == before
    count(redis_client, ("forwarded", 2))
    while folding.step(migrated):
        pass
    assert told() == {(OLD, "api", "accepted"): 5, (OLD, "api", "forwarded"): 5}
    assert redis_client.hlen(KEYS.ledger_minutes) == 0


def test_two_leaders_at_once_fold_once(redis_client: Client, migrated: Connection, told: Told) -> None:
    count(redis_client, ("accepted", 5))
    fold = begin(redis_client)
    assert not ledger_folds.begin(redis_client, KEYS, IDS.new(), "2026-11-24T00:00")
    count(redis_client, ("accepted", 1))
    assert not ledger_folds.begin(redis_client, KEYS, IDS.new(), "2026-11-24T00:00")
    assert [ledger_folds.store(migrated, "", fold) for _ in range(2)] == [True, False]
    assert ledger_folds.end(redis_client, KEYS, fold.uid)
    second = begin(redis_client)
    assert not ledger_folds.end(redis_client, KEYS, fold.uid), "a late copy ends only its own fold"
    assert (second.prev, told()) == (fold.uid, {(OLD, "api", "accepted"): 6})


KEPT = (KEYS.ledger_minutes, KEYS.ledger_folding, KEYS.ledger_folded)


def kept(client: Client) -> dict[str, bytes | None]:
    return {key: client.dump(key) for key in KEPT}


def roll_back(client: Client, past: dict[str, bytes | None]) -> None:
    client.delete(*KEPT)
    for key, value in past.items():
        if value is not None:
            client.restore(key, 0, value)


@pytest.mark.parametrize("instant", ["before begin", "after begin"])
def test_a_redis_that_was_rolled_back_over_a_fold_counts_nothing_twice(
    instant: str, redis_client: Client, migrated: Connection, folding: Folding, told: Told
) -> None:
    count(redis_client, ("accepted", 1))
    folding.when_due(migrated)
    count(redis_client, ("accepted", 5))
    past = kept(redis_client)
    fold = begin(redis_client)
    if instant == "after begin":
        past = kept(redis_client)
    ledger_folds.store(migrated, "", fold)
    ledger_folds.end(redis_client, KEYS, fold.uid)
    count(redis_client, ("accepted", 3))
    while folding.step(migrated):
        pass
    assert told() == {(OLD, "api", "accepted"): 9}
    roll_back(redis_client, past)
    assert told() == {(OLD, "api", "accepted"): 6}, "as Redis remembers it"
    while folding.step(migrated):
        pass
    count(redis_client, ("accepted", 2))
    while folding.step(migrated):
        pass
    assert told() == {(OLD, "api", "accepted"): 8}
    assert migrated.execute("SELECT sum(value) FROM ledger_minutes").fetchone() == (8,)


def test_an_emptied_redis_does_not_vouch_for_its_former_folds(
    redis_client: Client, migrated: Connection, folding: Folding, told: Told
) -> None:
    count(redis_client, ("accepted", 5))
    folding.when_due(migrated)
    redis_client.flushall()
    assert not told().total()
    count(redis_client, ("accepted", 2))
    while folding.step(migrated):
        pass
    assert told() == {(OLD, "api", "accepted"): 2}


def test_what_no_column_would_take_stays_where_a_hand_put_it(
    redis_client: Client, migrated: Connection, folding: Folding
) -> None:
    odd = ["2026-13-45T22:33|api|accepted", "|hand|injected", "no field", f"{OLD}|nul\x00|dead", f"{OLD}|only"]
    for field in odd:
        redis_client.hset(KEYS.ledger_minutes, field, 1)
    redis_client.hset(KEYS.ledger_minutes, f"{OLD}|api|accepted", "many")
    redis_client.hset(KEYS.ledger_minutes, b"2026-11-23T22:33|\xff|dead", 1)
    redis_client.hset(KEYS.ledger_minutes, f"{OLD}|a|b|accepted", 1)
    folding.when_due(migrated)
    assert redis_client.hlen(KEYS.ledger_minutes) == len(odd) + 2
    assert migrated.execute("SELECT source FROM ledger_minutes").fetchall() == [("a|b",)]


def test_lanes_do_not_count_for_each_other(redis_client: Client, migrated: Connection) -> None:
    count(redis_client, ("accepted", 5))
    fold = begin(redis_client)
    ledger_folds.store(migrated, "lane1", fold)
    assert ledger_folds.read(migrated, "lane2", ledger_folds.Fold("", fold.uid, ())) == []
    assert ledger_folds.read(migrated, "lane1", ledger_folds.Fold("", fold.uid, ())) == [(OLD, "api", "accepted", 5)]


def test_only_minutes_that_are_open_are_read_if_no_more_is_asked(redis_client: Client, migrated: Connection) -> None:
    count(redis_client, ("accepted", 5), ("forwarded", 5))
    count(redis_client, ("accepted", 5), ("forwarded", 4), minute="2026-11-23T22:34")
    count(redis_client, ("accepted", 1), ("accounted", 1), minute="2026-11-23T22:35")
    fold = begin(redis_client)
    ledger_folds.store(migrated, "", fold)

    def minutes(*asked: str) -> set[str]:
        return {entry[0][-2:] for entry in ledger_folds.read(migrated, "", fold, open_and=asked)}

    assert (minutes(), minutes("2026-11-23T22:35")) == ({"34"}, {"34", "35"})


def test_reconcile_reads_folded_minutes_and_without_a_database_says_so(
    flow: Flow, migrated: Connection, backends: Backends
) -> None:
    flow.send("LINK a", "LINK b", "nothing")
    flow.decide()
    flow.forward()
    publish(flow)
    fold_everything(flow, migrated)
    result = reconcile(backends, flow.witness, rows=True)
    assert (result.balanced, result.forgotten.total(), result.warnings) == (True, 0, ())
    (row,) = result.rows("source")
    assert [row.balance.counters.get(name, 0) for name in ("accepted", "forwarded", "unhandled")] == [3, 2, 1]
    assert row.balance.counters.keys() <= {*IN, *OUT}
    (lost,) = flow.send("LINK c")
    fold_everything(flow, migrated)
    flow.client.rpop(KEYS.ingest_queue)
    assert reconcile(backends, flow.witness).missing == (lost,)
    backends._postgres = None
    object.__setattr__(backends.settings.postgres, "host", "/nonexistent")
    blind = reconcile(backends, flow.witness, rows=True)
    assert (blind.remainder, len(blind.warnings) > 0) == (1, True)


def fold_everything(flow: Flow, conn: Connection) -> None:
    fold = ledger_folds.begin(flow.client, KEYS, IDS.new(), "9999-01-01T00:00")
    assert fold
    state = ledger_folds.state(flow.client, KEYS)
    ledger_folds.store(conn, "", state)
    ledger_folds.end(flow.client, KEYS, state.uid)
