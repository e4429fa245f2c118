"""Running another command of this program, in a process of its own.

`-P`: never a package of that name in the folder where somebody happens to be.
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_START: Final = (sys.executable, "-P", "-m", "mutt_cli")
_MOST_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended; `code` None: it was ended, because its time was over."""

    code: int | None
    out: str
    err: str


def run_own(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `mutt WORDS` and return its exit code. What it says, on stdout too, goes to our stderr: ours is data."""
    done = subprocess.run(
        [*_START, *words],
        env=dict(environ),
        stdout=sys.stderr,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def run_attached(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `mutt WORDS` with this terminal as its own, and return its exit code. Ctrl-C is the child's alone."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the child would inherit
    try:
        return subprocess.run([*_START, *words], env=dict(environ), check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def run_shown(words: Sequence[str], environ: Mapping[str, str], size: tuple[int, int], seconds: float) -> Said:
    """Run `mutt WORDS` as on a terminal of so many columns and lines, without anybody to be asked, and keep its words.

    Its stdout is a terminal, so that it says what people read; it ends after so many seconds, with all it started.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    said: list[bytes] = []
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                [*_START, *words], env=_quiet(environ), stdin=subprocess.DEVNULL, stdout=theirs, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(theirs)
        reader = threading.Thread(target=_drain, args=(ours, said), daemon=True)
        reader.start()
        try:
            code: int | None = child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            code = None
        reader.join(1)
        out = b"".join(said).decode("utf-8", "replace").replace("\r\n", "\n")
        return Said(code, out, _read(errors))


def run_through(words: Sequence[str], environ: Mapping[str, str]) -> Said:
    """Run `mutt WORDS` to its end, however long that takes, without anybody to be asked.

    It goes on by itself if we end before it: what it says goes to files that nobody has to read.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [*_START, *words], env=_quiet(environ), stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
        return Said(child.wait(), _read(out), _read(errors))


def _quiet(environ: Mapping[str, str]) -> dict[str, str]:
    """Nothing but text: no colour, and no pager that waits for keys."""
    plain = {"NO_COLOR": "1", "MUTT_COLOR": "never", "MUTT_PAGER": "", "PAGER": "cat"}
    return {**environ, **plain, "TERM": environ.get("TERM", "xterm")}


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_MOST_BYTES).decode("utf-8", "replace")


def _drain(ours: int, said: list[bytes]) -> None:
    """Everything up to the end of a terminal, of which Linux says with an error that nobody writes to it any more."""
    size = 0
    with os.fdopen(ours, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65536)
            except OSError:
                return
            if not part:
                return
            size += len(part)
            if size <= _MOST_BYTES:
                said.append(part)
