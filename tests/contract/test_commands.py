"""Every command is proved by a scene of its own, and its JSON has a schema; what is not yet is named here."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Final

import fastjsonschema
import pytest

from mutt_cli.commands.tree import Leaf, leaves
from mutt_cli.errors import NotFoundError
from mutt_cli.present.schemas import schema_of
from tests.acceptance.frame import mutt

SCENES: Final = Path(__file__).resolve().parents[1] / "acceptance" / "commands"
WITHOUT_JSON: Final = frozenset({"schema", "help", "context prompt", "daemon"})
"""What prints no envelope."""
ELSEWHERE: Final = {
    "up": "tests/acceptance/test_up.py",
    "down": "tests/acceptance/test_up.py",
    "chaos": "tests/acceptance/test_chaos.py",
    "daemon": "tests/stack.py starts each of them",
    "schema": "this file",
    "help": "tests/acceptance/test_help.py",
    "explain": "tests/acceptance/test_help.py and tests/contract/test_explained.py",
}
"""Commands that start or stop processes, or need no deployment: where they are proved."""
ALL: Final = [one for one in leaves() if not one.alias]


def marked() -> set[str]:
    """The words of every `covers` mark."""
    found: set[str] = set()
    for path in SCENES.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
                found |= {ast.literal_eval(one) for one in node.args}
    return found


def name(leaf: Leaf) -> str:
    return " ".join(leaf.words)


@pytest.mark.parametrize("leaf", ALL, ids=name)
def test_every_command_has_a_scene_that_proves_it(leaf: Leaf) -> None:
    assert (name(leaf) in marked()) != (name(leaf) in ELSEWHERE)


WRITING: Final = [f"{name(leaf)} --{flag}" for leaf in ALL for flag in leaf.spec.writing]
"""Commands that read, each with a flag that writes."""


@pytest.mark.parametrize("words", WRITING)
def test_every_flag_that_writes_has_a_scene_of_its_own(words: str) -> None:
    assert words in marked()


def test_every_scene_is_about_a_command_that_exists() -> None:
    proved = marked() - set(WRITING)
    assert not proved - {name(leaf) for leaf in ALL}
    print(f"{len(proved)} of {len(ALL)} commands have a scene")  # noqa: T201  the count is part of the answer


@pytest.mark.parametrize("leaf", ALL, ids=name)
def test_every_command_with_json_has_a_schema_that_is_one(leaf: Leaf) -> None:
    schema = schema_of(leaf.spec.kind)
    assert (schema is None) == (name(leaf) in WITHOUT_JSON)
    if schema is not None:
        fastjsonschema.compile(json.loads(json.dumps(schema)))


def test_schema_prints_what_is_declared(tmp_path: Path) -> None:
    answer = mutt(tmp_path, "schema", "queue", "list")
    printed = json.loads(answer.out)
    assert (answer.code, printed["title"]) == (0, "mutt.queue.list")
    assert set(printed["properties"]["items"]["items"]["properties"]) >= {"queue", "depth"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("queue",), 2, "which one: queue list"),
        (("qeue",), 3, "no command qeue"),
        (("queue", "lst"), 3, "no command queue lst"),
        (("schema",), 3, "prints no JSON"),
    ],
)
def test_a_schema_of_nothing_is_refused(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    answer = mutt(tmp_path, "schema", *words)
    assert (answer.code, said in answer.err) == (code, True), answer.err


def test_an_unknown_word_names_no_command() -> None:
    from mutt_cli.commands.tree import find

    with pytest.raises(NotFoundError):
        find([])
