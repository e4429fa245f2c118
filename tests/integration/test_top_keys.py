"""The keys of `mutt top`, pressed: each does one thing, at once, whatever the back ends do."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.own_program import Said
from mutt_cli.core.top.track import Track
from mutt_cli.present.output import Column, Listing
from mutt_cli.present.top.keys import KEYS, TITLES
from mutt_cli.tui import acting
from mutt_cli.tui.listing_page import ListingPage
from mutt_cli.tui.page import SaidPage
from tests.core.health.snapshots import WELL
from tests.core.top.frames import frame
from tests.core.top.scenes import HOSTILE, hostile, is_harmless, silent
from tests.integration.top_app import Driver, drive, looks, source

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.core.top.frame import Frame

SIZES = [(80, 24), (120, 40), (60, 15), (40, 10)]
LETTERS = Listing(
    "mutt.dlq.list", (Column("id"), Column("queue"), Column("host"), Column("attempts", "count")),
    [
        {"id": f"9f3c1a7d000{n}", "queue": "dlq-moog", "host": f"core-sw{n}", "attempts": 9 - n, "correlation_id": "c"}
        for n in range(6)
    ],
)  # fmt: skip


def with_letters(driver: Driver, listing: Listing = LETTERS) -> ListingPage:
    """The screen of dead letters, as if it had been looked up."""
    page = driver.app.roots["dlq"]
    assert isinstance(page, ListingPage)
    page.every_s, page.loaded = 0.0, True
    ListingPage.show(page, replace(listing, fields={"depths": {"dlq-moog": 6}}))
    return page


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


def test_nothing_is_changed_while_it_is_locked_and_a_protected_context_wants_its_name() -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "R")
        assert "read-only: W unlocks" in driver.text
        await driver.press("W")
        await driver.write("prod-west")
        await driver.press("enter")
        assert "that is not its name" in driver.text
        assert "READ-ONLY" in driver.text
        await driver.press("W")
        await driver.write("prod-east")
        await driver.press("enter")
        await driver.sees("UNLOCKED 10m")
        await driver.press("W")
        await driver.sees("READ-ONLY")

    drive(steps)


def test_a_context_that_is_read_only_is_never_unlocked() -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("W")
        assert "this context is read-only" in driver.text
        assert not driver.app.picture.may_act

    drive(steps, of=source(protected=False, read_only=True), unlocked=True)


class Shell:
    """In the place of the program: remembers what it was asked to run."""

    def __init__(self, code: int = 0) -> None:
        self.lines: list[tuple[str, ...]] = []
        self.code = code

    def __call__(self, words: tuple[str, ...], *_: Any) -> Said:
        self.lines.append(tuple(words))
        return Said(self.code, "", "dry run, nothing is changed: REPLAY 1 dead letter\n  1 from dlq-moog\n")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    made = Shell()
    monkeypatch.setattr(acting, "run_shown", made)
    monkeypatch.setattr(acting, "run_through", made)
    return made


def test_an_act_shows_its_plan_and_its_line_and_enter_alone_does_not_go_on(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "R")
        await driver.until(lambda: len(driver.app.screen_stack) == 2, "the dialog")
        shown = driver.app.screen.query("Static")
        said = "\n".join(str(one.render()) for one in shown)
        assert "REPLAY 1 dead letter" in said
        assert "$ mutt dlq replay dlq-moog 9f3c1a7d0000" in said
        await driver.press("enter")
        assert len(driver.app.screen_stack) == 1
        assert "nothing was changed" in driver.text

    drive(steps, of=source("up", protected=False))
    assert shell.lines == [("dlq", "replay", "--dry-run", "dlq-moog", "9f3c1a7d0000")]


def test_going_on_runs_the_line_that_was_shown_with_the_reason(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "R")
        await driver.until(lambda: len(driver.app.screen_stack) == 2, "the dialog")
        await driver.press("shift+tab")
        await driver.write("INC-1")
        await driver.press("tab", "tab", "enter")
        await driver.sees("$ mutt dlq replay --reason INC-1 --yes dlq-moog 9f3c1a7d0000")

    drive(steps, of=source("up", protected=False))
    assert shell.lines[1] == ("dlq", "replay", "--reason", "INC-1", "--yes", "dlq-moog", "9f3c1a7d0000")


def test_what_destroys_wants_a_name_typed_and_the_command_judges_it(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "D")
        await driver.until(lambda: len(driver.app.screen_stack) == 2, "the dialog")
        assert driver.app.screen.query_one("#go").disabled
        await driver.press("shift+tab")
        await driver.write("dlq-moog")
        assert not driver.app.screen.query_one("#go").disabled
        await driver.press("tab", "tab", "enter")
        await driver.sees("--confirm dlq-moog")

    drive(steps, of=source("up", protected=False))
    assert shell.lines[-1] == ("dlq", "purge", "--confirm", "dlq-moog", "dlq-moog")


def test_a_plan_that_is_refused_is_shown_and_nothing_is_asked(shell: Shell) -> None:
    shell.code = 7

    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "R")
        await driver.sees("exit code 7")
        assert len(driver.app.screen_stack) == 1

    drive(steps, of=source("up", protected=False))
    assert len(shell.lines) == 1


def test_any_command_that_reads_is_run_at_once_and_shown(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("colon")
        await driver.write("mutt queue list")
        await driver.press("enter")
        await driver.sees("REPLAY 1 dead letter")
        await driver.press("escape")
        assert driver.app.page.name == "overview"

    drive(steps)
    assert shell.lines == [("queue", "list")]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("nosuch", "there is no command"),
        ("up", "that is for a shell"),
        ("down", "for a shell"),
        ("top", "this is it"),
        ("-c other status", "flags stand behind"),
        ("status -qc other", "another deployment is another mutt top"),
        ("breaker trip --context=x", "another deployment"),
        ("logs -f", "goes on until it is stopped"),
        ("breaker --after show reset", "there is no command"),
        ("status 'x", "No closing quotation"),
    ],
)
def test_what_is_no_command_for_a_screen_says_so(shell: Shell, typed: str, told: str) -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("W", "colon")
        await driver.write(typed)
        await driver.press("enter")
        assert told in driver.text

    drive(steps, of=source("up", protected=False))
    assert shell.lines == []


def test_the_past_can_be_gone_to_and_nothing_is_changed_from_there(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        await driver.until(lambda: driver.app.picture.frame, "a look")
        await driver.press("W", "left_square_bracket", "left_square_bracket")
        assert "HISTORY" in driver.text
        await driver.press("T")
        assert "this is the past" in driver.text
        await driver.press("end")
        assert "HISTORY" not in driver.text
        assert driver.app.picture.may_act

    track = [frame(seconds=-n) for n in (9, 7, 5, 3)]
    app_of = source("up", protected=False)

    def with_past(driver: Driver) -> None:
        for one in track:
            driver.app.picture.track.add(one)

    async def prepared(driver: Driver) -> None:
        with_past(driver)
        await driver.press("r")
        await driver.until(lambda: len(driver.app.picture.track) > 4, "looks")
        await steps(driver)

    drive(prepared, of=app_of, look=looks())
    assert shell.lines == []


def test_a_recording_plays_stops_goes_to_a_moment_and_changes_nothing(shell: Shell) -> None:
    recorded = Track(frame(seconds=second, accepted=second) for second in range(0, 600, 2))

    async def steps(driver: Driver) -> None:
        await driver.sees("REPLAY")
        assert "03:12:06Z" in driver.text
        await driver.press("right_square_bracket")
        assert "03:12:08Z" in driver.text
        await driver.press("right_curly_bracket")
        assert "03:13:08Z" in driver.text
        await driver.press("left_curly_bracket")
        assert "03:12:08Z" in driver.text
        await driver.press("colon")
        await driver.write("goto 03:20")
        await driver.press("enter")
        assert re.search(r"REPLAY.*03:20:0[0-9]Z", driver.text)
        await driver.press("W", "T", "3")
        assert "nothing but the overview" in driver.text
        await driver.press("end")
        assert "03:22:04Z" in driver.text

    drive(steps, recorded=recorded)
    assert shell.lines == []


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


def test_a_change_that_is_agreed_to_when_the_lock_has_closed_is_not_made(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "R")
        await driver.until(lambda: len(driver.app.screen_stack) == 2, "the dialog")
        driver.app.picture.unlock(on=False)
        await driver.press("tab", "enter")
        await driver.sees("nothing was changed")

    drive(steps, of=source("up", protected=False))
    assert len(shell.lines) == 1


def test_a_flag_without_its_value_does_not_swallow_the_dry_run(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        await driver.press("W", "colon")
        await driver.write("breaker trip --reason")
        await driver.press("enter")
        await driver.until(lambda: shell.lines, "it was planned")

    drive(steps, of=source("up", protected=False))
    assert shell.lines == [("breaker", "trip", "--dry-run", "--reason")]


def test_nothing_is_changed_while_the_screen_is_paused(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "p", "R")
        assert "this is paused" in driver.text

    drive(steps, of=source("up", protected=False))
    assert shell.lines == []


def test_any_key_closes_the_help_and_does_nothing_else(shell: Shell) -> None:
    async def steps(driver: Driver) -> None:
        with_letters(driver)
        await driver.press("3", "W", "question_mark")
        assert len(driver.app.screen_stack) == 2
        await driver.press("R")
        assert len(driver.app.screen_stack) == 1
        assert driver.app.page.name == "dlq"

    drive(steps, of=source("up", protected=False))
    assert shell.lines == []


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


def test_what_runs_says_for_how_long_and_q_asks_before_it_is_left_alone() -> None:
    async def steps(driver: Driver) -> None:
        page = SaidPage("mutt dlq replay")
        driver.app.go(page)
        await driver.press("r")
        assert "running, " in driver.text
        driver.app.acting.running = "dlq replay"
        await driver.press("q")
        assert driver.app.is_running
        await driver.press("q")
        await driver.until(lambda: not driver.app.is_running, "it ended")

    drive(steps)


def test_the_interval_goes_from_a_second_to_a_minute() -> None:
    async def steps(driver: Driver) -> None:
        await driver.press(*["minus"] * 5)
        assert driver.app.picture.interval_s == 1
        await driver.press(*["plus"] * 70)
        assert driver.app.picture.interval_s == 60

    drive(steps)


def test_every_key_of_the_table_is_bound_to_something_that_exists() -> None:
    async def steps(driver: Driver) -> None:
        for one in KEYS:
            name = one.action.partition("(")[0]
            assert hasattr(driver.app, f"action_{name}"), one.action
            assert set(one.keys) <= set(driver.app.active_bindings)

    drive(steps)
