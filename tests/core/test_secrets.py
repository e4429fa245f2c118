"""Secrets are found by name, old and new at once during a rotation, and never shown."""

from __future__ import annotations

import pickle

import pytest

from mutt_cli.core.secrets import Secrets, from_stored


@pytest.mark.parametrize(
    ("stored", "accepted"),
    [
        ({"DB_PASS": "a"}, ("a",)),
        ({"DB_PASS": "a", "DB_PASS_NEXT": "b"}, ("a", "b")),
        ({"DB_PASS_CURRENT": "a", "DB_PASS_NEXT": "b"}, ("a", "b")),
        ({"DB_PASS": "a", "DB_PASS_CURRENT": "old"}, ("a",)),
        ({"DB_PASS": "a", "DB_PASS_NEXT": "a"}, ("a",)),
        ({"DB_PASS": "", "DB_PASS_NEXT": "b"}, ("b",)),
        ({}, ()),
    ],
)
def test_current_and_next_are_both_accepted(stored: dict[str, str], accepted: tuple[str, ...]) -> None:
    assert Secrets(stored).accepted("DB_PASS") == accepted
    assert Secrets(stored).current("DB_PASS") == (accepted[0] if accepted else "")


def test_what_changed_is_told_by_name_alone() -> None:
    before, now = Secrets({"A": "1", "B": "2", "C": "3"}), Secrets({"A": "1", "B": "9", "D": "4"})
    assert now.changed_since(before) == ("B", "C", "D")
    assert now.changed_since(now) == ()


def test_all_missing_ones_are_named() -> None:
    secrets = Secrets({"DB_PASS_CURRENT": "a", "MOOG_API_KEY": ""})
    assert secrets.missing(("INGEST_API_KEY", "DB_PASS", "MOOG_API_KEY")) == ("INGEST_API_KEY", "MOOG_API_KEY")


def test_the_text_form_names_keys_and_shows_no_value() -> None:
    secrets = Secrets({"DB_PASS": "hunter2"})
    assert repr(secrets) == str(secrets) == f"{secrets}" == "Secrets(DB_PASS)"
    with pytest.raises(TypeError):
        pickle.dumps(secrets)


def test_what_a_file_or_a_number_left_in_the_store_is_read_as_meant() -> None:
    secrets = from_stored({"DB_PASS": "a b \n", "MOOG_API_KEY": 42, "NESTED": {"x": 1}, "FLAG": True, "NONE": None})
    assert secrets == Secrets({"DB_PASS": "a b ", "MOOG_API_KEY": "42"})
