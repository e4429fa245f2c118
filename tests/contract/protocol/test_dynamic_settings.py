"""The scripts of dynamic settings: set, remove, announce, and what is meant for a time goes back exactly once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mutt_cli.adapters.dynamic_store import Reader as Process
from mutt_cli.adapters.dynamic_store import Return, change, go_back, note_reader, read, readers
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client

RATE, SHED = "moog_rate_limit", "alerter_queue_shed_threshold"


def expire(client: Client, name: str) -> None:
    """The time for which a setting was meant is over."""
    pending = json.loads(client.hget(KEYS.config_returns, name) or b"")
    client.hset(KEYS.config_returns, name, json.dumps(pending | {"at": 1}))


@pytest.mark.parametrize("key", [SHED, "alerter_queue_warn_threshold", "alerter_shed_mode", "max_ingest_queue_size"])
def test_documented_names_are_exact(key: str) -> None:
    assert KEYS.config(key) == f"mutt:config:{key}"
    assert KEYS.config_updates == "mutt:config:updates"


def test_change_sets_removes_and_tells_what_was_there(redis_client: Client) -> None:
    redis_client.set(KEYS.config(SHED), "3000")
    assert change(redis_client, KEYS, {RATE: "5", SHED: None}).texts == {RATE: None, SHED: "3000"}
    assert read(redis_client, KEYS).values == {RATE: "5"}


def test_repeated_change_changes_nothing_more(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "5"})
    assert change(redis_client, KEYS, {RATE: "5"}).texts == {RATE: "5"}
    assert read(redis_client, KEYS).chosen == {RATE: "5"}


def test_a_change_makes_a_default_of_an_alerter_somebodys_wish(redis_client: Client) -> None:
    redis_client.set(KEYS.config(SHED), "2000")
    redis_client.hset(KEYS.config_defaults, SHED, "2000")
    assert read(redis_client, KEYS).chosen == {}
    assert change(redis_client, KEYS, {SHED: "2000"}).texts == {SHED: None}
    assert read(redis_client, KEYS).chosen == {SHED: "2000"}


def test_what_was_meant_for_a_time_is_put_back_with_its_end(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "5"})
    change(redis_client, KEYS, {RATE: "6"}, for_ms=60_000)
    former = change(redis_client, KEYS, {RATE: "7"})
    assert (former.texts[RATE], former.returns[RATE].former) == ("6", "5")
    assert read(redis_client, KEYS).returns == {}
    change(redis_client, KEYS, former.texts, returns=former.returns)
    assert 0 < read(redis_client, KEYS).returns[RATE] <= 60_000
    expire(redis_client, RATE)
    assert go_back(redis_client, KEYS, RATE)
    assert read(redis_client, KEYS).values == {RATE: "5"}


@pytest.mark.parametrize(("follows", "left"), [("5", {RATE: "5"}), (None, {})])
def test_what_is_put_back_after_its_end_is_what_it_was_to_go_back_to(
    redis_client: Client, follows: str | None, left: dict[str, str]
) -> None:
    change(redis_client, KEYS, {RATE: "6"}, returns={RATE: Return(1, follows)})
    assert (read(redis_client, KEYS).values, read(redis_client, KEYS).returns) == (left, {})


def test_what_is_meant_for_a_time_goes_back_once_that_is_over_and_only_once(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "5", SHED: "3000"})
    change(redis_client, KEYS, {RATE: "6"}, for_ms=60_000)
    assert 0 < read(redis_client, KEYS).returns[RATE] <= 60_000
    assert not go_back(redis_client, KEYS, RATE)
    expire(redis_client, RATE)
    assert go_back(redis_client, KEYS, RATE)
    assert not go_back(redis_client, KEYS, RATE)
    stored = read(redis_client, KEYS)
    assert (stored.values, stored.returns) == ({RATE: "5", SHED: "3000"}, {})


def test_what_was_not_set_before_is_removed_when_its_time_is_over(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "6"}, for_ms=60_000)
    expire(redis_client, RATE)
    assert go_back(redis_client, KEYS, RATE)
    assert not redis_client.exists(KEYS.config(RATE))


def test_what_somebody_set_by_hand_in_between_stays(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "6"}, for_ms=60_000)
    redis_client.set(KEYS.config(RATE), "7")
    expire(redis_client, RATE)
    assert not go_back(redis_client, KEYS, RATE)
    assert read(redis_client, KEYS).values == {RATE: "7"}
    assert read(redis_client, KEYS).returns == {}


def test_setting_it_again_for_good_confirms_it(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "6"}, for_ms=60_000)
    change(redis_client, KEYS, {RATE: "6"})
    assert read(redis_client, KEYS).returns == {}
    assert not go_back(redis_client, KEYS, RATE)


def test_two_changes_for_a_time_go_back_to_what_was_there_before_the_first(redis_client: Client) -> None:
    change(redis_client, KEYS, {RATE: "5"})
    change(redis_client, KEYS, {RATE: "6"}, for_ms=60_000)
    change(redis_client, KEYS, {RATE: "7"}, for_ms=60_000)
    expire(redis_client, RATE)
    assert go_back(redis_client, KEYS, RATE)
    assert read(redis_client, KEYS).values == {RATE: "5"}


def test_a_process_is_listed_with_what_it_runs(redis_client: Client) -> None:
    one = Process("alerter", "a", "host", 7, "12345678", (SHED,))
    note_reader(redis_client, KEYS, one)
    note_reader(redis_client, KEYS, one)
    assert readers(redis_client, KEYS) == [one]
