"""What leaves in a bundle: fields and words on a list, nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.allowlist import NAME, NUMBER, TIME, VALUE, WORDS, Each, Many, Sieve, vocabulary

OURS = vocabulary(["the alert could not be delivered to Moogsoft: timed out after 5 s; retry"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("alert could not be delivered", "alert could not be delivered"),
        ("delivered hunter7secret", "delivered <13>"),
        ("Moogsoft: timed out after 30s", "Moogsoft: timed out after 30s"),
        ("a retry after 2.0 s", "a retry after 2.0 s"),
        ("retry of 01a20ad6-50ba-7000-8000-0123456789ab", "retry <2> 01a20ad6-50ba-7000-8000-0123456789ab"),
        ("MUTT-R101 op-7Q3A1B", "MUTT-R101 op-7Q3A1B"),
        ("out\x1b]8;;evil\x07\nalert\u202e", "out??8;;<4>? alert?"),
        ("4111111111111111", "<16>"),
    ],
)
def test_of_a_text_our_words_figures_and_ids_are_left(text: str, left: str) -> None:
    assert Sieve(OURS).words(text) == left


def test_a_field_that_nobody_listed_is_dropped_and_counted() -> None:
    sieve = Sieve(OURS)
    assert sieve.only({"depth": 3, "payload": "x", "deep": {"y": 1}}, {"depth": NUMBER}) == {"depth": 3}
    assert sieve.dropped == 2


@pytest.mark.parametrize(
    ("value", "spec"),
    [("7", NUMBER), ("yesterday", TIME), ({"a": 1}, NAME), ([1], {"a": NUMBER}), ("x", Many(NAME)), ("x", Each(NAME))],
)
def test_a_value_of_another_kind_than_listed_is_nothing(value: object, spec: object) -> None:
    assert Sieve(OURS).only(value, spec) is None  # type: ignore[arg-type]


def test_a_known_secret_is_masked_even_where_it_would_be_a_name_or_words_of_ours() -> None:
    sieve = Sieve(OURS, ("alertretry", "the alert"))
    assert sieve.only("alertretry", NAME) == "***"
    assert sieve.only("could not: the alert", WORDS) == "could not: ***"
    assert sieve.only("redis://alert:delivered@10.0.0.1:6379", VALUE) == "redis://***@10.0.0.1:6379"
    assert "alertretry" not in repr(sieve)


def test_names_of_a_mapping_are_sifted_too() -> None:
    assert Sieve(OURS, ("topsecret",)).only({"topsecret": 1, "dlq-moog": 2}, Each(NUMBER)) == {"***": 1, "dlq-moog": 2}


@given(st.text())
def test_whatever_stands_in_a_text_no_foreign_word_is_left(text: str) -> None:
    left = Sieve(frozenset()).words(text)
    assert left.isprintable()
    assert Sieve(frozenset()).words("canary" + "a" * 8 + " " + text).startswith("<14>")
