"""The screen as a text file, for the notes on an incident."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters.files import write_whole
from mutt_cli.present.top.line import texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mutt_cli.present.top.line import Line


def saved(context: str, lines: Sequence[Line], now: datetime) -> str:
    """Write the lines to a file in this folder; what to tell about it."""
    name = f"mutt-top-{now:%Y%m%d-%H%M%S}.txt"
    try:
        write_whole(Path(name), f"{context}  {now:%Y-%m-%dT%H:%M:%SZ}\n{texts(lines)}", 0o640)
    except OSError as error:
        return f"{name} cannot be written in this folder: {error.strerror}"
    return f"saved: {name}"
