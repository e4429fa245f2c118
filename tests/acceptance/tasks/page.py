"""`docs/tasks.md` as a script: for each task its blocks, for each block the lines that are typed and what is shown.

A block is a fenced `console`. A line that begins with `$ ` is typed, one with `2$ ` in a second terminal as soon as the
line before it has appeared, and the others are what the first terminal shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "tasks.md"
_BLOCK: Final = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TASK: Final = re.compile(r"^## \d+\. (.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """What the terminal shows, or (`elsewhere`) what is typed in the second one at this moment."""

    text: str
    elsewhere: bool = False

    @property
    def gap(self) -> bool:
        """Whether it stands for lines that are left out."""
        return self.text.strip() == "..."


@dataclass(frozen=True)
class Step:
    """One line that is typed, and what follows it."""

    typed: str
    lines: list[Line] = field(default_factory=list)

    @property
    def shown(self) -> list[Line]:
        """What the first terminal shows."""
        return [one for one in self.lines if not one.elsewhere]

    @property
    def fails(self) -> bool:
        """Whether the page says so, by a remark behind the command or by showing an error."""
        return "# exit " in self.typed or any(one.text.startswith("error: ") for one in self.lines)


@cache
def tasks() -> dict[str, tuple[tuple[Step, ...], ...]]:
    """The blocks of each task, by its heading."""
    _, *parts = _TASK.split(PAGE.read_text(encoding="utf-8"))
    return {
        heading: tuple(_steps(block) for block in _BLOCK.findall(text))
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _steps(block: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line.removeprefix("$ ")))
        else:
            steps[-1].lines.append(Line(line.removeprefix("2$ "), elsewhere=line.startswith("2$ ")))
    return tuple(steps)
