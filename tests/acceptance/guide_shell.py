"""Runs one line of a guide as an operator does: by bash, with what the guide types, on a terminal if it never ends."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tests.guides import Line, Outcome, has
from tests.stack import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATIENCE_S: Final = 30.0
_INTERRUPT: Final = b"\x03"


class Shell:
    """The operator's terminal."""

    def __init__(
        self, environment: Mapping[str, str], placeholder: Callable[[str], str], received: Callable[[], str]
    ) -> None:
        self._environment = {**environment, "TERM": "xterm", "COLUMNS": "200", "LINES": "50"}
        self._placeholder = placeholder
        self._received = received
        self._remembered = ""

    def run(self, line: Line) -> Outcome:
        """What the line gives; a line that never ends is interrupted once it has given what it should."""
        began = time.monotonic()
        script = "\n".join((line.stand_in, line.before.replace("{remembered}", self._remembered), line.run))
        script = self._filled(line, script)
        code, out, err = self._endless(line, script) if line.endless else self._ending(line, script)
        arrived = not line.arrives or self._arrives(line.arrives)
        if line.remembers and (found := re.search(line.remembers, out)):
            self._remembered = found.group(1)
        return Outcome(code, out, err, arrived, round(time.monotonic() - began, 2))

    def _filled(self, line: Line, script: str) -> str:
        for mark, meaning in line.placeholders.items():
            script = script.replace(mark, self._placeholder(meaning))
        return script

    def _arrives(self, expression: str) -> bool:
        try:
            eventually(lambda: has(expression, self._received()), expression, 10)
        except AssertionError:
            return False
        return True

    def _ending(self, line: Line, script: str) -> tuple[int, str, str]:
        done = subprocess.run(
            ["bash", "-c", script], input=line.typed, capture_output=True, text=True, errors="replace", cwd="/",
            env=self._environment, timeout=_PATIENCE_S, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def _endless(self, line: Line, script: str) -> tuple[int, str, str]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", "bash", "-c", script], stdin=theirs, stdout=theirs, stderr=theirs, cwd="/",
            env=self._environment,
        )  # fmt: skip
        os.close(theirs)
        shown, ends, told = "", time.monotonic() + 10, not line.meanwhile
        while time.monotonic() < ends and not (told and all(has(one, plain(shown)) for one in line.gives)):
            if select.select([ours], [], [], 0.1)[0]:
                with suppress(OSError):
                    shown += os.read(ours, 65536).decode("utf-8", "replace")
            if not told and shown.strip():  # it has begun
                self._ending(line, self._filled(line, line.meanwhile))
                told = True
        os.write(ours, _INTERRUPT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        os.close(ours)
        return process.returncode, plain(shown), ""


def plain(shown: str) -> str:
    """Text without what moves the cursor or sets colours; a move to another line is a line break."""
    text = re.sub(r"\x1b\[\d*(;\d*)?[Hdf]|\x1b\[\d*[EB]", "\n", shown)
    return re.sub(r"\x1b[\[(][?\d;]*[A-Za-z@]|\x1b[=>78]|\x0f", "", text).replace("\r\n", "\n").replace("\r", "\n")
