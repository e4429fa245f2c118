"""What may be written into a rule, and that what is wrong is said of the field that is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mutt_cli.core.rule_fields import RuleFields, Trouble, read, trouble_with

# SO:1574-1580, word for word.
GUIDE = b"""{
    "rule_name": "cpu_high",
    "pattern": ".*CPU.*threshold.*exceeded.*",
    "severity": "warning",
    "priority": 50,
    "enabled": true,
    "description": "CPU threshold exceeded alert",
    "device_team_id": 1
  }"""


def wrong(**rule: Any) -> dict[str, str]:
    """Fields that are refused when all of these are named."""
    found = trouble_with({"rule_name": "x", "pattern": "x", **rule}, rule)
    return {} if found is None else dict(found.fields)


def test_the_rule_of_the_guide_is_taken_as_it_stands() -> None:
    found = read(GUIDE)
    assert isinstance(found, RuleFields)
    assert found.columns() == json.loads(GUIDE)
    assert trouble_with(found.columns(), found.columns()) is None


def test_only_named_fields_are_columns_and_null_is_a_value() -> None:
    found = read(b'{"enabled": false, "description": null, "reason": "noisy"}')
    assert isinstance(found, RuleFields)
    assert found.columns() == {"enabled": False, "description": None}
    assert found.reason == "noisy"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"prio": 5}', "prio"),
        (b'{"id": 5}', "id"),
        (b'{"version": 5}', "version"),
        (b'{"priority": "5"}', "priority"),
        (b'{"priority": true}', "priority"),
        (b'{"priority": 2147483648}', "priority"),
        (b'{"enabled": "yes"}', "enabled"),
        (b'{"enabled": null}', "enabled"),
        (b'{"rule_name": ""}', "rule_name"),
        (b'{"rule_name": ["a"]}', "rule_name"),
        (b'{"match_type": "oid_prefix"}', "match_type"),
        (b'{"device_team_id": 0}', "device_team_id"),
        (b'{"x` - at `$.y": 1}', "x` - at `$.y"),
    ],
)
def test_a_field_that_is_unknown_or_of_the_wrong_kind_is_named(body: bytes, field: str) -> None:
    found = read(body)
    assert isinstance(found, Trouble)
    assert list(found.fields) == [field]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"pattern": "\xff"}', b'{"pattern": "\\ud800"}', b"[" * 100_000, b"1e999"]
)
def test_what_is_no_object_is_refused_without_a_field(body: bytes) -> None:
    found = read(body)
    assert isinstance(found, Trouble)
    assert not found.fields


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", "(a)\\1", "[[:alpha:]]", "x{,3}", "x" * 4097, " ", "a\x00b"])
def test_a_pattern_that_the_alerter_would_leave_out_is_refused(pattern: str) -> None:
    assert list(wrong(pattern=pattern)) == ["pattern"]


def test_a_pattern_that_is_plain_text_needs_no_grammar() -> None:
    assert wrong(pattern="(", match_type="contains") == {}
    assert list(wrong(pattern="x" * 4097, match_type="contains")) == ["pattern"]


def test_a_change_to_regex_judges_the_pattern_that_stays() -> None:
    found = trouble_with({"rule_name": "x", "pattern": "(", "match_type": "regex"}, {"match_type"})
    assert found is not None
    assert list(found.fields) == ["pattern"]


def test_a_rule_that_a_hand_has_spoilt_can_be_switched_off_and_not_on() -> None:
    spoilt = {"rule_name": "", "pattern": "(", "severity": "?"}
    assert trouble_with({**spoilt, "enabled": False}, {"enabled"}) is None
    found = trouble_with({**spoilt, "enabled": True}, {"enabled"})
    assert found is not None
    assert list(found.fields) == ["pattern"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rule_name", " "), ("rule_name", "a\nb"), ("rule_name", "a\u202eb"), ("description", "a\x1b[31m"),
        ("severity", "critcal"), ("severity", ""), ("severity", "6"), ("reason", "a\x07"), ("reason", "x" * 4001),
    ],
)  # fmt: skip
def test_text_that_nobody_could_read_or_understand_is_refused(field: str, value: str) -> None:
    assert list(wrong(**{field: value})) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [("severity", None), ("severity", "Critical"), ("severity", "5"), ("description", "a\n\tb"), ("rule_name", "<b>é")],
)
def test_text_that_somebody_may_mean_is_taken(field: str, value: str | None) -> None:
    assert wrong(**{field: value}) == {}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert set(wrong(rule_name=" ", pattern="(", severity="?")) == {"rule_name", "pattern", "severity"}
