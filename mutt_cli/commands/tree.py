"""Every command there is, by its words: for schemas, completion, the manual, and the tests of our tables."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer.main

from mutt_cli.commands import NOUNS, noun_named
from mutt_cli.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.commands import Noun
    from mutt_cli.commands.declare import Spec


@dataclass(frozen=True)
class Leaf:
    """One command: its words, what is declared of it, and the parser's view of it. An alias has the words it is for."""

    words: tuple[str, ...]
    spec: Spec
    command: Any

    @property
    def alias(self) -> bool:
        """Whether these words stand for others."""
        return self.spec.path != " ".join(self.words)


def leaves() -> Iterator[Leaf]:
    """All commands, in the order of the help page; aliases of verbs included, aliases of nouns not."""
    for noun in NOUNS:
        yield from below(noun)


def below(noun: Noun) -> Iterator[Leaf]:
    """The commands of one noun."""
    yield from _walk(typer.main.get_command(import_module(noun.path).app), (noun.name,))


def find(words: Sequence[str]) -> tuple[Leaf, ...]:
    """The command of these words, or all below a noun. Raises NotFoundError for words that are none."""
    noun = noun_named(words[0]) if words else None
    found = tuple(below(noun)) if noun else ()
    rest = tuple(words[1:])
    wanted = tuple(one for one in found if one.words[1 : 1 + len(rest)] == rest)
    exact = tuple(one for one in wanted if one.words[1:] == rest)
    if not wanted:
        raise NotFoundError(f"there is no command {' '.join(words)}", tries=("mutt --help",))
    return exact or tuple(one for one in wanted if not one.alias)


def _walk(command: Any, words: tuple[str, ...]) -> Iterator[Leaf]:
    """A group may also be a command by itself (`db connections` and `db connections kill`)."""
    spec = getattr(command.callback, "spec", None)
    if spec is not None:
        yield Leaf(words, spec, command)
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, (*words, name))
