"""The page of keys, before everything else: any key closes it, and does nothing besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import ModalScreen

from mutt_cli.present.top.help import help_screen
from mutt_cli.present.top.view import Size
from mutt_cli.tui.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from mutt_cli.present.top.view import View


class Help(ModalScreen[None]):
    """Shows the keys."""

    CSS = "Help { background: ansi_default; }"

    def __init__(self, view_of: Callable[[Size], View]) -> None:
        super().__init__()
        self._view_of = view_of
        self.canvas = Canvas()

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self.canvas

    def on_mount(self) -> None:
        """Keys come here."""
        self.canvas.focus()
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        """As large as the screen."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Draw the keys."""
        self.canvas.show(help_screen(self._view_of(Size(*self.canvas.size))))

    def on_key(self, event: events.Key) -> None:
        """Any key closes it."""
        event.stop()
        self.dismiss(None)
