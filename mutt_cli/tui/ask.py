"""The dialog before anything is changed: the plan, the same line for a shell, and what must be typed to go on.

Cancel has the focus, and Enter alone never goes on (ux.md 5.2, rule 6). What a command of class B or D wants typed, it
judges itself: what is typed here is its `--confirm`, and a wrong name is refused by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from mutt_cli.present.top.line import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

_CSS: Final = """
Ask { align: center middle; background: transparent; }
Ask > Vertical {
    width: 74; max-width: 96%; height: auto; max-height: 96%; border: round ansi_default; padding: 0 1;
    overflow-y: auto;
    background: ansi_default; border-title-style: bold;
}
Ask > Vertical.protected { border: heavy ansi_red; border-title-color: ansi_red; }
Ask VerticalScroll { height: auto; max-height: 40%; }
Ask Static { height: auto; }
Ask #command { margin: 1 0 0 0; color: ansi_cyan; }
Ask Input {
    height: 1; border: none; padding: 0; margin: 0 0 0 2; background: ansi_default; color: ansi_default;
    text-style: underline;
}
Ask .label { margin: 1 0 0 0; }
Ask Horizontal { height: auto; align-horizontal: center; margin: 1 0 0 0; }
Ask Button { height: 1; border: none; min-width: 14; margin: 0 2; background: ansi_default; color: ansi_default; }
Ask Button:focus { text-style: reverse bold; }
Ask Button:disabled { color: ansi_bright_black; }
"""


class Ask(ModalScreen[dict[str, str] | None]):
    """Returns what was typed (`confirm`, `reason`), or None where somebody thought better of it."""

    CSS = _CSS
    BINDINGS: ClassVar[list[Any]] = [("escape", "cancel", "cancel"), ("y", "copy", "copy the command")]

    def __init__(
        self, title: str, plan: Sequence[str], command: str, *, type_what: str = "", protected: bool = False
    ) -> None:
        super().__init__()
        self._title, self._plan, self._command = title, plan, command
        self._type_what, self._protected = type_what, protected

    def compose(self) -> ComposeResult:
        """The dialog."""
        with Vertical(classes="protected" if self._protected else "") as box:
            box.border_title = Content(f" {shown(self._title)} ")
            with VerticalScroll():
                yield Static("\n".join(shown(one) for one in self._plan), markup=False, id="plan")
            yield Static(f"$ {shown(self._command)}", markup=False, id="command")
            yield Static("reason, kept with the operation (may be empty):", markup=False, classes="label")
            yield Input(id="reason", placeholder="INC-1182 ...")
            if self._type_what:
                yield Static(shown(self._type_what), markup=False, classes="label")
                yield Input(id="confirm", placeholder="its name")
            with Horizontal():
                yield Button("Cancel", id="cancel")
                yield Button("Go on", id="go", disabled=bool(self._type_what))

    def on_mount(self) -> None:
        """Cancel has the focus, or what has to be typed: there Enter does not go on either."""
        self.query_one("#confirm" if self._type_what else "#cancel").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Nothing can go on before something was typed where it has to be."""
        if event.input.id == "confirm":
            self.query_one("#go", Button).disabled = not event.value.strip()

    def on_input_submitted(self) -> None:
        """Enter in a field goes to the next thing, it never goes on."""
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel, or go on."""
        if event.button.id == "cancel":
            self.dismiss(None)
            return
        self.dismiss({one.id or "": one.value.strip() for one in self.query(Input)})

    def action_cancel(self) -> None:
        """Nothing happens."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """The command line to the clipboard."""
        self.app.copy_to_clipboard(self._command)
