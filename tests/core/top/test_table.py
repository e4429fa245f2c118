"""A listing that is moved through: the row stays the row, whatever happens to the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutt_cli.core.log_entry import LEVELS, Entry
from mutt_cli.present.logs import log_listing
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.top.line import plain, texts
from mutt_cli.present.top.table import Drawing, Place, column_after, names_of, row_named, table, turned
from tests.core.top.scenes import HOSTILE, is_harmless

COLUMNS = (Column("id"), Column("depth", "count"), Column("state", "state"), Column("text", "free"))
NAMES = [f"row-{number:02}" for number in range(30)]


def listing(*names: str) -> Listing:
    """Rows of these names."""
    rows = [{"id": one, "depth": 1000 * n, "state": "ok", "text": "x" * 99} for n, one in enumerate(names)]
    return Listing("test", COLUMNS, rows)


def test_the_cursor_moves_within_the_list_and_the_list_with_it() -> None:
    place = Place().within(listing(*NAMES), 11)
    assert (place.chosen, place.top) == ("row-00", 0)
    place = place.moved(listing(*NAMES), 12, 11)
    assert (place.chosen, place.top) == ("row-12", 3)
    place = place.moved(listing(*NAMES), 10**9, 11)
    assert (place.chosen, place.top) == ("row-29", 20)
    assert place.moved(listing(*NAMES), -(10**9), 11) == Place("row-00", 0)


def test_the_cursor_stays_on_its_row_when_others_come_before_it() -> None:
    place = Place("row-05").within(listing(*NAMES), 11)
    moved = place.within(listing("new-1", "new-2", *NAMES), 11)
    assert moved.chosen == "row-05"


def test_where_its_row_is_gone_the_cursor_is_on_one_that_is_there() -> None:
    place = Place("row-05", 3, frozenset(("row-05", "row-07")))
    moved = place.within(listing("row-01", "row-07"), 11)
    assert moved.chosen in {"row-01", "row-07"}
    assert moved.marked == {"row-07"}
    assert Place("row-05").within(listing(), 11).chosen == "row-05"


def test_marks_are_of_rows_and_all_of_them_can_be_marked_and_unmarked() -> None:
    some = listing("a", "b", "c")
    place = Place("a").mark()
    assert place.marked == {"a"}
    assert place.mark().marked == frozenset()
    assert place.mark_all(some).marked == {"a", "b", "c"}
    assert place.mark_all(some).mark_all(some).marked == frozenset()


def test_two_rows_of_one_name_are_two_rows() -> None:
    twice = listing("a", "a", "b")
    assert names_of(twice) == ["a", "a #2", "b"]
    assert row_named(twice, "a #2") == twice.rows[1]
    assert row_named(twice, "z") is None


def test_the_table_shows_what_the_command_line_shows_cut_to_the_screen() -> None:
    lines = table(listing(*NAMES), Place("row-01", 0, frozenset(("row-02",))), Drawing(60, 5, "depth:desc"))
    shown = [plain(one) for one in lines]
    assert shown[0].split() == ["ID", "DEPTHv", "STATE", "TEXT"]
    assert shown[2].startswith(">  row-01  1,000  ok")
    assert shown[3].startswith(" * row-02")
    assert len(shown) == 5
    assert max(map(len, shown)) <= 60
    assert shown[1].endswith("…")
    assert all(style == "cursor" for _, style in lines[2])


def test_an_error_in_the_log_stands_out_more_than_a_warning() -> None:
    said = [Entry(0, "alerter", level, "said") for level in ("INFO", "WARNING", "ERROR", "CRITICAL")]
    _, *rows = table(log_listing(said, "table", ()), Place(), Drawing(80, 5))
    styles = [style for row in rows for text, style in row if text.strip() in LEVELS and style != "cursor"]
    assert styles == ["warn", "crit", "crit"]  # of INFO it is the row of the cursor


def test_columns_that_have_no_room_are_left_out_and_never_half_a_number() -> None:
    lines = [plain(one) for one in table(listing(*NAMES), Place("row-00"), Drawing(14, 4))]
    assert lines[0].split() == ["ID"]


def test_moments_of_today_are_told_without_their_day() -> None:
    now = datetime(2026, 3, 8, 3, 12, tzinfo=UTC)
    rows = [{"id": "a", "at": now}, {"id": "b", "at": datetime(2026, 3, 7, 23, 59, tzinfo=UTC)}]
    one = Listing("test", (Column("id"), Column("at", "time")), rows)
    assert [plain(row).split()[1:] for row in table(one, Place(), Drawing(60, 3, now=now))[1:]] == [
        ["03:12:00Z"], ["03-07", "23:59"],
    ]  # fmt: skip
    assert "2026-03-08T03:12:00.000Z" in texts(table(one, Place(), Drawing(60, 3)))


def test_hostile_text_is_harmless_in_every_cell() -> None:
    rows = [{"id": HOSTILE, "depth": HOSTILE, "state": HOSTILE, "text": HOSTILE}]
    assert is_harmless(texts(table(replace(listing(), rows=rows), Place(), Drawing(200, 3))))


def test_sorting_goes_through_the_columns_and_back_to_the_lists_own_order() -> None:
    sort, seen = "", []
    for _ in range(5):
        sort = column_after(listing("a"), sort)
        seen.append(sort)
    assert seen == ["id", "depth", "state", "text", ""]
    assert [turned(""), turned("id"), turned("id:desc")] == ["", "id:desc", "id"]


@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=8),
    st.lists(st.tuples(st.integers(-20, 20), st.lists(st.sampled_from("abcdefgh"), max_size=8)), max_size=8),
    st.integers(1, 6),
)
def test_the_chosen_row_is_always_on_the_screen(
    names: list[str], steps: list[tuple[int, list[str]]], height: int
) -> None:
    place = Place().within(listing(*names), height)
    for by, changed in steps:
        place = place.moved(listing(*changed), by, height).within(listing(*changed), height)
        if changed:
            place_of = names_of(listing(*changed)).index(place.chosen)
            assert place.top <= place_of < place.top + max(1, height - 1)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (200, 1)])
def test_no_screen_is_too_small(size: tuple[int, int]) -> None:
    assert len(table(listing(*NAMES), Place(), Drawing(*size))) <= max(1, size[1])
