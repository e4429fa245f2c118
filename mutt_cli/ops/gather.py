"""Many looks at once: each in a thread of its own, with a time of its own; one that fails is a value that says why.

Nobody waits for a look that hangs: its thread is left behind, and what it finds later is not read.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.adapters.postgres import DatabaseError, explain
from mutt_cli.errors import MuttError, UnreachableError
from mutt_cli.ops.backends import Backends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from mutt_cli.settings import Settings

T = TypeVar("T")

LATE: Final = "MUTT-U010"
BUG: Final = "MUTT-X001"


@dataclass(frozen=True)
class Looked:
    """What one look found, or the error because of which it found nothing; `took_s` seconds."""

    name: str
    found: Any
    error: MuttError | None
    took_s: float
    surprise: Exception | None = None
    """The bug behind the error, where it is one."""


def connected(settings: Settings, look: Callable[[Backends], T]) -> Callable[[], T]:
    """A look with connections of its own, so that one that hangs holds up no other."""

    def alone() -> T:
        with Backends(settings) as backends:
            return look(backends)

    return alone


class Kept:
    """Connections that looks keep from one time to the next, by name; one that is in use is nobody else's.

    A look that failed gets new ones. One that is still under way when it is wanted again is not begun a second time:
    who hangs must not be joined by another every other second. A context manager.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: dict[str, Backends] = {}
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = list(self._idle.values()), {}
        for one in idle:
            one.close()

    def connected(self, name: str, look: Callable[[Backends], T]) -> Callable[[], T]:
        """The look of this name, with the connections that it had before."""

        def again() -> T:
            backends = self._taken(name)
            try:
                found = look(backends)
            except BaseException:
                backends.close()
                raise
            else:
                self._given_back(name, backends)
                return found
            finally:
                with self._lock:
                    self._busy.discard(name)

        return again

    def _taken(self, name: str) -> Backends:
        with self._lock:
            if name in self._busy:
                raise UnreachableError(f"{name} has not finished since it was last asked", code=LATE)
            self._busy.add(name)
            return self._idle.pop(name, None) or Backends(self._settings)

    def _given_back(self, name: str, backends: Backends) -> None:
        with self._lock:
            if not self._closed:
                self._idle[name] = backends
                return
        backends.close()


def looked(name: str, task: Callable[[], Any], settings: Settings) -> Looked:
    """What the task found, or the error that an operator can read. Never raises."""
    began = boottime_s()
    found, error, surprise = None, None, None
    try:
        found = task()
    except MuttError as problem:
        error = problem
    except DatabaseError as problem:
        error = explain(problem, settings.postgres)
    except Exception as problem:  # noqa: BLE001  one look must not cost the others theirs
        error, surprise = bug(problem), problem
    return Looked(name, found, error, boottime_s() - began, surprise)


def together(looks: Mapping[str, Callable[[], Any]], settings: Settings, seconds: float) -> dict[str, Looked]:
    """Every look by its name, in the order given; all have ended or were given up after so many seconds."""
    began, done = boottime_s(), {name: threading.Event() for name in looks}
    answers: dict[str, Looked] = {}

    def look(name: str, task: Callable[[], Any]) -> None:
        answers[name] = looked(name, task, settings)
        done[name].set()

    for name, task in looks.items():
        threading.Thread(target=look, args=(name, task), name=f"look-{name}", daemon=True).start()
    for name in looks:
        done[name].wait(max(0.0, began + seconds - boottime_s()))
    known = dict(answers)
    return {name: known.get(name) or _late(name, seconds) for name in looks}


def _late(name: str, seconds: float) -> Looked:
    error = UnreachableError(f"{name} did not finish within {seconds:g} s", code=LATE)
    return Looked(name, None, error, seconds)


def bug(problem: Exception) -> MuttError:
    """The type alone: the text may quote what it failed on."""
    return MuttError(f"this is a bug in mutt: {type(problem).__name__}", code=BUG)
