"""The project's own table of commands, `docs/commands.tsv`, and the list of what is in it and not built yet.

`not_built.txt` has one line for each: the words (of a command, of an alias, or of a command with one of its flags or
its arguments), a tab, and the issue that will bring it. Whoever builds it removes the line; a test insists.
"""

from __future__ import annotations

import csv
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.commands import NOUNS, noun_named
from mutt_cli.commands.options import for_command
from mutt_cli.commands.tree import leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.commands.tree import Leaf

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
NONE: Final = "-"


@dataclass(frozen=True)
class Row:
    """One command as the table has it."""

    path: str
    impact: str
    positional: str
    flags: tuple[str, ...]
    kind: str
    aliases: tuple[str, ...]

    @property
    def argument(self) -> tuple[bool, bool]:
        """Whether it takes arguments, and whether it needs one."""
        return self.positional != NONE, self.positional != NONE and not self.positional.startswith("[")


def _row(cells: dict[str, str]) -> Row:
    flags = tuple(word for word in cells["flags"].split() if word.startswith("-") and word != NONE)
    aliases = tuple(one for one in cells["aliases"].split(", ") if one != NONE)
    return Row(cells["path"], cells["class"], cells["positional"], flags, cells["json_kind"], aliases)


with (DOCS / "commands.tsv").open(encoding="utf-8", newline="") as _file:
    ROWS: Final = tuple(map(_row, csv.DictReader(_file, delimiter="\t", quoting=csv.QUOTE_NONE)))
BY_PATH: Final = {row.path: row for row in ROWS}
NOT_BUILT: Final = tuple(
    line.partition("\t")[0] for line in Path(__file__).with_name("not_built.txt").read_text().splitlines()
)
SHARED: Final = {flag.name for impact in "RWBD" for flag in for_command(impact, listing=False)}  # type: ignore[arg-type]
LISTING: Final = {flag.name for flag in for_command("R", listing=True)} - SHARED
"""Flags that listings have by their nature; elsewhere a command lists them itself (`-n`, `--where`)."""


def _choices(leaf: Leaf) -> dict[str, Leaf]:
    """A command whose first argument is one of some words has a row for each: `daemon alerter`."""
    first = next((one for one in leaf.command.params if one.param_type_name == "argument"), None)
    if first is None or leaf.words != ("daemon",):
        return {}
    return {" ".join((*leaf.words, str(word))): leaf for word in first.type_descriptor.choices}


@cache
def every() -> tuple[Leaf, ...]:
    """All commands and aliases of verbs; making the parser of each takes a moment."""
    return tuple(leaves())


@cache
def built() -> dict[str, Leaf]:
    """Every command there is, by its words; no aliases, but for those that are words of an argument."""
    found: dict[str, Leaf] = {}
    for leaf in every():
        if not leaf.alias:
            found |= _choices(leaf) or {" ".join(leaf.words): leaf}
    return found


def aliases_of(path: str) -> set[str]:
    """Other words for a command: its verb by another name, and its noun by another name."""
    noun = noun_named(path.partition(" ")[0])
    rest = path.partition(" ")[2].split()
    nouns = {" ".join((other, *rest)) for other in (noun.aliases if noun else ())}
    return nouns | {" ".join(leaf.words) for leaf in every() if leaf.alias and leaf.spec.path == path}


def own_flags(leaf: Leaf) -> list[tuple[str, ...]]:
    """The flags that a command lists for itself, each with all its spellings."""
    shared = SHARED | (LISTING if leaf.spec.listing else set()) | {"help"}
    options = [one for one in leaf.command.params if one.param_type_name == "option" and one.name not in shared]
    return [(*one.opts, *one.secondary_opts) for one in options]


def argument_of(leaf: Leaf, path: str) -> tuple[bool, bool]:
    """As `Row.argument`; a word of the path that is an argument itself does not count."""
    arguments = [one for one in leaf.command.params if one.param_type_name == "argument"]
    arguments = arguments[len(path.split()) - len(leaf.words) :]
    return bool(arguments), any(one.required for one in arguments)


def known(words: Sequence[str]) -> str | None:
    """The longest path in the table that these words begin with, by its name or an alias; None if there is none."""
    names = {row.path: row.path for row in ROWS} | {alias: row.path for row in ROWS for alias in row.aliases}
    for length in range(len(words), 0, -1):
        if (path := names.get(" ".join(words[:length]))) is not None:
            return path
    return None


def parsed(line: str) -> Any:
    """Read a command line as the program would, without running it. Raises what the program would show."""
    words = shlex.split(line)
    found = [leaf for leaf in every() if tuple(words[: len(leaf.words)]) == leaf.words]
    by_alias = [leaf for leaf in every() for noun in NOUNS if words[0] in noun.aliases and leaf.words[0] == noun.name]
    found += [leaf for leaf in by_alias if tuple(words[1 : len(leaf.words)]) == leaf.words[1:]]
    leaf = max(found, key=lambda one: len(one.words))
    return leaf.command.make_context(" ".join(leaf.words), words[len(leaf.words) :])
