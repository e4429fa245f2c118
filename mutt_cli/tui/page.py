"""What every screen is: something that is looked up in a thread, drawn as lines, and moved through by keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.present import times
from mutt_cli.present.output import Document, Listing, render
from mutt_cli.present.top.head import head
from mutt_cli.present.top.keys import footer
from mutt_cli.present.top.line import Line, fitted, line, rule, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.errors import MuttError
    from mutt_cli.present.top.view import View
    from mutt_cli.tui.source import Source


_LATE_S: Final = 8.0


@dataclass(frozen=True)
class Selection:
    """What keys that act are about: the screen, the chosen row, and the marked ones (the chosen one without any)."""

    screen: str
    row: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()
    about: str = ""
    """What the screen as a whole is about: the queue whose messages it shows."""


class Page:
    """One screen. Everything but `fetch` is called by the app's own thread."""

    name = ""
    """Of the screen, where it has a number; what the footer and acts go by."""
    title = ""
    every_s = 2.0
    """How old what was looked up may become; 0: it is looked up once."""
    fed = False
    """Whether somebody else tells it what to show; then nobody looks it up."""

    def __init__(self) -> None:
        self.error: MuttError | None = None
        self.loaded = False
        self.body_height = 20
        self.asking = 0
        """The number of the look that is under way; 0 if none is."""
        self.taken_s = 0.0
        """When what is shown was looked up, by the clock of this machine that never steps."""

    @property
    def path(self) -> str:
        """Where this is, for the head."""
        return self.title

    def fetch(self, source: Source) -> Any:
        """Look it up, in a thread. Raises MuttError."""

    def take(self, found: Any, error: MuttError | None) -> None:
        """What was looked up, or why it could not be: then what was there before stays."""
        self.error = error
        self.loaded = self.loaded or error is None
        if error is None:
            self.taken_s = boottime_s()
            self.show(found)

    def show(self, found: Any) -> None:
        """Show what was found."""

    def lines(self, view: View) -> list[Line]:
        """The whole screen."""
        width, height = view.size.width, view.size.height
        across = rule(width, ascii_only=view.ascii_only)
        above = [head(view), across, *self.above(view)]
        ends = [across, *footer(self.name, view)]
        self.body_height = max(1, height - len(above) - len(ends))
        body = self.troubled(view) if self.error and not self.loaded else self.body(view)
        body = [*body[: self.body_height], *[()] * (self.body_height - len(body))]
        return [fitted(one, width) for one in [*above, *body, *ends][:height]]

    def above(self, view: View) -> list[Line]:
        """What stands between the head and the body; by default why this is not of now."""
        told = self.old_because
        if not told:
            return []
        return [line(" ", (f"~ {shown(told)}", "warn")), rule(view.size.width, ascii_only=view.ascii_only)]

    @property
    def old_because(self) -> str:
        """Why what is shown is older than it should be; empty if it is not."""
        if not self.loaded or not self.taken_s:
            return ""
        age = boottime_s() - self.taken_s
        if self.error is not None:
            return f"{times.span(round(age))} old: {self.error.message}"
        if self.every_s and age > max(3 * self.every_s, _LATE_S):
            return f"{times.span(round(age))} old: it has not been answered since"
        return ""

    def close(self) -> None:
        """Nobody will look at it any more."""

    def body(self, view: View) -> list[Line]:
        """What stands in the middle."""
        del view
        return [line(" looking ...")] if not self.loaded else []

    def troubled(self, view: View) -> list[Line]:
        """Why there is nothing to show, and what to type."""
        del view
        error = self.error
        assert error is not None  # noqa: S101  the caller looked
        found = [line(" ", (f"{error.code}: {shown(error.message)}", "crit"))]
        found += [line(f"   why: {shown(error.why)}")] if error.why else []
        return [*found, *(line(f"   try: {shown(one)}") for one in error.tries)]

    def move(self, by: int) -> None:
        """So many rows on."""

    def first(self) -> None:
        """To the beginning."""
        self.move(-(10**9))

    def last(self) -> None:
        """To the end."""
        self.move(10**9)

    def turn(self, pages: int) -> None:
        """So many pages on."""
        self.move(pages * max(1, self.body_height - 1))

    def open(self) -> Page | None:
        """The screen behind the chosen row."""
        return None

    def back(self) -> bool:
        """Leave something of this screen, such as a filter; False if there is nothing to leave but the screen."""
        return False

    def selection(self) -> Selection:
        """What keys that act are about."""
        return Selection(self.name)

    def trace_id(self) -> str:
        """The id of the event that the chosen row is about; empty if it is about none."""
        return ""

    def service(self) -> str:
        """The service that the chosen row is about; empty if it is about none."""
        return ""

    def copied(self) -> str:
        """What `y` copies."""
        return ""


