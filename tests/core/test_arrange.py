"""A listing as it is wanted: filtered by what people call a field, and page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mutt_cli.core.where import Clause
from mutt_cli.errors import UsageError
from mutt_cli.present.arrange import Arrangement, arranged
from mutt_cli.present.output import Column, Listing

NOW = datetime(2026, 11, 28, tzinfo=UTC)
QUEUES = Listing(
    "mutt.queue.list",
    (Column("queue"), Column("depth", "count"), Column("oldest_age_seconds", "seconds", "oldest")),
    [
        {"queue": "ingest", "depth": 12, "oldest_age_seconds": 400.0, "key": "a"},
        {"queue": "alert", "depth": 3, "oldest_age_seconds": 10.0, "key": "b"},
        {"queue": "dead", "depth": 0, "oldest_age_seconds": None, "key": "c"},
    ],
)


def names(listing: Listing, wish: Arrangement) -> list[str]:
    return [row["queue"] for row in arranged(listing, wish).rows]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (Clause("depth", ">", "2"), ["ingest", "alert"]),
        (Clause("age", ">", "5m"), ["ingest"]),
        (Clause("oldest", "<", "1m"), ["alert"]),
        (Clause("key", "=", "c"), ["dead"]),
    ],
)
def test_rows_are_filtered_by_any_field_that_json_shows(clause: Clause, expected: list[str]) -> None:
    assert names(QUEUES, Arrangement(where=[clause], now=NOW)) == expected


def test_every_condition_has_to_be_true_and_the_total_counts_what_is_left() -> None:
    shown = arranged(QUEUES, Arrangement(where=[Clause("depth", ">", "2"), Clause("queue", "~", "^a")], now=NOW))
    assert [row["queue"] for row in shown.rows] == ["alert"]
    assert shown.total == 1


def test_an_unknown_field_is_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no field colour; there are: queue, depth"):
        arranged(QUEUES, Arrangement(where=[Clause("colour", "=", "red")], now=NOW))


@pytest.mark.parametrize("clause", [Clause("depth", ">", "abc"), Clause("age", "<", "soon")])
def test_a_number_compared_with_a_word_is_refused_and_not_true_of_nothing(clause: Clause) -> None:
    with pytest.raises(UsageError, match="is no number, duration or moment"):
        arranged(QUEUES, Arrangement(where=[clause], now=NOW))


def test_a_field_of_which_nobody_knows_the_kind_is_compared_with_anything() -> None:
    unknown = replace(QUEUES, rows=[{"queue": "dead", "oldest_age_seconds": None}])
    assert names(unknown, Arrangement(where=[Clause("age", ">", "soon")], now=NOW)) == []


def test_what_was_filtered_while_it_was_read_is_not_filtered_again() -> None:
    read = replace(QUEUES, filtered=True)
    assert len(names(read, Arrangement(where=[Clause("colour", "=", "red")], now=NOW))) == 3


def test_pages_follow_each_other_by_the_name_of_the_last_row() -> None:
    first = arranged(QUEUES, Arrangement(limit=2))
    assert first.next == "alert"
    rest = arranged(QUEUES, Arrangement(limit=2, after="alert"))
    assert ([row["queue"] for row in rest.rows], rest.next, rest.total) == (["dead"], None, 3)


def test_a_cursor_whose_row_is_gone_is_refused() -> None:
    with pytest.raises(UsageError, match="--after retry names no row"):
        arranged(QUEUES, Arrangement(after="retry"))


def test_a_cursor_of_the_source_is_kept_and_its_rows_are_all_shown() -> None:
    page = replace(QUEUES, next="0192-7", total=90)
    shown = arranged(page, Arrangement(after="0192-1"))
    assert (len(shown.rows), shown.next, shown.total) == (3, "0192-7", 90)
