"""What a command hands over looks the same in every format: values in full, columns and order as asked."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.errors import UsageError
from mutt_cli.present.arrange import Arrangement, arranged
from mutt_cli.present.encode import json_text, plain, yaml_text
from mutt_cli.present.output import Column, Document, Envelope, Format, Listing, cell, render
from mutt_cli.present.text import safe

NOON = datetime(2026, 3, 8, 12, 0, 0, 123456, tzinfo=UTC)
ENVELOPE = Envelope("prod-east", NOON)
QUEUES = Listing(
    "mutt.queue.list",
    (
        Column("name"),
        Column("depth", "count"),
        Column("oldest_age_seconds", "seconds", "oldest"),
        Column("key", wide=True),
    ),
    (
        {"name": "ingest", "depth": 12481, "oldest_age_seconds": 291.0, "key": "k:a", "cap": 20000},
        {"name": "alert", "depth": 7, "oldest_age_seconds": None, "key": "k:b", "cap": 5000},
    ),
)


def rendered(result: Listing | Document, form: Format = "table") -> str:
    return render(result, form, ENVELOPE)


def test_pipe_gets_tabs_a_header_and_full_values() -> None:
    assert rendered(arranged(QUEUES, Arrangement())) == "NAME\tDEPTH\tOLDEST\ningest\t12481\t291.0\nalert\t7\t-\n"


def test_wide_adds_columns_that_are_hidden_otherwise() -> None:
    assert rendered(arranged(QUEUES, Arrangement(wide=True)), "wide").splitlines()[0] == "NAME\tDEPTH\tOLDEST\tKEY"


def test_json_listing_has_the_envelope_in_fixed_order_and_every_field_of_a_row() -> None:
    found = json.loads(rendered(QUEUES, "json"))
    assert list(found) == ["kind", "version", "context", "time", "items", "total", "next", "warnings"]
    assert found["kind"] == "mutt.queue.list"
    assert found["version"] == 1
    assert found["context"] == "prod-east"
    assert found["time"] == "2026-03-08T12:00:00.123Z"
    assert found["items"][0]["cap"] == 20000
    assert found["total"] == 2
    assert found["next"] is None
    assert found["warnings"] == []


def test_json_is_one_line_on_a_pipe() -> None:
    assert rendered(QUEUES, "json").count("\n") == 1


def test_json_document_has_its_fields_between_envelope_and_warnings() -> None:
    found = json.loads(rendered(Document("mutt.version", {"client": "2.5.0"}, warnings=("old",)), "json"))
    assert list(found) == ["kind", "version", "context", "time", "client", "warnings"]
    assert found["warnings"] == ["old"]


def test_jsonl_emits_bare_objects() -> None:
    lines = rendered(QUEUES, "jsonl").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["ingest", "alert"]
    assert "kind" not in json.loads(lines[0])


def test_name_prints_only_ids() -> None:
    assert rendered(QUEUES, "name") == "ingest\nalert\n"


def test_csv_has_field_names_as_header() -> None:
    rows = list(csv.reader(io.StringIO(rendered(arranged(QUEUES, Arrangement()), "csv"))))
    assert rows == [["name", "depth", "oldest_age_seconds"], ["ingest", "12481", "291.0"], ["alert", "7", ""]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\rx", "|calc", "%x"])
def test_csv_guards_text_that_a_spreadsheet_would_run(text: str) -> None:
    listing = Listing("k", (Column("message"),), ({"message": text},))
    assert list(csv.reader(io.StringIO(rendered(listing, "csv"))))[1][0].startswith("'")


def test_csv_leaves_negative_numbers_alone() -> None:
    listing = Listing("k", (Column("n"),), ({"n": -5},))
    assert rendered(listing, "csv") == "n\n-5\n"


def test_csv_quotes_commas_and_quotes() -> None:
    listing = Listing("k", (Column("m"),), ({"m": 'a,"b"'},))
    assert rendered(listing, "csv") == 'm\n"a,""b"""\n'


