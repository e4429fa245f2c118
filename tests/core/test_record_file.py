"""Files of records: the same rules in YAML, JSON and CSV, and nothing in them that surprises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.record_file import MOST_BYTES, Records, Unreadable, parse
from mutt_cli.present.encode import csv_text, yaml_text

COLUMNS = ("host", "team", "env")
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


def rules(text: str | bytes) -> Records | Unreadable:
    return parse(text.encode() if isinstance(text, str) else text, name="f", noun="rules")


def hosts(text: str) -> Records | Unreadable:
    return parse(text.encode(), name="hosts.csv", noun="hosts", columns=COLUMNS)


def why(found: Records | Unreadable) -> str:
    assert isinstance(found, Unreadable)
    return found.why


@pytest.mark.parametrize(
    "text",
    ["rules:\n- rule_name: a\n  priority: 5\n",
     '{"rules": [{"rule_name": "a", "priority": 5}]}', "rule_name: a\npriority: 5\n",
     '[{"rule_name": "a", "priority": 5}]', "\ufeffrule_name: a\npriority: 5\n"],
)  # fmt: skip
def test_a_list_a_document_and_one_record_alone_mean_the_same(text: str) -> None:
    assert rules(text) == Records(({"rule_name": "a", "priority": 5},), head=rules(text).head)  # type: ignore[union-attr]


def test_what_an_export_says_beside_its_records_is_looked_through_and_complete_is_its_own_word() -> None:
    found = rules("kind: mutt.rule.export\nversion: 1\ncomplete: true\nrules: []\n")
    assert isinstance(found, Records)
    assert (found.items, found.complete, found.head["kind"]) == ((), True, "mutt.rule.export")
    assert "neither true nor false" in why(rules("complete: maybe\nrules: []"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "'a' stands twice"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("on: 1", "the field name True is not read as text"),
        ("!!python/object/apply:os.system [id]", "constructor"),
        ("a:\n " + "- " * 5000, "too deep"),
        ("[" * 5000, "recursion"),
        ("hello", "no list of rules"),
        ("", "no list of rules"),
        ("- 5", "entry 1 of rules is no object"),
        ("kind: mutt.host.export\nhosts: []", "is a 'mutt.host.export' and holds no rules"),
        (b"\xff\xfe", "not UTF-8"),
        ("a: 'x", "scalar"),
        (b"a: \x00", "not allowed"),
    ],
)
def test_what_is_no_file_of_records_is_refused_with_the_reason(text: str | bytes, said: str) -> None:
    assert said in why(rules(text))


def test_a_file_beyond_all_inventories_is_not_read() -> None:
    assert "are read" in why(rules(b" " * (MOST_BYTES + 1)))


def test_a_date_stays_the_text_that_it_is() -> None:
    assert rules("description: 2026-11-28") == Records(({"description": "2026-11-28"},))


@given(st.dictionaries(st.sampled_from(["rule_name", "pattern", "on", "null"]), STORABLE, min_size=1))
def test_any_text_comes_back_from_yaml_and_json_as_it_was(record: dict[str, str]) -> None:
    assert rules(yaml_text({"rules": [record]})) == Records((record,))
    assert rules(json.dumps({"rules": [record]})) == Records((record,))


def test_csv_has_its_columns_in_any_order_and_an_empty_cell_is_none() -> None:
    assert hosts("team,host\nnet,r1\n,r2\n\n") == Records(({"team": "net", "host": "r1"}, {"team": None, "host": "r2"}))


def test_a_cell_that_was_kept_from_being_a_formula_is_what_it_was() -> None:
    text = csv_text(COLUMNS, [["r1", "=cmd()", "dev"], ["r2", "'quoted'", "dev"]])
    assert hosts(text) == Records((
        {"host": "r1", "team": "=cmd()", "env": "dev"}, {"host": "r2", "team": "'quoted'", "env": "dev"},
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [("host,owner\nr1,x", "must name columns of host, team, env"), ("host,host\na,b", "each once"),
     ("host,team\nr1", "record 2 has 1 values for 2 columns"), ('host\n"r1', "no CSV"), ("", "must name columns")],
)  # fmt: skip
def test_what_is_no_csv_of_hosts_is_refused_with_the_reason(text: str, said: str) -> None:
    assert said in why(hosts(text))
