"""An operator at a terminal: types what the page says, answers what is asked, and sees what the page shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.acceptance.tasks.comparison import Ids, difference, lines_of, plain, screen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.acceptance.tasks.page import Line, Step

_PATIENCE_S: Final = 60
_WIDTH: Final = 120
_ASKS: Final = re.compile(r"(?::|\?|\]) ?$")


@dataclass
class Operator:
    """Who works through one task. `unseen` is the answer to a prompt that echoes nothing, so that no page says it."""

    environment: Mapping[str, str]
    home: Path
    blocks: list[tuple[Step, ...]]
    standing: Mapping[str, str]
    systemctl: Callable[..., None]
    """Does what systemd would do with a unit: this machine may have none."""
    unseen: str = ""
    ids: Ids = field(default_factory=Ids)

    def goes_on(self) -> None:
        """Type the next block of the page, line by line; what is shown must be what the page shows."""
        steps, *later = self.blocks
        self.blocks = []  # who has failed at one block is not blamed for the others
        self._types(steps)
        self.blocks = later

    def _types(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            if step.typed.startswith("systemctl "):
                self.systemctl(*step.typed.split()[1:])
                continue
            code, shown = self._typed(step)
            wrong = difference(step.shown, shown, self.ids, self.standing)
            assert not wrong, f"$ {step.typed}\n{wrong}\n{shown}"
            assert (code != 0) is step.fails, f"$ {step.typed}: exit {code}\n{shown}"

    def _typed(self, step: Step) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 50, _WIDTH, 0, 0))
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", "bash", "-c", self._meant(step.typed)],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=self.home, env=self.environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        try:
            shown = self._watched(ours, step)
            return process.wait(_PATIENCE_S), shown
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            os.close(ours)

    def _meant(self, typed: str) -> str:
        """The line of the page with the ids and the places of this machine."""
        line = self.ids.real(typed)
        for word, said in self.standing.items():
            line = line.replace(said, word)
        return line

    def _watched(self, terminal: int, step: Step) -> str:
        raw, ends, waiting = b"", time.monotonic() + _PATIENCE_S, _Waiting(step)
        while time.monotonic() < ends:
            if select.select([terminal], [], [], 0.05)[0]:
                try:
                    piece = os.read(terminal, 65536)
                except OSError:  # the other side has closed: the command ended
                    return screen(raw.decode("utf-8", "replace"))
                raw += piece
                continue
            shown = screen(raw.decode("utf-8", "replace"))
            for command in waiting.due(shown, self.ids, self.standing):
                self.systemctl(*command.split()[1:])
            answer = waiting.answer(shown, self.unseen)
            if answer is not None:
                os.write(terminal, f"{self.ids.real(answer)}\n".encode())
        raise AssertionError(f"$ {step.typed}: still there after {_PATIENCE_S} s\n{screen(raw.decode())}")


class _Waiting:
    """What is still to be typed while a command runs."""

    def __init__(self, step: Step) -> None:
        self._elsewhere = [(step.lines[place - 1], one.text) for place, one in enumerate(step.lines) if one.elsewhere]
        self._prompts = [one for one in step.lines if not one.elsewhere]
        self._answered = ""

    def due(self, shown: str, ids: Ids, standing: Mapping[str, str]) -> list[str]:
        """What is typed in the second terminal now, because the line before it has appeared."""
        there = lines_of(shown, standing)
        now = []
        while self._elsewhere and any(ids.fits(self._elsewhere[0][0].text, line) for line in there):
            now.append(self._elsewhere.pop(0)[1])
        return now

    def answer(self, shown: str, unseen: str) -> str | None:
        """What the page types at the question that stands at the end of the screen; None if nothing is asked."""
        question = plain(shown.rpartition("\n")[2])
        if not _ASKS.search(question) or shown == self._answered:
            return None
        place, one = self._prompt(question)
        del self._prompts[: place + 1]
        self._answered = shown
        return plain(one.text).removeprefix(question).strip() or unseen

    def _prompt(self, question: str) -> tuple[int, Line]:
        found = ((place, one) for place, one in enumerate(self._prompts) if plain(one.text).startswith(question))
        asked = next(found, None)
        assert asked, f"the page does not answer {question!r}"
        return asked
