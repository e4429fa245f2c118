"""docs/tasks.md has the ten tasks, and uses nothing that `mutt help` or the README does not mention.

That what it shows is true is proved by tests/acceptance/tasks/test_tasks.py, which types it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.commands import NOUNS
from mutt_cli.present.manual import start_text
from mutt_cli.present.topics import TOPICS
from tests.acceptance.tasks.page import tasks
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
