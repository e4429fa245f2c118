"""Changing something from `mutt top`: nothing before `W`, and then as the line that was shown, while it may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mutt_cli.adapters.own_program import Said, run_shown
from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import Spec
from mutt_cli.commands.options import Flags
from mutt_cli.commands.top_source import source_of
from mutt_cli.core.top.track import Track
from mutt_cli.tui import acting
from mutt_cli.tui.page import SaidPage
from tests.core.top.frames import frame
from tests.integration.top_app import Driver, drive, looks, source, with_letters

if TYPE_CHECKING:
    from pathlib import Path


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
        await driver.press("question_mark", "q")
        assert (driver.app.is_running, len(driver.app.screen_stack)) == (True, 1)

    drive(steps, of=source("up", protected=False))
    assert shell.lines == []


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


def test_lines_go_to_the_deployment_that_is_shown_whatever_is_chosen_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "mutt.env"
    file.write_text("REDIS_SOCKET=/nowhere/redis.sock\n")
    environ = {"MUTT_ENV_FILE": str(file), "MUTT_STATE_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin"}
    found = source_of(Run(Spec("top", "R", "mutt.top", listing=False, timeout=None), Flags(), environ))
    assert (found.context, found.environ["MUTT_CONTEXT"]) == ("local", "local")
    said = run_shown(("context", "show"), found.environ, (80, 24), 30)
    assert said.code == 0
    assert "local" in said.out
