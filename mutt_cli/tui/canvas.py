"""The one widget that draws: lines of spans, of which only those are painted anew that have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from mutt_cli.present.top.line import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutt_cli.present.top import line
    from mutt_cli.present.top.line import Line

STYLES: Final[dict[line.Style, Style]] = {
    "": Style(),
    "dim": Style(dim=True),
    "bold": Style(bold=True),
    "ok": Style(color="green"),
    "warn": Style(color="yellow", bold=True),
    "crit": Style(color="red", bold=True),
    "unkn": Style(color="magenta", bold=True),
    "alarm": Style(color="white", bgcolor="red", bold=True),
    "cursor": Style(reverse=True),
    "key": Style(color="cyan", bold=True),
}
"""The sixteen colours of the terminal, which its owner chose to be readable."""


class Canvas(Widget, can_focus=True):
    """Shows lines. Nothing in them is ever read as markup."""

    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.painted = 0
        """Lines that were painted so far, for who measures."""

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; those that are as before are left alone."""
        before, self.lines = self.lines, list(lines)
        changed = [
            place
            for place in range(max(len(before), len(self.lines)))
            if place >= len(before) or place >= len(self.lines) or before[place] != self.lines[place]
        ]
        self.painted += len(changed)
        if changed:
            self.refresh(*(Region(0, place, self.size.width, 1) for place in changed))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        one = self.lines[y] if y < len(self.lines) else ()
        return Strip([Segment(text, STYLES[style]) for text, style in fitted(one, width)], width)
