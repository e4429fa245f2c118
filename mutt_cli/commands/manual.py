"""The commands as pages of the manual: what the parser knows of each, as plain data."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.commands import NOUNS
from mutt_cli.commands.options import SHARED
from mutt_cli.commands.tree import below
from mutt_cli.present.manual import Entry, Option, Page, Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mutt_cli.commands import Noun
    from mutt_cli.commands.tree import Leaf

_SHARED: Final = {flag.name for flag in SHARED} | {"help"}
_KEPT: Final = "\b"
"""The line before lines that stay as they are."""
_KIND: Final = re.compile(r" <(list\[[a-z]+\]|[a-z]+ range|str|int|float|path)>")
"""What typer adds to say how it reads a value; people need the name alone."""
_CHOICES: Final = re.compile(r"^name <([^>]*)>$")
"""An argument that is one of some words is these words."""


def pages() -> list[Page]:
    """Every noun, in the order of the help page."""
    return [page(noun) for noun in NOUNS]


def cli_page() -> str:
    """The text of `docs/cli.md`."""
    from mutt_cli.present.cli_page import cli_page as page_of

    return page_of(pages())


def man_pages() -> dict[str, str]:
    """The texts of the files in `man/`, by name."""
    from mutt_cli import __version__
    from mutt_cli.present.manpages import man_files

    return {one.path.rpartition("/")[2]: one.content for one in man_files(pages(), __version__)}


def page(noun: Noun) -> Page:
    """One noun with its commands; other words for a command are told with it."""
    found = list(below(noun))
    entries = [entry(leaf, _aliases(leaf, noun, found)) for leaf in found if not leaf.alias]
    return Page(noun.name, noun.help, entries, noun.aliases)


def entry(leaf: Leaf, aliases: Iterable[str] = ()) -> Entry:
    """One command."""
    command, path = leaf.command, " ".join(leaf.words)
    context = command.context_class(command, info_name=f"mutt {path}")
    pieces = [_written(one) for one in command.params if one.param_type_name == "argument"]
    paragraphs = _paragraphs(command.help or "")
    made = Entry(
        path, " ".join([*pieces, "[FLAGS]"]), (command.epilog or "").removeprefix("Impact: ").removesuffix("."),
        paragraphs[0].text, paragraphs, [], [], [], sorted(aliases),
    )  # fmt: skip
    return replace(
        made,
        arguments=_options(command, context, lambda one: one.param_type_name == "argument"),
        options=_options(command, context, lambda one: one.param_type_name == "option" and one.name not in _SHARED),
        shared=_options(command, context, lambda one: one.param_type_name == "option" and one.name in _SHARED),
    )


def _written(argument: Any) -> str:
    """How an argument stands in the usage line."""
    known = argument.type_descriptor
    names = "|".join(str(getattr(one, "value", one)) for one in known.choices or ()) if known.is_choice else ""
    return str(argument.metavar or names or argument.name.upper())


def _options(command: Any, context: Any, chosen: Any) -> list[Option]:
    records = (one.get_help_record(context) for one in command.get_params(context) if chosen(one))
    return [
        Option(_CHOICES.sub(r"\1", _KIND.sub("", record[0])), " ".join(record[1].split()))
        for record in records
        if record
    ]


def _paragraphs(text: str) -> list[Paragraph]:
    found = []
    for part in text.strip().split("\n\n"):
        first, _, rest = part.partition("\n")
        kept = tuple(line.strip() for line in rest.splitlines())
        found.append(Paragraph(lines=kept) if first.strip() == _KEPT else Paragraph(" ".join(part.split())))
    return found


def _aliases(leaf: Leaf, noun: Noun, found: Iterable[Leaf]) -> set[str]:
    """Other words: the verb by another name, the noun by another name."""
    path = " ".join(leaf.words)
    verbs = {" ".join(one.words) for one in found if one.alias and one.spec.path == path}
    return verbs | {" ".join((other, *leaf.words[1:])) for other in noun.aliases}
