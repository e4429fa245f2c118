"""Everything CI runs. `./bin/check` calls it as `python -m tests.check [PART...] [--nightly] [-- PYTEST ARGS]`.

All parts run even if one fails; a line per part with its seconds closes the run, and the exit code is that of the
first part that failed. Tests with servers and daemons wait more than they compute, so some run side by side: files of
a suite in several workers, and the suite `faults` beside the others; what it says is shown when it has ended. With
arguments for pytest all runs one after another in one process, so that `-s`, `-x` and `--pdb` mean what they say.
A night ends with the benches that belong to it, alone on the machine: they fail where an answer is wrong, and tell
times without judging them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT: Final = Path(__file__).resolve().parent.parent
_TOOLS: Final = Path(sys.executable).parent
_SUITES: Final = ("core", "contract", "integration", "acceptance", "faults", "docs")
_BESIDE: Final = frozenset({"faults"})
"""What runs beside the other suites: most of its time is leases and pauses."""
_WORKERS: Final = {"faults": 2, "acceptance": 4}
_WORKERS_ELSE: Final = 3
"""How many files of a suite run at once. What has leases of 2 s shares two cores with few; what waits for daemons more
than it computes leaves them idle with three."""
_SPREAD: Final = (
    "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0",
    "--continue-on-collection-errors",
)  # fmt: skip
"""A file stays together: its tests may share a stack. A crash of a worker ends its suite: pytest-xdist 3.8 may wait for
ever for the one that replaces it (its issue 784)."""
_SLOWEST: Final = ("--durations", "15", "--durations-min", "4")
"""What a run says of itself, so that somebody sees where its minutes go."""
_BENCHES: Final = ("web",)
"""What the part `bench` runs, each in full."""
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
    said: str = ""
    """What it has not said yet, because it ran beside others."""

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


def _lint() -> int:
    ruff = str(_TOOLS / "ruff")
    codes = (
        _quietly(ruff, "check", *_sources()),
        _quietly(ruff, "format", "--check", *_sources()),
        _quietly(str(_TOOLS / "lint-imports")),
    )
    return next((code for code in codes if code), 0)


def _types() -> int:
    return _quietly(sys.executable, "-m", "mypy", *_sources())


def _bench() -> int:
    return next((code for name in _BENCHES if (code := _loudly(sys.executable, "-m", f"bench.{name}"))), 0)


def _loudly(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode


_TOOL_PARTS: Final[dict[str, Callable[[], int]]] = {"lint": _lint, "types": _types}
_LAST: Final[dict[str, Callable[[], int]]] = {"bench": _bench}
PARTS: Final = (*_TOOL_PARTS, *_SUITES)
"""What runs when nobody names a part."""
NIGHTLY: Final = (*PARTS, *_LAST)


def _foreground(part: str, asked: Asked) -> Outcome:
    _say(f"== {part}\n")
    started = time.monotonic()
    tool = (_TOOL_PARTS | _LAST).get(part)
    code = tool() if tool else _suite(part, asked).returncode
    return Outcome(part, _judged(code), time.monotonic() - started)


def _aside(part: str, asked: Asked) -> Outcome:
    started = time.monotonic()
    done = _suite(part, asked, aside=True)
    return Outcome(part, _judged(done.returncode), time.monotonic() - started, done.stdout)


def _suite(part: str, asked: Asked, *, aside: bool = False) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "pytest", *pytest_words(part, asked))
    if not (ROOT / "tests" / part).is_dir():
        return subprocess.CompletedProcess(command, 0, "")
    out, err = (subprocess.PIPE, subprocess.STDOUT) if aside else (None, None)
    return subprocess.run(
        command, cwd=ROOT, check=False, text=True, stdout=out, stderr=err, env=environment(asked, os.environ)
    )


def environment(asked: Asked, ours: Mapping[str, str]) -> dict[str, str]:
    """What pytest and all that tests start is given.

    What Python has compiled is kept: else each worker of each suite compiles all tests anew. By night every command
    starts cold (see `tests/warm_start.py`).
    """
    kept = {name: value for name, value in ours.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | ({"MUTT_TEST_STARTS": "cold"} if asked.nightly else {})


def pytest_words(part: str, asked: Asked) -> tuple[str, ...]:
    """What pytest is told."""
    chosen = () if asked.nightly else ("-m", "not nightly")
    return (
        f"tests/{part}",
        "-q",
        *_SLOWEST,
        *chosen,
        *(asked.pytest or ("-n", str(_WORKERS.get(part, _WORKERS_ELSE)), *_SPREAD)),
    )


def _judged(code: int) -> int:
    return 0 if code == _NO_TESTS else code


def parse(words: list[str]) -> Asked | str:
    """What the words ask for, or what is wrong with them."""
    ours, pytest = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    parts = [word for word in ours if word != "--nightly"]
    unknown = [part for part in parts if part not in NIGHTLY]
    if unknown:
        return f"there is no part {unknown[0]}; there are: {' '.join(NIGHTLY)} (and --nightly, and -- PYTEST ARGS)"
    nightly = "--nightly" in ours
    return Asked(tuple(parts) or (NIGHTLY if nightly and not pytest else PARTS), nightly, tuple(pytest))


def run(asked: Asked) -> int:
    """Run the parts and return the code of the first that failed, or 0."""
    tools = [_foreground(part, asked) for part in asked.parts if part in _TOOL_PARTS]
    suites = [part for part in asked.parts if part in _SUITES]
    beside = set() if asked.pytest or len(suites) == 1 else _BESIDE.intersection(suites)
    with ThreadPoolExecutor() as pool:
        promised = {part: pool.submit(_aside, part, asked) for part in suites if part in beside}
        done = {part: _foreground(part, asked) for part in suites if part not in beside}
        for part, promise in promised.items():
            _say(f"== {part} (ran beside the others)\n")
            done[part] = promise.result()
            _say(done[part].said)
    last = [_foreground(part, asked) for part in asked.parts if part in _LAST]
    outcomes = [*tools, *(done[part] for part in suites), *last]
    _say("\n" + "".join(f"{outcome}\n" for outcome in outcomes))
    return next((outcome.code for outcome in outcomes if outcome.code), 0)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> int:
    """Entry point."""
    asked = parse(sys.argv[1:])
    if isinstance(asked, str):
        sys.stderr.write(f"error: {asked}\n")
        return _USAGE
    return run(asked)


if __name__ == "__main__":
    sys.exit(main())
