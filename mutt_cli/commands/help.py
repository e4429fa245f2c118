"""`mutt help`: where to begin, a topic, or the manual of a noun or a command. Works without any network."""

from typing import TYPE_CHECKING, Annotated

import typer

from mutt_cli.commands.context import Run
from mutt_cli.commands.declare import command, word
from mutt_cli.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

app = word("help")

Words = Annotated[list[str] | None, typer.Argument(metavar="[TOPIC | NOUN [VERB]]", help="What to read about.")]


@command(app, impact="R")
def help_(run: Run, words: Words = None) -> None:
    """Where to begin, or one topic: tasks, environment, exit-codes, output, filters, contexts, queues, backup, errors.

    With a noun its commands, with a noun and a verb one command, as in the manual. A text longer than the screen is
    shown by a pager.

    \b
    mutt help
    mutt help filters
    mutt help dlq replay
    """  # noqa: D301  \\b is how a help text keeps its lines
    run.read("".join(f"{line}\n" for line in _lines(words or [])))


def _lines(words: "Sequence[str]") -> "Iterable[str]":
    from mutt_cli.present.topics import TOPICS

    if not words:
        return _start()
    if len(words) == 1 and words[0] in TOPICS:
        return TOPICS[words[0]][1]().splitlines()
    return _manual(words)


def _start() -> "Iterable[str]":
    from mutt_cli import __version__
    from mutt_cli.commands import NOUNS
    from mutt_cli.present.manual import start_text
    from mutt_cli.present.topics import TOPICS

    topics = [(name, about) for name, (about, _) in TOPICS.items()]
    return start_text([(noun.name, noun.help) for noun in NOUNS], topics, __version__)


def _manual(words: "Sequence[str]") -> "Iterable[str]":
    from mutt_cli.commands import noun_named
    from mutt_cli.commands.manual import page
    from mutt_cli.present.manual import entry_text, page_text

    noun = noun_named(words[0])
    if noun is None:
        raise _unknown(words[0])
    made = page(noun)
    rest = words[1:]
    if not rest:
        return page_text(made)
    ways = {one.path: one for one in made.entries} | {alias: one for one in made.entries for alias in one.aliases}
    wanted = f"{noun.name} {' '.join(rest)}"
    if wanted in ways:
        return entry_text(ways[wanted])
    under = [one for one in made.entries if one.path.startswith(wanted + " ")]
    if not under:
        raise NotFoundError(f"there is no command {' '.join(words)}", tries=(f"mutt help {noun.name}",))
    return page_text(made.only(under))


def _unknown(wanted: str) -> NotFoundError:
    from difflib import get_close_matches

    from mutt_cli.commands import NOUNS
    from mutt_cli.present.topics import TOPICS

    near = get_close_matches(wanted, [*TOPICS, *(noun.name for noun in NOUNS)], n=2)
    tries = tuple(f"mutt help {one}" for one in near) or ("mutt help",)
    return NotFoundError(f"there is no topic and no command {wanted!r}", tries=tries)