class TextPage(Page):
    """Lines to be read: one thing in full, or what a command said."""

    every_s = 0.0

    def __init__(self, title: str, text: Sequence[str] = (), *, name: str = "", copied: str = "") -> None:
        super().__init__()
        self.title, self.name, self._copied = title, name, copied
        self._text = list(text)
        self._top = 0
        self.filter = ""
        self.loaded = bool(text)

    def show(self, found: Any) -> None:
        """A result of an operation, a list of lines, or nothing new."""
        if isinstance(found, (Document, Listing)):
            self._text = render(found, "table", None).splitlines()  # type: ignore[arg-type]
        elif found is not None:
            self._text = list(found)

    def body(self, view: View) -> list[Line]:
        """The lines, folded where they are longer than the screen is wide."""
        if not self.loaded:
            return [line(" looking ...")]
        kept = [one for one in self._text if self.filter.lower() in one.lower()]
        folded = [part for one in kept for part in fold(shown(one), max(10, view.size.width - 2))]
        if not folded and self.filter:
            return [line(f" no line has {shown(self.filter)}; Esc shows all of them")]
        self._top = max(0, min(self._top, len(folded) - self.body_height))
        return [line(f" {one}") for one in folded[self._top : self._top + self.body_height]]

    def move(self, by: int) -> None:
        """So many lines down."""
        self._top = max(0, self._top + by)

    def filter_by(self, text: str) -> None:
        """Only lines that have this text."""
        self.filter, self._top = text.strip(), 0

    def back(self) -> bool:
        """All lines again."""
        had, self.filter = bool(self.filter), ""
        return had

    def copied(self) -> str:
        """What the screen is about."""
        return self._copied


class SaidPage(TextPage):
    """What a command said, or for how long it has been running. Nobody looks it up: it is told."""

    fed = True

    def __init__(self, title: str, text: Sequence[str] = (), *, copied: str = "") -> None:
        super().__init__(title, text, copied=copied or title)
        self._began_s = boottime_s()

    def say(self, text: Sequence[str]) -> None:
        """It has ended, and this is what it said."""
        self._text, self.loaded = list(text), True

    def body(self, view: View) -> list[Line]:
        """What it said, or that it runs."""
        if self.loaded:
            return super().body(view)
        return [line(f" running, {times.span(round(boottime_s() - self._began_s))} ...")]


def fold(text: str, width: int) -> list[str]:
    """A text in pieces that fit, cut between words where that is possible; what goes on is indented a little more."""
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415  only texts that are read need it

    indent = " " * min(len(text) - len(text.lstrip()) + 2, width // 3)
    pieces, rest = [], text
    while cell_len(rest) > width:
        room = len(set_cell_size(rest, width).rstrip())
        space = rest.rfind(" ", len(indent) + 1, room + 1)
        cut = space if space > width // 3 else max(1, room)
        pieces.append(rest[:cut].rstrip())
        rest = indent + rest[cut:].lstrip()
    return [*pieces, rest]
