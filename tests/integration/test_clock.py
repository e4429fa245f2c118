"""Ids made from the real clock and the real source of chance."""

from __future__ import annotations

from mutt_cli.adapters.clock import IdSource, random_ids
from mutt_cli.core.ids import is_uuid


def test_ids_grow_one_by_one_and_in_lots_also_past_4096_in_a_millisecond() -> None:
    source = IdSource()
    made = [source.new(), *source.several(10_000), source.new(), *source.several(3)]
    assert made == sorted(made)
    assert len(set(made)) == len(made) == 10_005
    assert all(map(is_uuid, made))


def test_no_ids_are_made_when_none_is_asked_for() -> None:
    assert IdSource().several(0) == random_ids(0) == []


def test_random_ids_are_all_different() -> None:
    made = random_ids(1000)
    assert len(set(made)) == 1000
    assert all(map(is_uuid, made))
