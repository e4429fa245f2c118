"""Starting and ending the app: colours as they are wanted, and the terminal as it was before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mutt_cli.tui.app import TopApp


def settle_colors(*, color: bool) -> None:
    """Before Textual is loaded: it takes an empty NO_COLOR for one that is set, which no-color.org does not."""
    os.environ.pop("NO_COLOR", None)
    if not color:
        os.environ["NO_COLOR"] = "1"
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def run(app: TopApp) -> None:
    """Run it until it is quit. What ended it as a bug is raised again, with the terminal as it was before.

    The mouse is the terminal's where the screen comes from another host, so that text can be selected.
    """
    app.run(mouse=not os.environ.get("SSH_CONNECTION"))
    if app.crash is not None:
        raise app.crash
