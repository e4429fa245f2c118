"""An explanation as people read it, and as fields."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from mutt_cli.present.output import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutt_cli.core.explained.lookup import Found

_WIDTH: Final = 100
_INDENT: Final = " " * 8


def explanation_document(found: Found) -> Document:
    """What it means, what that means for events, and what to do."""
    one = found.explanation
    fields = {
        "name": found.name, "sort": found.sort, "means": one.means, "events": one.events, "tries": list(one.tries),
        "facts": dict(one.facts),
    }  # fmt: skip
    return Document("mutt.explain", fields, text=tuple(_lines(found)), name=found.name)


def _lines(found: Found) -> Iterator[str]:
    one = found.explanation
    yield f"{found.name}  ({found.sort})"
    yield from _part("means", one.means)
    for number, (name, value) in enumerate(one.facts.items()):
        yield from _part("facts" if number == 0 else "", f"{name}: {value}")
    yield from _part("events", one.events)
    for number, line in enumerate(one.tries):
        yield f"{'try:' if number == 0 else '':<8}{line}"


def _part(title: str, text: str) -> list[str]:
    """One paragraph behind its title; nothing where there is no text."""
    wrapped = textwrap.wrap(
        text, _WIDTH, initial_indent=f"{title + ':' if title else '':<8}", subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )  # fmt: skip
    return wrapped if text else []
