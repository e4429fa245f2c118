"""The line at the bottom in which something is typed: a filter, a command, the name that unlocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

if TYPE_CHECKING:
    from collections.abc import Sequence

Purpose = Literal["filter", "command", "unlock"]
_PROMPTS: Final[dict[Purpose, str]] = {
    "filter": "filter: host~core reason=http-400 age>5m, or a word", "command": ": a mutt command, without mutt",
    "unlock": "unlock: type the name of the context, and changes are possible for 10 minutes",
}  # fmt: skip


class Commands(Suggester):
    """Commands that begin as what is typed does."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._paths = sorted(paths)

    async def get_suggestion(self, value: str) -> str | None:
        """The shortest one that goes on from here."""
        found = [one for one in self._paths if value and one.startswith(value) and one != value]
        return min(found, key=len, default=None)


class Entry(Input):
    """Hidden until something is to be typed."""

    DEFAULT_CSS = """
    Entry { height: 1; border: none; padding: 0 1; background: ansi_default; display: none; }
    Entry.open { display: block; }
    Entry:focus { border: none; }
    """
    BINDINGS: ClassVar[list[Any]] = [("escape", "leave", "leave"), ("tab", "complete", "complete")]

    class Typed(Message):
        """What was typed, and what for; None: somebody left the line."""

        def __init__(self, purpose: Purpose, text: str | None) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(select_on_focus=False)
        self._commands = Commands(paths)
        self.purpose: Purpose = "filter"

    def ask(self, purpose: Purpose, text: str = "") -> None:
        """Open the line."""
        self.purpose = purpose
        self.placeholder = _PROMPTS[purpose]
        self.suggester = self._commands if purpose == "command" else None
        self.value = text
        self.add_class("open")
        self.focus()
        self.cursor_position = len(text)

    def action_complete(self) -> None:
        """TAB takes what is suggested; the line keeps the keyboard whatever there is to take."""
        self.action_end()
        self.action_cursor_right()

    def action_leave(self) -> None:
        """Nothing was typed."""
        self._close(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """It was typed."""
        event.stop()
        self._close(event.value)

    def _close(self, text: str | None) -> None:
        self.remove_class("open")
        self.post_message(self.Typed(self.purpose, text))
