"""`docs/runbook.md` has every action of the guides once, and the program understands every command on the page."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from mutt_cli.core.alarms import Alarm, alarms
from mutt_cli.core.where import Clause, parse
from mutt_cli.present.schemas import schema_of
from mutt_cli.settings import Settings
from tests.contract.command_table import BY_PATH, DOCS, NOT_BUILT, built, known, parsed
from tests.guides import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELL: Final = re.compile(r"(?<!\\)\|")
_COMMAND: Final = re.compile(r"`(mutt [^`]*)`")
_SOURCE: Final = re.compile(
    r"(?:SO|TG):\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*(?:; (?:SO|TG):\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*)*"
)
OPERATIONS, TROUBLES = 212, 192
"""How many actions each guide describes."""
SAMPLES: Final = {
    "SERVICE": "alerter", "N": "5", "S": "critical", "ID...": "ID", "TIME": "03:00", "TEXT": "link down",
}  # fmt: skip
"""What stands for a word in capitals that must be one of some, or a number."""


@dataclass(frozen=True)
class Action:
    """One row of the page."""

    id: str
    source: str
    by_hand: str
    commands: tuple[str, ...]
    line: str


def rows() -> Iterator[Action]:
    for line in (DOCS / "runbook.md").read_text(encoding="utf-8").splitlines():
        if re.match(r"\| (?:OPS|TRB)-\d", line):
            cells = [cell.strip().replace(r"\|", "|") for cell in _CELL.split(line)[1:-1]]
            assert len(cells) == 5, line
            yield Action(cells[0], cells[1], cells[2], tuple(_COMMAND.findall(f"{cells[3]} {cells[4]}")), line)


ACTIONS: Final = tuple(rows())
COMMANDS: Final = sorted({command for action in ACTIONS for command in action.commands})


def sample(command: str) -> str:
    """The command with something in place of its words in capitals that the parser would refuse."""
    words = [SAMPLES.get(word, word) for word in command.removeprefix("mutt ").split(" ")]
    return " ".join(f"'{word}'" if " " in word and "'" not in word else word for word in words)


def test_every_action_of_both_guides_is_there_once_and_in_order() -> None:
    wanted = [f"OPS-{number:02}" for number in range(1, OPERATIONS + 1)]
    wanted += [f"TRB-{number:02}" for number in range(1, TROUBLES + 1)]
    assert [action.id for action in ACTIONS] == wanted


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_says_where_it_is_from_and_what_takes_its_place(action: Action) -> None:
    assert _SOURCE.fullmatch(action.source)
    assert action.by_hand
    # A profiler in a running service is the one thing that has no place here.
    assert bool(action.commands) != (action.id == "TRB-153")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_program_understands_the_command_or_will(command: str) -> None:
    line = sample(command)
    path = known(line.split())
    assert path is not None, "no command of docs/commands.tsv"
    if path in built():
        flags = [word for word in line.split() if f"{path} {word}" in NOT_BUILT]
        if not flags:
            parsed(line)
    else:
        assert path in NOT_BUILT
        assert not [flag for flag in re.findall(r"(?<=\s)--[a-z-]+", line) if not _listed(path, flag)]


def fields(command: str) -> list[str]:
    """The fields that the filters of a command are about."""
    words = shlex.split(sample(command))
    clauses = [parse(value) for flag, value in itertools.pairwise(words) if flag in {"--where", "--exit-when"}]
    return [clause.field for clause in clauses if isinstance(clause, Clause)]


SHOWN_BY = {"dlq replay": "dlq list", "dlq purge": "dlq list", "queue move": "queue peek", "queue purge": "queue peek"}
"""Commands that filter messages, and those that show the fields of these messages."""
OPEN = frozenset({"logs"})
"""Commands that filter whatever fields a line has; a daemon's line may have any."""


@pytest.mark.parametrize("command", [one for one in COMMANDS if fields(one)])
def test_a_filter_is_about_a_field_that_the_command_shows(command: str) -> None:
    path = known(sample(command).split())
    assert path
    if path in built() and path not in OPEN:
        schema = json.dumps(schema_of(built()[SHOWN_BY.get(path, path)].spec.kind))
        assert [field for field in fields(command) if f'"{field}"' not in schema] == []


def test_every_line_of_the_guides_that_asks_a_store_belongs_to_an_action() -> None:
    cited = {place for action in ACTIONS for place in places(action.source)}
    for line in lines():
        for at in line.at:
            first, _, last = at[3:].partition("-")
            numbers = range(int(first), int(last or first) + 1)
            assert any((at[:2], number) in cited for number in numbers), at


def places(source: str) -> Iterator[tuple[str, int]]:
    """`SO:3-5, 9; TG:7` as guides and lines."""
    for part in source.split("; "):
        name, _, spans = part.partition(":")
        for span in spans.split(", "):
            first, _, last = span.partition("-")
            yield from ((name, number) for number in range(int(first), int(last or first) + 1))


@pytest.mark.parametrize("alarm", alarms(Settings()), ids=lambda alarm: alarm.name)
def test_an_alert_names_a_command_that_the_program_understands_or_will(alarm: Alarm) -> None:
    path = known(alarm.command.split())
    assert path
    if path in built():
        parsed(alarm.command)


COMMON: Final = frozenset(
    {
        "--exit-when", "--timeout", "--where", "--columns", "--reason", "--dry-run", "--yes", "--confirm", "--force",
        "--limit", "--sort", "--after", "--output",
    }
)  # fmt: skip
"""Flags that a command has by its class, or as a listing."""


def _listed(path: str, flag: str) -> bool:
    return flag in COMMON or flag in BY_PATH[path].flags


def test_how_many_actions_are_served_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    there = set(built())
    served = [one for one in ACTIONS if all(known(sample(word).split()) in there for word in one.commands)]
    with capsys.disabled():
        print(f"{len(served)} of {len(ACTIONS)} actions of the guides have their commands", end=" ")  # noqa: T201
