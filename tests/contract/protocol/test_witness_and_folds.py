"""Publishing the witness and folding minutes, call by call: the effect, the repetition, the late copy, a full Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters import ledger_folds, witness_totals
from mutt_cli.adapters.redis_client import RedisRefusedError
from mutt_cli.adapters.witness_totals import Statement
from mutt_cli.core.ids import uuid7
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

MINUTE, NEXT = "2026-11-23T22:33", "2026-11-23T22:34"
FIRST, SECOND, THIRD = (uuid7(ms, 0, 0) for ms in (1_000, 2_000, 3_000))


def publish(client: Client, said: Statement, ingestor: str = "p-1") -> None:
    witness_totals.publish(client, KEYS, ingestor, said)


def test_a_repeated_publication_counts_its_refusals_once(redis_client: Client) -> None:
    said = Statement(FIRST, {MINUTE: 2}, [(MINUTE, "api", "refused", 3)])
    for statement in (said, said, Statement(SECOND, {}, [(MINUTE, "api", "refused", 1)]), said):
        publish(redis_client, statement)
    assert redis_client.hgetall(KEYS.ledger) == {b"refused": b"4"}
    assert redis_client.hgetall(KEYS.ledger_minutes) == {b"2026-11-23T22:33|api|refused": b"4"}
    assert witness_totals.read(redis_client, KEYS) == {MINUTE: 2}


def test_totals_only_rise_and_old_minutes_and_witnesses_go(redis_client: Client) -> None:
    redis_client.hset(KEYS.witnesses, "gone", "1000")
    publish(redis_client, Statement(FIRST, {MINUTE: 5, NEXT: 1}))
    publish(redis_client, Statement(SECOND, {MINUTE: 4, NEXT: 7}))
    assert witness_totals.read(redis_client, KEYS) == {MINUTE: 5, NEXT: 7}
    publish(redis_client, Statement(THIRD, {}, since=NEXT))
    assert witness_totals.read(redis_client, KEYS) == {NEXT: 7}
    assert redis_client.hkeys(KEYS.witnesses) == [b"p-1"]
    assert 0 < redis_client.pttl(KEYS.witness("p-1")) <= witness_totals.WINDOW_MS


def test_a_fold_takes_only_what_was_there_when_it_began(redis_client: Client) -> None:
    redis_client.hset(KEYS.ledger_minutes, mapping={f"{MINUTE}|api|accepted": 5, f"{NEXT}|api|accepted": 1})
    assert ledger_folds.begin(redis_client, KEYS, FIRST, NEXT)
    redis_client.hincrby(KEYS.ledger_minutes, f"{MINUTE}|api|accepted", 2)
    assert not ledger_folds.begin(redis_client, KEYS, SECOND, NEXT)
    assert ledger_folds.state(redis_client, KEYS) == ledger_folds.Fold(FIRST, "", ((MINUTE, "api", "accepted", 5),))
    assert not ledger_folds.end(redis_client, KEYS, SECOND)
    assert ledger_folds.end(redis_client, KEYS, FIRST)
    assert ledger_folds.begin(redis_client, KEYS, SECOND, NEXT)
    assert ledger_folds.state(redis_client, KEYS) == ledger_folds.Fold(SECOND, FIRST, ((MINUTE, "api", "accepted", 2),))
    assert not ledger_folds.end(redis_client, KEYS, FIRST), "a late copy"
    assert redis_client.hgetall(KEYS.ledger_minutes) == {f"{NEXT}|api|accepted".encode(): b"1"}


def test_nothing_to_fold_begins_no_fold(redis_client: Client) -> None:
    assert not ledger_folds.begin(redis_client, KEYS, FIRST, NEXT)
    redis_client.hset(KEYS.ledger_minutes, f"{NEXT}|api|accepted", 1)
    assert not ledger_folds.begin(redis_client, KEYS, FIRST, NEXT)
    assert not redis_client.exists(KEYS.ledger_folding)


def test_a_key_of_a_wrong_type_is_refused_before_anything_is_set_aside(redis_client: Client) -> None:
    redis_client.hset(KEYS.ledger_minutes, f"{MINUTE}|api|accepted", 5)
    redis_client.lpush(KEYS.ledger_folded, "a hand's mistake")
    with pytest.raises(RedisRefusedError, match="WRONGTYPE"):
        ledger_folds.begin(redis_client, KEYS, FIRST, NEXT)
    assert redis_client.hlen(KEYS.ledger_minutes) == 1


def test_a_full_redis_is_still_told_and_folded(redis_client: Client) -> None:
    redis_client.hset(KEYS.ledger_minutes, f"{MINUTE}|api|accepted", 5)
    redis_client.config_set("maxmemory", 1)
    try:
        publish(redis_client, Statement(FIRST, {MINUTE: 5}))
        assert ledger_folds.begin(redis_client, KEYS, FIRST, NEXT)
        assert ledger_folds.end(redis_client, KEYS, FIRST)
    finally:
        redis_client.config_set("maxmemory", 0)
