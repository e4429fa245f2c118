"""Run the real command in a real process, on pipes or a terminal, with nothing of this machine in its environment.

On pipes it may start warm (`tests/warm_start.py`); on a terminal it never does.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests import warm_start

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parents[2]
MUTT: Final = (sys.executable, "-m", "mutt_cli")
_PATIENCE_S: Final = 30


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended; a negative code is the signal that ended it."""

    code: int
    out: str
    err: str


def environment(state: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment of our own: state in a folder of the test, settings from an empty file."""
    settings = state / "test.env"
    if not settings.exists():
        settings.write_text("")
    own = {"PATH": os.environ["PATH"], "HOME": str(state), "MUTT_STATE_DIR": str(state), "MUTT_ENV_FILE": str(settings)}
    return {**own, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **(more or {})}


def mutt(state: Path, *words: str, env: Mapping[str, str] | None = None, program: tuple[str, ...] = MUTT) -> Answer:
    """Run `mutt WORDS` with pipes."""
    if program is MUTT:
        warm = warm_start.run(words, environment(state, env), folder=str(Path.cwd()), seconds=_PATIENCE_S)
        return Answer(warm.returncode, _text(warm.stdout), _text(warm.stderr))
    done = subprocess.run(
        [*program, *words], capture_output=True, text=True, env=environment(state, env), stdin=subprocess.DEVNULL,
        timeout=_PATIENCE_S, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def _text(said: bytes) -> str:
    return said.decode().replace("\r\n", "\n")


def code(text: str) -> tuple[str, ...]:
    """A program that runs Python text; the words follow in sys.argv."""
    return (sys.executable, "-c", text)


def on_terminal(state: Path, *words: str, env: Mapping[str, str] | None = None, width: int = 100) -> Answer:
    """Run `mutt WORDS` with stdout on a terminal; stderr stays a pipe."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MUTT, *words], stdout=theirs, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env=environment(state, {"TERM": "xterm", "COLUMNS": str(width), **(env or {})}),
    )  # fmt: skip
    os.close(theirs)
    shown = _everything(ours)
    os.close(ours)
    err = process.communicate(timeout=_PATIENCE_S)[1].decode()
    return Answer(process.returncode, shown.decode().replace("\r\n", "\n"), err)


def _everything(terminal: int) -> bytes:
    shown, ends = b"", time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side has closed: the program ended
            return shown
        if not piece:
            return shown
        shown += piece
    return shown
