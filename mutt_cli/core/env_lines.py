"""Lines of `mutt.env`: writing one so that it reads back as it was, wherever it is read (C-18)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN: Final = re.compile(r"[^\s\"'#]*")
_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def quoted(text: str) -> str:
    """A value as a line holds it. Raises ValueError for one that none can hold."""
    if _PLAIN.fullmatch(text):
        return text
    if "\n" in text or "\r" in text or ('"' in text and "'" in text):
        raise ValueError("a setting's value has a line break or both kinds of quotes")
    mark = "'" if '"' in text else '"'
    return f"{mark}{text}{mark}"


def line_of(name: str, text: str) -> str:
    """`NAME=value`, without a comment behind it: systemd would take that for a part of the value."""
    return f"{name}={quoted(text)}"


def with_setting(content: str, names: Iterable[str], line: str) -> str:
    """The file with this one line for a setting: where its last one stood, else at the end.

    `names` are the setting's own and earlier ones: a second line of any of them would contradict the new one.
    """
    known, lines = frozenset(names), content.splitlines()
    places = [place for place, one in enumerate(lines) if (found := _LINE.match(one)) and found[1] in known]
    if not places:
        return "\n".join([*lines, line]) + "\n"
    kept = [one for place, one in enumerate(lines) if place not in places[:-1]]
    kept[places[-1] - len(places[:-1])] = line
    return "\n".join(kept) + "\n"