def test_document_without_lines_lists_its_fields() -> None:
    assert rendered(Document("k", {"key": "A", "value": None})) == "key    A\nvalue  -\n"


def test_document_lines_are_made_safe() -> None:
    assert rendered(Document("k", {}, text=("a\x1b[2J",))) == "a\\x1b[2J\n"


def test_sort_orders_numbers_as_numbers_and_puts_nothing_last() -> None:
    assert [row["name"] for row in arranged(QUEUES, Arrangement(sort="depth")).rows] == ["alert", "ingest"]
    assert [row["name"] for row in arranged(QUEUES, Arrangement(sort="depth:desc")).rows] == ["ingest", "alert"]
    assert [row["name"] for row in arranged(QUEUES, Arrangement(sort="oldest:desc")).rows] == ["ingest", "alert"]


def test_sort_compares_values_of_different_kinds_without_failing() -> None:
    mixed = Listing("k", (Column("v"),), ({"v": "b"}, {"v": 3}, {"v": [1]}, {"v": None}))
    assert arranged(mixed, Arrangement(sort="v")).rows[-1] == {"v": None}


@pytest.mark.parametrize("asked", [{"sort": "nope"}, {"columns": ("name", "nope")}, {"sort": "name:sideways"}])
def test_unknown_column_or_order_is_a_usage_error(asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        arranged(QUEUES, Arrangement(**asked))


def test_columns_come_in_the_order_asked_even_hidden_ones() -> None:
    shown = arranged(QUEUES, Arrangement(columns=("KEY", "name")))
    assert [column.field for column in shown.columns] == ["key", "name"]


def test_limit_cuts_rows_and_keeps_the_total() -> None:
    shown = arranged(QUEUES, Arrangement(limit=1))
    assert (len(shown.rows), shown.total) == (1, 2)
    assert len(arranged(QUEUES, Arrangement(limit=0)).rows) == 2


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        (Column("n", "count"), 1204332, "1,204,332"),
        (Column("n", "bytes"), 4_100_000_000, "4.1 GB"),
        (Column("n", "bytes"), 812_000_000, "812 MB"),
        (Column("n", "seconds"), 0.94, "0.9s"),
        (Column("n", "seconds"), 9.96, "10s"),
        (Column("n", "seconds"), 59.6, "1m00s"),
        (Column("n", "seconds"), 291, "4m51s"),
        (Column("n", "seconds"), 7500, "2h05m"),
        (Column("n", "seconds"), 273_600, "3d04h"),
        (Column("t", "time"), NOON, "2026-03-08T12:00:00.123Z"),
        (Column("b"), True, "yes"),
        (Column("l"), ["a", "b"], "a, b"),
        (Column("x"), "", "-"),
        (Column("x"), None, "-"),
    ],
)
def test_people_see_values_with_units(column: Column, value: object, shown: str) -> None:
    assert cell(column, value) == shown


def test_plain_knows_every_kind_of_value() -> None:
    @dataclass(frozen=True)
    class Record:
        at: datetime
        took: timedelta

    class Packed(msgspec.Struct):
        raw: bytes
        part: float

    assert plain(Record(NOON, timedelta(seconds=1.5))) == {"at": "2026-03-08T12:00:00.123Z", "took": 1.5}
    assert plain(Packed(b"a\xff", float("nan"))) == {"raw": "a\\xff", "part": None}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_json_reads_back_as_it_was(value: object) -> None:
    assert json.loads(json_text(value)) == value


@given(VALUES)
def test_yaml_never_holds_an_invisible_character(value: object) -> None:
    for line in yaml_text(value).split("\n"):
        assert safe(line) == line


def test_yaml_nests_lists_and_objects_and_quotes_words_that_yaml_would_convert() -> None:
    value = {"no": "no", "list": [{"a": 1, "b": [True, None]}, [], ["x"]], "empty": {}}
    assert yaml_text(value).splitlines() == [
        '"no": "no"',
        "list:",
        "  - a: 1",
        "    b:",
        "      - true",
        "      - null",
        "  - []",
        '  - - "x"',
        "empty: {}",
    ]
