"""The manual as data, and as plain text for a terminal; other modules make man pages and `docs/cli.md` of the same.

Pages are made from the commands themselves (commands/manual.py), so they cannot tell of a flag that is not there.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH: Final = 100
_GAP: Final = 2
_LONGEST: Final = 30
"""Of a flag that has its help beside it, not below."""

GROUPS: Final = (
    (
        "See what is going on",
        (
            "status", "health", "top", "doctor", "trace", "reconcile", "forecast", "logs", "event", "audit", "slo",
            "metric", "runbook", "explain", "handoff", "help",
        ),
    ),
    ("Messages", ("queue", "dlq", "ingest", "drill", "op", "undo")),
    ("Control", ("config", "cache", "maintenance", "breaker", "ratelimit", "moog", "remediation")),
    ("Rules and inventory", ("rule", "host", "team")),
    ("Back ends", ("db", "redis", "vault", "apikey")),
    (
        "Run, install, keep",
        (
            "daemon", "up", "down", "bench", "chaos", "generate", "install", "backup", "restore", "bundle", "context",
            "schema", "version",
        ),
    ),
)  # fmt: skip
"""First words by what people want (ux.md 4.2), in order; those of later releases too."""


@dataclass(frozen=True)
class Option:
    """A flag or an argument: how it is written, and what it means."""

    words: str
    meaning: str


@dataclass(frozen=True)
class Paragraph:
    """Some text; `lines` are command lines and stay as they are."""

    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One command."""

    path: str
    """Its words: `queue list`."""
    usage: str
    """What follows them."""
    impact: str
    """Its class, in words: `R (reads)`."""
    summary: str
    description: Sequence[Paragraph]
    arguments: Sequence[Option]
    options: Sequence[Option]
    shared: Sequence[Option]
    """Flags that mean the same for every command."""
    aliases: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """One first word with all its commands."""

    name: str
    help: str
    entries: Sequence[Entry]
    aliases: Sequence[str] = ()

    def only(self, entries: Sequence[Entry]) -> Page:
        """The page with these commands alone."""
        return replace(self, entries=entries)


def page_text(page: Page) -> Iterator[str]:
    """What a noun is, and its commands one line each; a page of one command is that command's."""
    if len(page.entries) == 1:
        yield from entry_text(page.entries[0])
        return
    yield f"mutt {page.name}: {page.help}"
    if page.aliases:
        yield f"Also: {', '.join(page.aliases)}"
    yield ""
    usages = [f"mutt {one.path} {one.usage}".rstrip() for one in page.entries]
    for one, usage in zip(page.entries, usages, strict=True):
        yield f"  {usage}"
        yield from _wrapped(f"{one.summary} [{one.impact[0]}]", 6)
    yield ""
    yield f"One of them: mutt help {page.entries[0].path}"


def entry_text(entry: Entry) -> Iterator[str]:
    """One command in full; of the shared flags only how they are written."""
    yield f"mutt {entry.path} {entry.usage}".rstrip()
    yield ""
    for paragraph in entry.description:
        yield from (f"  {line}" for line in paragraph.lines) if paragraph.lines else _wrapped(paragraph.text, 0)
        yield ""
    for title, options in (("Arguments", entry.arguments), ("Options", entry.options)):
        if options:
            yield f"{title}:"
            yield from _listed([(one.words, one.meaning) for one in options])
            yield ""
    yield f"Impact: {entry.impact}."
    if entry.aliases:
        yield f"Also: {', '.join(f'mutt {one}' for one in entry.aliases)}"
    yield from _wrapped("Shared flags: " + ", ".join(one.words.split(" ")[0].rstrip(",") for one in entry.shared), 0)
    yield f"All of them: mutt {entry.path} --help"


def start_text(known: Sequence[tuple[str, str]], topics: Sequence[tuple[str, str]], version: str) -> Iterator[str]:
    """Where to begin: first words with their help by group, then the topics."""
    helps = dict(known)
    yield f"mutt {version}: events in, rules decide, alerts out, nothing lost and provable."
    yield "Usage: mutt NOUN VERB [TARGET...] [FLAGS]"
    for title, names in GROUPS:
        there = [(name, helps[name]) for name in names if name in helps]
        if there:
            yield ""
            yield f"{title}:"
            yield from _listed(there)
    yield ""
    yield "Where do I look?"
    yield from _listed(
        [
            (f"mutt {words}", answer)
            for words, answer in (
                ("trace ID", "what happened to one event"),
                ("event search", "which events there were"),
                ("logs", "what a service said"),
                ("audit list", "who changed what"),
            )
            if words.split()[0] in helps
        ]
    )
    yield ""
    yield "Topics, each by mutt help TOPIC:"
    yield from _listed(topics)


def _listed(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Names with their meanings beside them, or below where a name is long."""
    width = max((len(name) for name, _ in pairs if len(name) <= _LONGEST), default=0)
    column = 2 + width + _GAP
    for name, meaning in pairs:
        lines = textwrap.wrap(meaning, WIDTH - column, break_on_hyphens=False) or [""]
        if len(name) > width:
            yield f"  {name}"
        else:
            yield f"  {name:<{width + _GAP}}{lines.pop(0)}".rstrip()
        yield from (" " * column + line for line in lines)


def _wrapped(text: str, indent: int) -> list[str]:
    blank = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=blank, subsequent_indent=blank, break_on_hyphens=False)
