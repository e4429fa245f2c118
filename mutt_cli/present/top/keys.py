"""The keys of `mutt top`, each with one meaning everywhere: what the help, the footer and the bindings are made of.

Keys that look are small letters, keys that act are capitals (`G`, `S` and `W` are the only ones that change nothing).
No key that acts is near one that corrects a filter: none on Ctrl, Delete or Backspace (ux.md 5.2, rule 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.present.top.line import Line, Span, line, shown

if TYPE_CHECKING:
    from mutt_cli.present.top.view import View

Group = Literal["move", "look", "act", "anywhere"]
SCREENS: Final = ("overview", "queues", "dlq", "rules", "trace", "logs", "config", "ops")
TITLES: Final = ("Overview", "Queues", "DLQ", "Rules", "Trace", "Logs", "Config", "Ops")


@dataclass(frozen=True)
class Key:
    """One meaning. `keys` are as Textual names them, `shown` as people read them; `action` is what the app does."""

    keys: tuple[str, ...]
    shown: str
    action: str
    meaning: str
    """For the help; empty where the key before says it."""
    group: Group
    short: str = ""
    """In the footer; empty: not there."""


KEYS: Final = (
    Key(("j", "down"), "j  Down", "move(1)", "one row down", "move"),
    Key(("k", "up"), "k  Up", "move(-1)", "one row up", "move"),
    Key(("g", "home"), "g  Home", "first", "first row", "move"),
    Key(("G", "end"), "G  End", "last", "last row; back to live", "move"),
    Key(("pagedown",), "PgDn PgUp", "page(1)", "one page down, up", "move"),
    Key(("pageup",), "PgUp", "page(-1)", "", "move"),
    Key(("enter",), "Enter", "open", "open the row", "move", "open"),
    Key(("escape", "backspace"), "Esc", "back", "clear the filter, else back", "move", "back"),
    *(Key((str(n),), str(n), f"screen({n})", f"go to {title}", "move") for n, title in enumerate(TITLES, 1)),
    Key(("slash",), "/", "filter", "filter: host~core age>5m", "look", "filter"),
    Key(("s",), "s S", "sort", "sort by next column, reverse", "look", "sort"),
    Key(("S",), "S", "reverse", "", "look"),
    Key(("p",), "p", "pause", "pause the screen, go on", "look", "pause"),
    Key(("r",), "r", "refresh", "look again now", "look", "refresh"),
    Key(("plus", "equals_sign"), "+ -", "slower(1)", "slower, faster (1 to 60 s)", "look"),
    Key(("minus",), "-", "slower(-1)", "", "look"),
    Key(("left_square_bracket",), "[ ]", "back_in_time(1)", "one frame back in time, on", "look"),
    Key(("right_square_bracket",), "]", "back_in_time(-1)", "", "look"),
    Key(("left_curly_bracket",), "{ }", "back_in_time(60)", "a minute back in time, on", "look"),
    Key(("right_curly_bracket",), "}", "back_in_time(-60)", "", "look"),
    Key(("a",), "a", "alerts", "all that is wrong", "look", "alerts"),
    Key(("e",), "e", "events", "events as they pass", "look"),
    Key(("space",), "Space *", "mark", "mark the row, all rows", "act", "mark"),
    Key(("asterisk",), "*", "mark_all", "", "act"),
    Key(("R",), "R", "act('R')", "put messages back", "act", "replay"),
    Key(("E",), "E", "act('E')", "fix and replay, or edit", "act", "fix"),
    Key(("X",), "X", "act('X')", "export to a file", "act", "export"),
    Key(("D",), "D", "act('D')", "purge or delete", "act", "purge"),
    Key(("M",), "M", "act('M')", "move to another queue", "act", "move"),
    Key(("T",), "T", "act('T')", "trip or reset the breaker", "act"),
    Key(("N",), "N", "act('N')", "maintenance: start, end", "act"),
    Key(("C",), "C", "act('C')", "alerters read the rules again", "act", "reload"),
    Key(("U",), "U", "act('U')", "undo an operation", "act", "undo"),
    Key(("colon",), ":", "command", "any mutt command", "anywhere", "command"),
    Key(("t",), "t", "trace", "trace the id of the row", "anywhere", "trace"),
    Key(("l",), "l", "logs", "logs of the service", "anywhere", "logs"),
    Key(("y",), "y", "copy", "copy id or command", "anywhere", "copy"),
    Key(("i",), "i", "save", "save the screen to a file", "anywhere", "save"),
    Key(("W",), "W", "unlock", "unlock, lock writes (10 min)", "anywhere", "unlock"),
    Key(("question_mark", "f1"), "?", "help", "this help", "anywhere", "help"),
    Key(("q", "ctrl+c"), "q", "quit", "quit", "anywhere", "quit"),
)
_FOOTERS: Final[dict[str, str]] = {
    "overview": "Enter / : a p W ? q",
    "queues": "Enter / s M D : ? Esc",
    "dlq": "Enter Space R E X D t Esc",
    "rules": "Enter / s E:edit D:delete C ? Esc",
    "trace": "Enter / y i ? Esc",
    "logs": "Enter / p t y ? Esc",
    "config": "Enter / s E:edit y ? Esc",
    "ops": "Enter / s U y ? Esc",
    "messages": "Enter / M D X t ? Esc",
    "alerts": "Enter / y : ? Esc",
    "events": "Enter / p t y ? Esc",
    "": "/ y i : ? Esc",
}


def footer(screen: str, view: View) -> list[Line]:
    """The two lines of keys: those of this screen (or what happened just now), and the screens."""
    if view.message:
        first = line(" ", (shown(view.message), "warn"))
    else:
        spans: list[Span] = []
        for entry in _FOOTERS.get(screen, _FOOTERS[""]).split():
            name, _, short = entry.partition(":") if len(entry) > 1 else (entry, "", "")
            key = next(one for one in KEYS if one.shown.split()[0] == name)
            spans += [(f" {name}", "key"), (f" {short or key.short} ", "")]
        first = tuple(spans)
    return [first, _screens(screen)]


def _screens(current: str) -> Line:
    spans: list[Span] = []
    for number, (name, title) in enumerate(zip(SCREENS, TITLES, strict=True), 1):
        spans += [(f" {number}", "key"), (f" {title}", "bold" if name == current else "")]
    return tuple(spans)
