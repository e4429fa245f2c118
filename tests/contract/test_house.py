"""The house rules that no tool checks: sizes, names, where keys are spelled, what a start may import."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from mutt_cli.commands import NOUNS
from mutt_cli.commands.declare import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted((ROOT / "mutt_cli").rglob("*.py"))
EVERYTHING = sorted(path for folder in ("mutt_cli", "tests", "bench") for path in (ROOT / folder).rglob("*.py"))
HEAVY = ("redis", "psycopg", "textual", "falcon", "waitress", "hvac", "httpx", "prometheus_client", "jinja2", "re2")
SLOW = ("pydantic", "rich")
"""Of the command line's own libraries: not needed by a pipe."""
LOADED = "import sys, json; print(json.dumps(sorted(m for m in sys.modules if m in set(sys.argv[1:]))))"
VAGUE = ("utils", "manager", "helper")
KEY = re.compile(r"\bmutt:[a-z{]")
MAY_SPELL_KEYS = ("keys.py", "retired.py")
"""`retired.py` names the keys that no longer exist, in order to say so."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_file_is_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_function_is_at_most_60_lines(path: Path) -> None:
    long = [one.name for one in functions(path) if (one.end_lineno or one.lineno) - one.lineno + 1 > 60]
    assert not long


@pytest.mark.parametrize("path", PRODUCT, ids=named)
def test_module_states_its_promise_and_has_no_vague_name(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
    names = [path.stem, *(one.name for one in functions(path))]
    assert not [name for name in names if any(word in name.lower() for word in VAGUE)]


@pytest.mark.parametrize("path", [path for path in PRODUCT if path.name not in MAY_SPELL_KEYS], ids=named)
def test_keys_are_spelled_in_keys_alone(path: Path) -> None:
    assert not [text for text in literals(ast.parse(path.read_text())) if KEY.search(text)]


def literals(tree: ast.AST) -> Iterator[str]:
    """Text in code; what stands alone is documentation."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


@pytest.mark.parametrize("path", sorted((ROOT / "mutt_cli").rglob("*.lua")), ids=named)
def test_scripts_get_every_key_from_their_caller(path: Path) -> None:
    code = [line.partition("--")[0] for line in path.read_text().splitlines()]
    assert not [line for line in code if KEY.search(line)]


def test_every_noun_has_one_name_and_a_line_of_help() -> None:
    words = [word for noun in NOUNS for word in (noun.name, *noun.aliases)]
    assert len(words) == len(set(words))
    for noun in NOUNS:
        assert noun.help.endswith("."), noun.name
        assert len(noun.help) <= 70, noun.name


def leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command below a noun with its words; a group also yields what it does by itself, if anything."""
    for name, inner in getattr(command, "commands", {}).items():
        if not (inner.hidden and hasattr(inner, "commands")):  # another word for a group
            yield from leaves(inner, f"{path} {name}")
    if not hasattr(command, "commands"):
        yield path, command


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_every_command_has_help_a_class_and_the_kind_of_its_words(noun: Any) -> None:
    found = list(leaves(typer.main.get_command(import_module(noun.path).app), noun.name))
    assert found
    for words, command in found:
        spec = getattr(command.callback, "spec", None)
        assert isinstance(spec, Spec), words
        assert command.help, words
        assert command.hidden or spec.path == words
        assert spec.kind == "mutt." + spec.path.replace(" ", ".")
        assert spec.impact in {"R", "W", "B", "D", "-"}


def modules_after(argv: list[str]) -> set[str]:
    code = f"import sys; from mutt_cli.cli import run; run({argv!r}); sys.stdout = sys.__stderr__; {LOADED}"
    done = subprocess.run(
        [sys.executable, "-c", code, *HEAVY, *SLOW], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "argv",
    [["--help"], [], ["version", "-o", "json"], ["config", "get", "REDIS_HOST"]],
    ids=" ".join,
)
def test_start_imports_no_driver_no_framework_and_nothing_slow(argv: list[str]) -> None:
    assert modules_after(argv) == set()


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_help_of_a_noun_imports_no_driver_and_no_framework(noun: Any) -> None:
    assert not modules_after([noun.name, "--help"]) & set(HEAVY)


def test_version_flag_answers_before_typer_is_imported() -> None:
    code = "import sys; sys.argv = ['mutt', '--version']; from mutt_cli.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; assert 'typer' not in sys.modules"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("mutt 2.")


@pytest.mark.parametrize("name", ["forwarder", "remediation"])
def test_a_daemon_imports_only_the_drivers_it_uses(name: str) -> None:
    code = f"import mutt_cli.daemons.launch_{name}, sys; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_what_a_start_imports_is_not_looked_through_for_garbage() -> None:
    code = (
        "import gc, sys; sys.argv = ['mutt', '--help']; from mutt_cli.__main__ import main; main();"
        "sys.exit(not gc.isenabled() or sum(one['collections'] for one in gc.get_stats()[1:]) > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
