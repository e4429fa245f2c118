"""Everything CI runs. `./bin/check` calls it as `python -m tests.check [PART...] [--nightly] [-- PYTEST ARGS]`.

All parts run even if one fails; a line per part with its seconds closes the run, and the exit code is that of the
first part that failed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parent.parent
_TOOLS: Final = Path(sys.executable).parent
_SUITES: Final = ("core", "contract", "integration", "acceptance", "faults", "docs")
_NO_TESTS: Final = 5
_USAGE: Final = 2


@dataclass(frozen=True)
class Asked:
    """What this call is to run."""

    parts: tuple[str, ...]
    nightly: bool = False
    pytest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How one part ended."""

    part: str
    code: int
    seconds: float

    def __str__(self) -> str:
        words = "ok" if self.code == 0 else f"FAILED ({self.code})"
        return f"{self.part:<12} {words:<12} {self.seconds:6.1f} s"


def _sources() -> list[str]:
    return [folder for folder in ("mutt_cli", "tests", "bench") if any((ROOT / folder).rglob("*.py"))]


def _quietly(*command: str) -> int:
    """Run a tool and show what it says only if it is not content."""
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.stdout.write(done.stdout)
    return done.returncode


def _lint(_asked: Asked) -> int:
    ruff = str(_TOOLS / "ruff")
    codes = (
        _quietly(ruff, "check", *_sources()),
        _quietly(ruff, "format", "--check", *_sources()),
        _quietly(str(_TOOLS / "lint-imports")),
    )
    return next((code for code in codes if code), 0)


def _types(_asked: Asked) -> int:
    return _quietly(sys.executable, "-m", "mypy", *_sources())


def _suite(name: str) -> Callable[[Asked], int]:
    def run(asked: Asked) -> int:
        if not (ROOT / "tests" / name).is_dir():
            return 0
        chosen = () if asked.nightly else ("-m", "not nightly")
        command = (sys.executable, "-m", "pytest", f"tests/{name}", "-q", *chosen, *asked.pytest)
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        return 0 if code == _NO_TESTS else code

    return run


PARTS: Final[dict[str, Callable[[Asked], int]]] = {
    "lint": _lint,
    "types": _types,
    **{name: _suite(name) for name in _SUITES},
}


def parse(words: list[str]) -> Asked | str:
    """What the words ask for, or what is wrong with them."""
    ours, pytest = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    parts = [word for word in ours if word != "--nightly"]
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        return f"there is no part {unknown[0]}; there are: {' '.join(PARTS)} (and --nightly, and -- PYTEST ARGS)"
    return Asked(tuple(parts) or tuple(PARTS), "--nightly" in ours, tuple(pytest))


def run(asked: Asked) -> int:
    """Run the parts and return the code of the first that failed, or 0."""
    outcomes = []
    for part in asked.parts:
        sys.stdout.write(f"== {part}\n")
        sys.stdout.flush()
        started = time.monotonic()
        code = PARTS[part](asked)
        outcomes.append(Outcome(part, code, time.monotonic() - started))
    sys.stdout.write("\n" + "".join(f"{outcome}\n" for outcome in outcomes))
    return next((outcome.code for outcome in outcomes if outcome.code), 0)


def main() -> int:
    """Entry point."""
    asked = parse(sys.argv[1:])
    if isinstance(asked, str):
        sys.stderr.write(f"error: {asked}\n")
        return _USAGE
    return run(asked)


if __name__ == "__main__":
    sys.exit(main())
