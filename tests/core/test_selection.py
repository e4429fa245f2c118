"""Filters over messages: what is misspelled is noticed, because it is true of all or of none."""

from __future__ import annotations

import pytest

from mutt_cli.core.selection import Question
from mutt_cli.core.where import Clause, parse

NOW = 1_795_000_000_000
FACTS = (
    {
        "host": "core-1",
        "age_seconds": 90.0,
        "later_seconds": None,
        "_delivery": {"reason": "http_400"},
        "at": "2026-11-18T10:00:00Z",
    },
    {"host": "edge-2", "age_seconds": None, "severity": "major", "_delivery": {"reason": ""}},
)  # fmt: skip


def asked(text: str) -> tuple[list[bool], str]:
    """What is true of which, and what is wrong with the question."""
    clause = parse(text)
    assert isinstance(clause, Clause)
    question = Question([clause], NOW)
    return [question.look(one) for one in FACTS], question.trouble


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("host=core-1", [True, False]), ("host!=core-1", [False, True]), ("age>1m", [True, False]),
        ("severity=major", [False, True]), ("severity!=major", [True, False]), ("_delivery.reason~400", [True, False]),
        ("at<1h", [True, False]),
    ],
)  # fmt: skip
def test_what_some_message_has_can_be_asked_for(text: str, fits: list[bool]) -> None:
    assert asked(text) == (fits, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hots!=core-1", "none of 2 messages has a field hots; did you mean host?"),
        ("older>2h", "none of 2 messages has a field older"),
        ("age>soon", "age>soon: 'soon' is no number, duration or moment"),
        ("age<2 s x", "is no number"), ("at>whenever", "is no number"), ("later_seconds>x", "is no number"),
    ],
)  # fmt: skip
def test_what_no_message_has_or_nothing_can_be_compared_with_is_told(text: str, told: str) -> None:
    assert told in asked(text)[1]


def test_of_no_messages_nothing_is_wrong() -> None:
    assert Question([Clause("x", "=", "y")], NOW).trouble == ""
