"""The page `docs/cli.md`: every command with what it takes, by what people want. The same data as `mutt help`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.present.manual import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mutt_cli.present.manual import Entry, Option, Page

_INTRO: Final = """\
# Commands

This page is generated from the commands themselves, as are `mutt help NOUN VERB`, the pages in `man/` and the scripts
in `completions/`. A test compares them; `bin/regenerate` writes them anew.

`muttctl` is the same command as `mutt`, by a name that no mail client has. Flags stand before or after the command.
The letter is the impact class: R reads, W writes and can be undone, B changes many things and asks, D destroys and asks
for the name, - starts or stops processes. Every W, B and D command takes `--dry-run`, `--reason`, `--force CHECK` and
`--wait/--no-wait`; `mutt help contexts` says what is asked where.
"""


def cli_page(pages: Sequence[Page]) -> str:
    """The whole page."""
    return "\n".join([_INTRO, *_groups(pages), _shared(pages)]) + "\n"


def _groups(pages: Sequence[Page]) -> Iterator[str]:
    by_name = {page.name: page for page in pages}
    for title, names in GROUPS:
        yield f"## {title}\n"
        for page in (by_name[name] for name in names if name in by_name):
            yield f"### {page.name}\n"
            yield page.help + (f" Also: {_ticked(page.aliases)}." if page.aliases else "") + "\n"
            for entry in page.entries:
                yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"#### `mutt {entry.path} {entry.usage}` ({entry.impact[0]})\n"
    for paragraph in entry.description:
        lines = [f"    {line}" for line in paragraph.lines]
        yield "\n".join(lines) + "\n" if lines else _plain(paragraph.text) + "\n"
    options = [*entry.arguments, *entry.options]
    if options:
        yield "\n".join(_row(one) for one in options) + "\n"


def _shared(pages: Sequence[Page]) -> str:
    shared = {one.words: one for page in pages for entry in page.entries for one in entry.shared}
    rows = "\n".join(_row(one) for one in shared.values())
    return (
        f"## Shared flags\n\nA command has those that fit its class; `--where` and its like belong to lists.\n\n{rows}"
    )


def _row(one: Option) -> str:
    return f"- `{one.words}`: {_plain(one.meaning)}" if one.meaning else f"- `{one.words}`"


def _ticked(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _plain(text: str) -> str:
    """Text in which Markdown sees no tag, star or underscore of ours; what is in backticks stays."""
    parts = text.split("`")
    return "`".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def _escaped(text: str) -> str:
    for sign in ("\\", "*", "_", "<", "[", "|"):
        text = text.replace(sign, f"\\{sign}")
    return text
