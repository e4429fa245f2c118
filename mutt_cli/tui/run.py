"""Starting and ending the app: the terminal as it was before, and of a crash a file and one line."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters.clock import utc_now
from mutt_cli.errors import MuttError

if TYPE_CHECKING:
    from mutt_cli.tui.app import TopApp


def settle_colors(*, color: bool) -> None:
    """Before Textual is loaded: it takes an empty NO_COLOR for one that is set, which no-color.org does not."""
    os.environ.pop("NO_COLOR", None)
    if not color:
        os.environ["NO_COLOR"] = "1"
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


def run(app: TopApp) -> None:
    """Run it until it is quit. Raises MuttError MUTT-X002 if it crashed, and then the terminal is as before.

    The mouse is the terminal's where the screen comes from another host, so that text can be selected.
    """
    app.run(mouse=not os.environ.get("SSH_CONNECTION"))
    if app.crash is not None:
        raise MuttError(
            f"mutt top crashed: {type(app.crash).__name__}; it is written to {_kept(app.crash)}", code="MUTT-X002",
            why="this is a bug in mutt; nothing was changed by it", tries=("mutt status", "mutt top --plain"),
        )  # fmt: skip


def _kept(crash: BaseException) -> str:
    """The traceback, without values of variables, in a file; where none can be written it is told as such."""
    path = Path(f"mutt-top-crash-{utc_now():%Y%m%d-%H%M%S}.txt")
    try:
        path.write_text("".join(traceback.format_exception(crash)), encoding="utf-8")
    except OSError as error:
        return f"no file ({error.strerror})"
    return str(path)
