"""Completion for shells: what there is to complete, as data, and the script of each shell made of it.

Nouns, verbs, flags and fixed values are in the script, so that they cost no start of a program. Ids and names come from
`muttctl --complete`, which reads what this user's commands printed (adapters/seen.py) and never connects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FILES: Final = "file"
"""The kind of a path of this host; the shell completes it by itself."""
HEAD: Final = """\
# Completion of mutt and muttctl. Made by `muttctl generate completions`.
# Ids and names are those that your commands printed in the last 24 hours; nothing is connected to.
"""
PATIENCE: Final = "${MUTT_COMPLETION_SECONDS:-0.3}"
"""Seconds that a shell waits for ids and names (ux.md 3.7)."""


@dataclass(frozen=True)
class Word:
    """A word that can be typed next, and what it is."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class Table:
    """Everything a script knows. A path is the words of a command so far, empty at first."""

    words: Mapping[str, Sequence[Word]]
    """What may follow a path."""
    other: Mapping[str, str]
    """A path and an alias, to the word it stands for: `queue ls` to `list`."""
    flags: Mapping[str, Sequence[Word]]
    arguments: Mapping[str, Sequence[str]]
    """Of a command: the kinds of each argument, with blanks between; the last is that of all that follow."""
    values: Mapping[str, str]
    """A flag that takes a value, to the kinds of it; empty where nothing can be offered."""
    fixed: Mapping[str, Sequence[str]]
    """A kind, to its words; any other kind is asked for."""


def grouped(mapping: Mapping[str, str]) -> list[tuple[list[str], str]]:
    """Names that have the same value together, for a script that should stay short."""
    found: dict[str, list[str]] = {}
    for name, value in mapping.items():
        found.setdefault(value, []).append(name)
    return [(names, value) for value, names in found.items()]


def joined(words: Iterable[Word]) -> str:
    """The words alone, with blanks between."""
    return " ".join(one.text for one in words)
