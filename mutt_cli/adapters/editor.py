"""A text in the operator's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.errors import MuttError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping


def edited(text: str, name: str, environ: Mapping[str, str]) -> tuple[str, Path]:
    """The text as it was saved, and the file it is in, which only this account may read; the caller removes it.

    The editor is VISUAL, EDITOR or vi. Raises MuttError if it fails, NotFoundError if there is none; the file stays.
    """
    path = Path(tempfile.mkdtemp(prefix="mutt-")) / name
    path.write_text(text, encoding="utf-8")
    command = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    try:
        done = subprocess.run([*command, str(path)], env={**os.environ, **environ}, check=False)
    except OSError as error:
        raise NotFoundError(
            f"the editor {command[0]} cannot be started: {error.strerror}", code="MUTT-U024",
            tries=("export EDITOR=nano", "mutt rule set ID --pattern REGEX"),
        ) from error  # fmt: skip
    if done.returncode != 0:
        raise MuttError(f"{command[0]} ended with {done.returncode}: nothing was changed", code="MUTT-U025")
    return path.read_text(encoding="utf-8", errors="replace"), path


def discard(path: Path) -> None:
    """Remove the file and its folder."""
    path.unlink(missing_ok=True)
    path.parent.rmdir()
