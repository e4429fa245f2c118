"""What a page shows is held against what a terminal showed, line by line and in order.

What differs from run to run is compared by its form alone: moments, durations, sizes, fractions and addresses. An id
is more: the first time the page shows one it stands for the id that is really there, and from then on for that one, in
what is shown and in what is typed. `...` is what the page leaves out: lines, or a part of one. Blanks count as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.acceptance.tasks.page import Line

_IDS: Final = {
    "event": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "stamp": r"\d{8}T\d{6}Z",
    "operation": r"op-[0-9A-Z]{6}",
    "hash": r"(?<![\w.-])[0-9a-f]{7,64}(?![\w-])",
}
_FORMS: Final = {
    "moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?|\d\d:\d\d:\d\d\.\d+Z",
    "size": r"\d[\d,.]* ?(?:B|KB|MB|GB|bytes)\b",
    "duration": r"(?<![\w.])\d[\d,.]* ?(?:us|ms|s|m|h|d)(?:\d\d[smh])?\b",
    "fraction": r"[+-]?\d+\.\d+(?![\w.])",
    "address": r"\d+\.\d+\.\d+\.\d+:\d+",
    "rest": r"\.\.\.",
}
_REAL: Final = {**_IDS, **_FORMS, "rest": r".*"}
_VOLATILE: Final = re.compile("|".join(f"(?P<{name}>{form})" for name, form in {**_IDS, **_FORMS}.items()))
_ESCAPES: Final = re.compile(r"\x1b\[[?\d;]*[A-Za-z]")


def screen(raw: str) -> str:
    """What a terminal shows of this: a line that is written over is what was written last."""
    lines = _ESCAPES.sub("", raw).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rpartition("\r")[2] for line in lines)


def plain(line: str) -> str:
    """A line as it is compared."""
    return " ".join(line.split())


@dataclass
class Ids:
    """What the ids of the page stand for."""

    known: dict[str, str] = field(default_factory=dict)

    def real(self, text: str) -> str:
        """Text of the page with the ids that are meant; the beginning of an id stands for the beginning."""
        return _VOLATILE.sub(lambda found: self._meant(found) or found.group(), text)

    def fits(self, text: str, line: str) -> bool:
        """Whether the page's text fits the real line; what its new ids stand for is remembered then."""
        new: dict[str, str] = {}
        found = re.fullmatch(self._pattern(plain(text), new), plain(line))
        if found:
            self.known |= {word: found.group(name) for name, word in new.items()}
        return found is not None

    def _pattern(self, text: str, new: dict[str, str]) -> str:
        pattern, at = "", 0
        for one in _VOLATILE.finditer(text):
            pattern += re.escape(text[at : one.start()])
            at, kind = one.end(), str(one.lastgroup)
            meant = self._meant(one)
            if meant:
                pattern += re.escape(meant)
            elif kind in _IDS:
                name = f"id{len(new)}"
                new[name] = one.group()
                form = rf"[0-9a-f]{{{len(one.group())}}}" if kind == "hash" else _REAL[kind]
                pattern += f"(?P<{name}>{form})"
            else:
                pattern += f"(?:{_REAL[kind]})"
        return pattern + re.escape(text[at:])

    def _meant(self, found: re.Match[str]) -> str:
        if found.lastgroup not in _IDS:
            return ""
        word = found.group()
        return next((real[: len(word)] for known, real in self.known.items() if known.startswith(word)), "")


def difference(page: Sequence[Line], shown: str, ids: Ids, standing: Mapping[str, str]) -> str:
    """What the page says and the screen does not, in words; empty if all of it is there and nothing else.

    `standing` are words of this machine with what the page says in their place.
    """
    real = lines_of(shown, standing)
    at, gap = 0, False
    for one in page:
        if one.gap:
            gap = True
            continue
        places = range(at, len(real)) if gap else range(at, min(at + 1, len(real)))
        place = next((place for place in places if ids.fits(one.text, real[place])), None)
        if place is None:
            return f"the page shows {one.text!r}, the terminal {real[at] if at < len(real) else 'nothing more'!r}"
        at, gap = place + 1, False
    return "" if gap or at == len(real) else f"the page does not show {real[at]!r}"


def lines_of(shown: str, standing: Mapping[str, str]) -> list[str]:
    """The lines that are compared."""
    for word, said in standing.items():
        shown = shown.replace(word, said)
    return [plain(line) for line in shown.splitlines() if line.strip()]
