"""The guides' lines as data (`tests/contract/guides/README.md`), and whether what one gave is what the guide says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent / "contract" / "guides"
GUIDES: Final = {"SO": "service_operations.toml", "TG": "troubleshooting.toml"}
PROGRAMS: Final = re.compile("curl|redis-cli|psql")
QUIET: Final = "all is well"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One command of a guide; the fields are those of the README there."""

    at: list[str]
    says: str
    run: str
    gives: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    arrives: str = ""
    scene: str = QUIET
    typed: str = ""
    endless: bool = False
    meanwhile: str = ""
    before: str = ""
    remembers: str = ""
    stand_in: str = ""
    placeholders: dict[str, str] = field(default_factory=dict)
    exempt: str = ""
    reason: str = ""
    not_yet: str = ""

    @property
    def name(self) -> str:
        """Its first place."""
        return self.at[0]

    @property
    def text(self) -> str:
        """All that the guide prints of it."""
        return self.run + self.typed + self.meanwhile

    @property
    def expected(self) -> bool:
        """Whether MUTT must give what the guide says."""
        return not (self.exempt or self.not_yet)


@dataclass(frozen=True)
class Outcome:
    """What a line gave."""

    code: int
    out: str
    err: str
    arrived: bool = True
    seconds: float = 0.0


def guide(name: str) -> dict[str, Any]:
    """The tables of one guide as they stand in its file."""
    return tomllib.loads((FOLDER / GUIDES[name]).read_text(encoding="utf-8"))


def lines() -> list[Line]:
    """Every line of both guides, in their order."""
    return [Line(**table) for name in GUIDES for table in guide(name)["line"]]


def complaints(line: Line, outcome: Outcome) -> list[str]:
    """What is not as the guide says; empty if all is."""
    found = [] if outcome.code == 0 or line.endless else [f"exit code {outcome.code}"]
    found += [f"does not give {one!r}" for one in line.gives if not has(one, outcome.out)]
    found += [f"gives {one!r}" for one in line.never if has(one, outcome.out)]
    found += [] if outcome.arrived else [f"nothing like {line.arrives!r} arrived"]
    return found


def has(expression: str, text: str) -> bool:
    """Whether the expression is found; `^` and `$` are those of any line."""
    return re.search(expression, text.replace("\r\n", "\n"), re.MULTILINE) is not None
