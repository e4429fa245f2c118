"""docs/tasks.md has the ten tasks, and uses nothing that `mutt help` or the README does not mention.

That what it shows is true is proved by tests/acceptance/tasks/test_tasks.py, which types it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mutt_cli.commands import NOUNS
from mutt_cli.present.manual import start_text
from mutt_cli.present.topics import TOPICS
from tests.acceptance.tasks.comparison import Ids, difference
from tests.acceptance.tasks.page import Line, tasks
from tests.contract.command_table import known

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SCENES = (ROOT / "tests" / "acceptance" / "tasks" / "test_tasks.py").read_text(encoding="utf-8")
TAUGHT = "\n".join(
    [
        *start_text([(noun.name, noun.help) for noun in NOUNS], [], ""),
        *(text() for _, text in TOPICS.values()),
        (ROOT / "README.md").read_text(encoding="utf-8"),
    ]
)
"""All that a newcomer has read."""
HEADINGS = [
    "Drain for maintenance", "Find why dead letters grow", "Fix and replay a poison message",
    "Raise a threshold for two hours", "Rotate the ingest key", "Recover what killed workers held",
    "Back up and restore", "Move old events aside", "Find a lost event", "Fill in an escalation",
]  # fmt: skip
FLAG = re.compile(r"(?<!\S)(--?[a-z][a-z-]*)")


def commands() -> Iterator[str]:
    """Every `mutt ...` that is typed, without what follows a pipe or a remark."""
    for blocks in tasks().values():
        for block in blocks:
            for step in block:
                typed = step.typed.partition("  # ")[0]
                yield from (part.strip() for part in typed.split("|") if part.strip().startswith("mutt "))


def test_the_ten_tasks_are_there_and_each_is_done_in_a_scene() -> None:
    assert list(tasks()) == HEADINGS
    assert re.findall(r'begin\("([^"]+)"', SCENES) == HEADINGS


def test_every_command_of_a_task_is_mentioned_where_a_newcomer_reads() -> None:
    assert [line for line in commands() if f"mutt {known(line.split()[1:])}" not in TAUGHT] == []


def test_every_flag_of_a_task_is_mentioned_where_a_newcomer_reads() -> None:
    flags = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", TAUGHT))
    assert [line for line in commands() if set(FLAG.findall(line)) - flags] == []


SHOWN = "moved 3 messages in 0.4s   of op-AAAAAA\nby anna at 2026-11-28T09:49:23Z\nundo:  mutt undo op-AAAAAA\n"


@pytest.mark.parametrize(
    "page",
    [
        ["moved 3 messages in 12s of op-M531XB", "by anna at 2026-01-01T00:00:00Z", "undo: mutt undo op-M531XB"],
        ["moved 3 messages in ... of op-M531XB", "...", "undo: mutt undo op-M531XB"],
        ["...", "by anna at ...", "..."],
    ],
)
def test_what_differs_each_time_and_what_is_left_out_is_no_difference(page: list[str]) -> None:
    assert difference([Line(text) for text in page], SHOWN, Ids(), {}) == ""


@pytest.mark.parametrize(
    "page",
    [
        ["moved 4 messages in 0.4s of op-M531XB", "..."],  # another number
        ["moved 3 messages in 0.4s of op-M531XB", "undo: mutt undo op-M531XB"],  # a line is not on the page
        ["moved 3 messages in 0.4s of op-M531XB", "by anna at 2026-01-01T00:00:00Z"],  # the end is not on it
        ["...", "undo: mutt undo op-M531XB", "by anna at 2026-01-01T00:00:00Z"],  # the order
        ["moved 3 messages in 0.4s of op-M531XB", "...", "undo: mutt undo op-M531XC", "and more"],
    ],
)
def test_a_page_that_shows_something_else_is_found_out(page: list[str]) -> None:
    assert difference([Line(text) for text in page], SHOWN, Ids(), {}) != ""


def test_an_id_of_the_page_stands_for_one_and_the_same_wherever_it_is_typed_or_shown() -> None:
    ids = Ids()
    assert ids.fits("dlq-moog 2e9f07903e98 of op-M531XB", "dlq-moog ff81c5ce7fba of op-AAAAAA")
    assert ids.real("mutt dlq show 2e9f079; mutt undo op-M531XB") == "mutt dlq show ff81c5c; mutt undo op-AAAAAA"
    assert not ids.fits("2e9f07903e98", "aa81c5ce7fba")


def test_two_terminals_and_what_fails_are_read_off_the_page() -> None:
    (first, *_), *_ = tasks()["Drain for maintenance"]
    assert next(one.text for one in first.lines if one.elsewhere) == "systemctl stop mutt-alerter"
    finish = next(step for block in tasks()["Rotate the ingest key"] for step in block if step.fails)
    assert "rotate finish" in finish.typed
