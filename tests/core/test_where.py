"""The language of filters: what is written, what it means for each kind of value, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.where import Clause, Malformed, holds, named, parse, value_at

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def true(text: str, value: Any) -> bool:
    clause = parse(text)
    assert isinstance(clause, Clause)
    return holds(clause, value, NOW)


@pytest.mark.parametrize(
    ("text", "field", "operator", "value"),
    [
        ("host~core", "host", "~", "core"),
        (" host != a=b ", "host", "!=", "a=b"),
        ("_delivery.reason=http-400", "_delivery.reason", "=", "http-400"),
        ("age>5m", "age", ">", "5m"),
        ("error!~time.*out", "error", "!~", "time.*out"),
        ("error=", "error", "=", ""),
    ],
)
def test_a_clause_is_a_field_an_operator_and_a_value(text: str, field: str, operator: str, value: str) -> None:
    assert parse(text) == Clause(field, operator, value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "host", "=x", "9host=1", "host>>", "host~(", "a b=c"])
def test_what_is_no_clause_says_how_one_looks(text: str) -> None:
    found = parse(text)
    if text == "host>>":  # a comparison with the text ">": odd, and meant by nobody, but a clause
        assert found == Clause("host", ">", ">")
    else:
        assert isinstance(found, Malformed)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("depth>100", 101), ("depth<1e3", 999), ("depth=7", 7), ("depth=7.0", 7), ("depth!=7", 8),
        ("size>5MB", 5_000_001), ("age>5m", 301.0), ("age<1h30m", 5399),
        ("state=ok", "ok"), ("state!=ok", "crit"), ("host~^core-.*1$", "core-sw1"), ("host!~edge", "core"),
        ("balanced=yes", True), ("balanced=false", False),
        ("drained_by=alerter", ["alerter", "remediation"]), ("drained_by!=person", ["alerter"]), ("drained_by=", []),
        ("error=", None), ("error!=x", None), ("error!~x", None),
        ("at>2h", datetime(2026, 11, 28, 10, 30, tzinfo=UTC)), ("at<11:00", "2026-11-28T10:59:59.000Z"),
        ("code>99", "100"), ("name>a", "b"),
    ],
)  # fmt: skip
def test_true_clauses(text: str, value: Any) -> None:
    assert true(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("depth>100", 100), ("depth=7", 8), ("depth>many", 8), ("age>5m", 300.0), ("state=ok", "OK"),
        ("host~core", None), ("depth>1", None), ("drained_by!=alerter", ["alerter", "x"]),
        ("at>2h", "2026-11-28T09:59:59.000Z"),
        ("error=", "x"), ("balanced=yes", False),
    ],
)  # fmt: skip
def test_false_clauses(text: str, value: Any) -> None:
    assert not true(text, value)


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ("depth", "depth"),
        ("age", "oldest_age_seconds"),
        ("oldest-at", "oldest_at"),
        ("oldest", "oldest_at"),
        ("x", None),
    ],
)
def test_a_field_is_found_by_what_people_call_it(word: str, field: str | None) -> None:
    assert named(word, ["queue", "depth", "oldest_age_seconds", "oldest_at"]) == field


def test_a_path_leads_into_nested_objects_and_a_name_with_a_dot_wins() -> None:
    row = {"_delivery": {"reason": "shed", "deep": {"x": 1}}, "a.b": 2, "a": {"b": 3}}
    assert [value_at(row, path) for path in ("_delivery.reason", "_delivery.deep.x", "a.b", "a.b.c", "none")] == [
        "shed", 1, 2, None, None,
    ]  # fmt: skip


@given(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())))
def test_no_text_and_no_value_breaks_it_and_a_negation_is_the_opposite(text: str, value: Any) -> None:
    found = parse(text)
    if isinstance(found, Clause):
        assert holds(found, value, NOW) in {True, False}
    for one, other in (("=", "!="), ("~", "!~")):
        first, second = parse(f"f{one}{text}"), parse(f"f{other}{text}")
        if isinstance(first, Clause) and isinstance(second, Clause):
            assert holds(first, value, NOW) is not holds(second, value, NOW)
