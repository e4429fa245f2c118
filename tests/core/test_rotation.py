"""A rotation's fields after each step; whatever was there beside them stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core import rotation
from mutt_cli.core.rotation import (
    aborted,
    at_step,
    finished,
    in_progress,
    promoted,
    source_of,
    staged,
    unproven,
    weak_value,
    wrong_value,
)
from mutt_cli.core.secrets import from_stored

NAME = "DB_PASS"
OTHERS = st.dictionaries(st.sampled_from(["INGEST_API_KEY", "MOOG_API_KEY_NEXT", "x"]), st.text(max_size=5))
FIRST = st.sampled_from([{NAME: "old"}, {f"{NAME}_CURRENT": "old"}])


def accepted(fields: dict[str, object]) -> tuple[str, ...]:
    return from_stored(fields).accepted(NAME)


@given(OTHERS, FIRST)
def test_each_step_says_which_values_are_accepted_and_in_which_order(
    others: dict[str, object], first: dict[str, object]
) -> None:
    before = others | first
    one = staged(before, NAME, "new")
    two = promoted(one, NAME)
    assert (accepted(before), accepted(one), accepted(two)) == (("old",), ("old", "new"), ("new", "old"))
    assert [at_step(fields, NAME) for fields in (before, one, two)] == ["none", "staged", "promoted"]
    assert accepted(finished(two, NAME)) == ("new",)
    assert aborted(one, NAME) == before
    assert aborted(two, NAME) == before
    assert set(finished(two, NAME)) == set(before)


def test_a_second_value_that_a_hand_wrote_is_taken_for_a_new_one() -> None:
    assert in_progress({NAME: "old", f"{NAME}_NEXT": "new", "MOOG_API_KEY": "k"}) == {NAME: "staged"}
    assert in_progress({NAME: "old", f"{NAME}_NEXT": "", f"{NAME}_ROTATION": "promoted"}) == {}


@pytest.mark.parametrize("value", ["", " spaced", "tab\tinside", "caf\xe9", "line\nend", "\x1b[31m"])
def test_what_no_header_or_login_carries_is_no_secret_and_is_not_quoted(value: str) -> None:
    said = wrong_value(value)
    assert said
    assert not value or value not in said


def test_short_ones_deserve_a_second_thought() -> None:
    assert weak_value("x" * (rotation.SHORT - 1))
    assert not weak_value("x" * rotation.SHORT)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "no forwarder has delivered"),
        ({"a": ""}, "no forwarder has delivered"),
        ({"a": NAME, "b": f"{NAME}_NEXT"}, "with the old key, or did when they last delivered: b"),
        ({"a": NAME, "b": ""}, ""),
    ],
)
def test_a_new_value_is_proven_by_one_that_it_works_for_and_by_none_that_works_with_the_old_one(
    said: dict[str, str], why: str
) -> None:
    doubt = unproven(NAME, said)
    assert (why in doubt, bool(doubt)) == (True, bool(why))


def test_what_comes_with_the_new_value_never_counts_as_come_with_the_old_one() -> None:
    before: dict[str, object] = {NAME: "old"}
    one = staged(before, NAME, "new")
    two = promoted(one, NAME)

    def sources(fields: dict[str, object]) -> tuple[str, ...]:
        return tuple(source_of(from_stored(fields), NAME, given) for given in ("old", "new", "neither"))

    assert [sources(fields) for fields in (before, one, two, finished(two, NAME), aborted(two, NAME))] == [
        ("api", "", ""), ("api", "api_next", ""), ("api_old", "api", ""), ("", "api", ""), ("api", "", ""),
    ]  # fmt: skip
