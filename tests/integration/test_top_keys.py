"""The keys of `mutt top`, pressed: each does one thing, at once, whatever the back ends do."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.present.top.keys import KEYS, TITLES
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import SaidPage
from tests.core.health.snapshots import WELL
from tests.core.top.frames import frame
from tests.core.top.scenes import HOSTILE, hostile, is_harmless, silent
from tests.integration.top_app import LETTERS, Driver, drive, looks, with_letters

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.core.top.frame import Frame

SIZES = [(80, 24), (120, 40), (60, 15), (40, 10)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", [WELL, hostile(), silent()], ids=["well", "hostile", "nothing answers"])
def test_every_screen_opens_at_every_size_and_escape_never_quits(size: tuple[int, int], scene: Any) -> None:
    async def steps(driver: Driver) -> None:
        await driver.until(lambda: driver.app.picture.frame, "a first look")
        for number in range(1, 9):
            await driver.press(str(number))
            assert driver.app.page is driver.app.roots[TITLES[number - 1].lower()]
            assert is_harmless(driver.text)
            await driver.press("escape", "escape", "escape")
            assert driver.app.is_running
        await driver.press("question_mark")
        assert len(driver.app.screen_stack) == 2

    drive(steps, size=size, look=looks(scene))


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_q_and_ctrl_c_quit_also_while_a_look_hangs(key: str) -> None:
    never = threading.Event()

    def hanging() -> Frame:
        never.wait(30)
        return frame()

    async def steps(driver: Driver) -> None:
        await driver.press("2")
        assert driver.app.page.name == "queues"
        await driver.press(key)
        await driver.until(lambda: not driver.app.is_running, "it ended")

    assert drive(steps, look=hanging).return_code in {0, None}
    never.set()


def test_what_cannot_be_looked_up_says_why_and_what_to_type() -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("3")
        await driver.sees("MUTT-R101")
        assert "try: " in driver.text

    drive(steps)


def test_a_filter_survives_other_screens_and_escape_clears_it() -> None:
    async def steps(driver: Driver) -> None:
        page = with_letters(driver)
        await driver.press("3", "slash")
        await driver.write("host=core-sw3")
        await driver.press("enter")
        assert [row["host"] for row in page.shown.rows] == ["core-sw3"]  # type: ignore[union-attr]
        await driver.press("2", "3")
        assert "filter host=core-sw3" in driver.text
        assert "1 of 6" in driver.text
        await driver.press("escape")
        assert len(page.shown.rows) == 6  # type: ignore[union-attr]
        assert driver.app.page is page

    drive(steps)


def test_a_filter_that_is_none_is_told_and_the_one_of_before_stays() -> None:
    async def steps(driver: Driver) -> None:
        page = with_letters(driver)
        await driver.press("3")
        page.filter_by("SW3")
        await driver.press("slash")
        await driver.press(*["backspace"] * 3)
        await driver.write("nosuch=1")
        await driver.press("enter")
        assert "there is no field nosuch" in driver.text
        assert (page.filter, len(page.shown.rows)) == ("SW3", 1)  # type: ignore[union-attr]

    drive(steps)


def test_rows_are_sorted_marked_and_moved_through() -> None:
    async def steps(driver: Driver) -> None:
        page = with_letters(driver)
        await driver.press("3", "s", "s", "s", "s")
        assert page.sort == "attempts"
        assert page.shown is not None
        assert page.shown.rows[0]["host"] == "core-sw5"
        await driver.press("S")
        assert page.shown.rows[0]["host"] == "core-sw0"
        await driver.press("G", "space", "g", "space")
        assert len(page.place.marked) == 2
        assert "2 marked" in driver.text
        await driver.press("asterisk")
        assert len(page.place.marked) == 6
        await driver.press("escape")
        assert page.place.marked == frozenset()

    drive(steps)


def test_a_smaller_terminal_keeps_the_row_the_filter_and_the_screen() -> None:
    async def steps(driver: Driver) -> None:
        page = with_letters(driver)
        page.filter_by("core")
        await driver.press("3", "j", "j", "j")
        chosen = page.place.chosen
        await driver.pilot.resize_terminal(50, 12)
        await driver.press("k", "j")
        assert (page.place.chosen, page.filter, driver.app.page) == (chosen, "core", page)

    drive(steps)


def test_only_lines_that_have_changed_are_painted() -> None:
    async def steps(driver: Driver) -> None:
        await driver.until(lambda: driver.app.picture.frame, "a look")
        await driver.press("p")
        before = driver.app.canvas.painted
        for _ in range(20):
            driver.app.draw()
        assert driver.app.canvas.painted - before <= 2

    drive(steps, size=(120, 40))


def test_the_screen_is_saved_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def steps(driver: Driver) -> None:
        await driver.until(lambda: driver.app.picture.frame, "a look")
        await driver.press("i")
        assert "saved: mutt-top-" in driver.text

    drive(steps, look=looks(hostile()))
    text = next(tmp_path.glob("mutt-top-*.txt")).read_text()
    assert text.startswith("prod-east  20")
    assert is_harmless(text)
    assert HOSTILE not in text


def test_a_bug_ends_it_and_is_not_swallowed() -> None:
    def wrong() -> Frame:
        raise ZeroDivisionError("a bug")

    async def steps(driver: Driver) -> None:
        await driver.until(lambda: driver.app.crash is not None, "it ended")

    with pytest.raises(ZeroDivisionError):
        drive(steps, look=wrong)


def test_a_filter_that_was_typed_before_there_was_anything_to_filter_is_told() -> None:
    async def steps(driver: Driver) -> None:
        page = driver.app.roots["dlq"]
        assert isinstance(page, ListingPage)
        page.every_s = 0.0
        await driver.press("3", "slash")
        await driver.write("nosuch=1")
        await driver.press("enter")
        with_letters(driver)
        driver.app.draw()
        assert "the filter is left out: there is no field nosuch" in driver.text
        assert "core-sw5" in driver.text

    drive(steps)


@pytest.mark.parametrize(("length", "expected"), [(0, "the end"), (4, "the end"), (9, "…")])
def test_a_long_warning_is_folded_and_where_even_that_is_too_short_says_so(length: int, expected: str) -> None:
    warning = "PostgreSQL did not answer: " + "so it went on " * length + "the end"

    async def steps(driver: Driver) -> None:
        with_letters(driver, replace(LETTERS, warnings=[warning]))
        await driver.press("3")
        told = "\n".join(driver.text.splitlines()[2:5])
        assert "PostgreSQL did not answer" in told
        assert expected in told

    drive(steps)


def test_what_is_not_answered_any_more_is_marked_as_old_and_asked_for_again() -> None:
    async def steps(driver: Driver) -> None:
        page = with_letters(driver)
        page.every_s = 2.0
        await driver.press("3")
        page.taken_s = boottime_s() - 60
        driver.app.draw()
        assert "~ 1m00s old" in driver.text

    drive(steps)


def test_from_the_past_every_other_screen_leads_back_to_now() -> None:
    async def steps(driver: Driver) -> None:
        await driver.until(lambda: len(driver.app.picture.track) > 0, "a look")
        driver.app.look_now()
        await driver.until(lambda: len(driver.app.picture.track) > 1, "another")
        await driver.press("left_square_bracket")
        assert "HISTORY" in driver.text
        await driver.press("2")
        assert driver.app.picture.head.place is None

    drive(steps)


def test_the_interval_goes_from_a_second_to_a_minute() -> None:
    async def steps(driver: Driver) -> None:
        await driver.press(*["minus"] * 5)
        assert driver.app.picture.interval_s == 1
        await driver.press(*["plus"] * 70)
        assert driver.app.picture.interval_s == 60

    drive(steps)


def test_tab_completes_a_command_and_the_line_keeps_the_keyboard() -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("2", "colon")
        await driver.write("queue pu")
        await driver.until(lambda: driver.app.entry._suggestion, "something is suggested")
        await driver.press("tab")
        assert driver.app.entry.value == "queue purge"
        await driver.press("tab", "D")
        assert driver.app.entry.value == "queue purgeD"
        assert driver.app.focused is driver.app.entry

    drive(steps)


def test_a_filter_that_is_begun_on_the_overview_is_one_of_the_queues() -> None:
    async def steps(driver: Driver) -> None:
        await driver.until(lambda: driver.app.picture.frame, "a look")
        await driver.press("slash")
        await driver.write("queue")
        assert driver.app.is_running
        assert (driver.app.page.name, driver.app.entry.value) == ("queues", "queue")

    drive(steps)


def test_escape_leads_back_to_the_overview_in_the_end() -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("7", "escape")
        assert driver.app.page.name == "overview"
        await driver.press("escape", "escape")
        assert driver.app.is_running

    drive(steps)


def test_a_text_is_searched_by_the_key_of_filters_and_folded_between_words() -> None:
    async def steps(driver: Driver) -> None:
        driver.app.go(SaidPage("mutt doctor", ["alpha " + "word " * 30, "beta", "gamma"]))
        await driver.press("slash")
        await driver.write("BET")
        await driver.press("enter")
        assert "beta" in driver.text
        assert "gamma" not in driver.text
        await driver.press("escape")
        assert "gamma" in driver.text
        assert all(line.strip().split()[-1] in {"word", "alpha"} for line in driver.text.splitlines() if "word" in line)

    drive(steps)


def test_every_key_of_the_table_is_bound_to_something_that_exists() -> None:
    async def steps(driver: Driver) -> None:
        for one in KEYS:
            name = one.action.partition("(")[0]
            assert hasattr(driver.app, f"action_{name}"), one.action
            assert set(one.keys) <= set(driver.app.active_bindings)

    drive(steps)
