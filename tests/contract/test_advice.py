"""What an error advises exists: every `mutt ...` in the program's own texts is a command of this release."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import mutt_cli
from mutt_cli.commands.tree import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(mutt_cli.__file__).parent
ADVICE = re.compile(r"(?<!-u )\bmutt ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")
NO_COMMAND = {"has", "is", "and", "does", "this", "knows", "that", "would", "made", "uses", "itself", "processes"}
"""Words after which `mutt` is the program in a sentence."""


@cache
def known() -> frozenset[tuple[str, ...]]:
    words = {tuple(one.words) for one in leaves()} | {tuple(one.spec.path.split()) for one in leaves()}
    return frozenset(one[:length] for one in words for length in range(1, len(one) + 1))


def tries_of(tree: ast.AST) -> Iterator[str]:
    """The literals of every `tries=`, and of what explains a code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "tries":
            yield from literals(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "told":
            for one in node.args:
                yield from literals(one)


def literals(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def problem(text: str) -> str:
    for found in ADVICE.finditer(text):
        noun, verb = found.groups()
        if noun in NO_COMMAND or (noun,) not in known():
            if noun not in NO_COMMAND:
                return f"mutt {noun}"
            continue
        several = {one for one in known() if one[0] == noun and len(one) > 1}
        if several and verb and (noun, verb) not in known() and (noun,) not in {tuple(one.words) for one in leaves()}:
            return f"mutt {noun} {verb}"
    return ""


def test_every_command_that_an_error_advises_exists() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}: {missing} in {text!r}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in tries_of(ast.parse(path.read_text(encoding="utf-8")))
        if (missing := problem(text))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_command_that_is_not_there_is_found() -> None:
    assert problem("mutt conjure list") == "mutt conjure"
    assert problem("mutt queue conjure") == "mutt queue conjure"
    assert not problem("mutt queue list")
    assert not problem("mutt undo op-1")
