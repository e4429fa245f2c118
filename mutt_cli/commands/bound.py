"""The total time a command may take (D37), whatever hangs: a server that swallows packets, a resolver, a lock.

Every call to a back end has its own, shorter limit; this one is for their sum, and for what knows no limit. A command
that changes something is interrupted by it as by Ctrl-C, and its record is closed. What a person takes to answer a
question, to read a page or to edit a text is not counted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s
from mutt_cli.errors import UNREACHABLE, OutOfTimeError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_GRACE_S: Final = 1.0
"""Longer than Python needs to come back from a call that a signal interrupts; a resolver does not come back."""
_RECORDING_S: Final = 3.0
"""As much more has a command that changes something, to cancel its statement and to close its record."""
_AGAIN_S: Final = 1.0
"""An interruption may itself hang, in telling a server that is not there to stop, or meet Python where it ignores
exceptions: it is repeated."""
_MARGIN: Final = 0.1
"""The part of its time that a waiting command leaves for telling what it saw; at most a second."""


@dataclass
class _Bound:
    """The time of the command that runs in this process."""

    seconds: float
    what: str
    changes: bool
    ends_at: float
    last: threading.Timer | None = None

    def arm(self) -> None:
        left = max(0.001, self.ends_at - boottime_s())
        signal.setitimer(signal.ITIMER_REAL, left, _AGAIN_S)
        grace = _GRACE_S + (_RECORDING_S if self.changes else 0)
        self.last = threading.Timer(left + grace, _give_up, (self,))
        self.last.daemon = True
        self.last.start()

    def disarm(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.last is not None:
            self.last.cancel()

    def late(self) -> UnreachableError:
        why = "a back end answers too slowly, or too much was asked at once"
        tries = ["mutt status", f"{self.what} ... --timeout {'2m' if self.changes else '30s'}"]
        if self.changes:
            why += "; what was done until then is in the operations journal"
            tries.insert(0, "mutt op list")
        return UnreachableError(
            f"{self.what} did not finish within {self.seconds:g} s", code="MUTT-U010", why=why, tries=tuple(tries)
        )


_current: _Bound | None = None


@contextmanager
def bounded(seconds: float, what: str, *, changes: bool = False) -> Iterator[None]:
    """End the block after so many seconds with MUTT-U010 (exit 5). Only in the main thread; infinite bounds nothing.

    `changes`: the block may change something, and gets a little more time to write down how far it came.
    """
    global _current  # noqa: PLW0603  a process runs one command, and has one alarm
    if seconds == float("inf") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError(f"{what} did not finish within {seconds:g} s")

    def unraisable(ignored: sys.UnraisableHookArgs) -> None:
        if not isinstance(ignored.exc_value, OutOfTimeError):  # where Python ignores it, it comes again
            told_before(ignored)

    told_before, sys.unraisablehook = sys.unraisablehook, unraisable
    bound = _Bound(seconds, what, changes, boottime_s() + seconds)
    before, _current = signal.signal(signal.SIGALRM, late), bound
    bound.arm()
    try:
        yield
    except OutOfTimeError as error:
        bound.disarm()
        raise bound.late() from error
    except RuntimeError as error:  # so Python up to 3.11 wraps what is raised while a class is made: in an import
        if not isinstance(error.__cause__, OutOfTimeError):
            raise
        bound.disarm()
        raise bound.late() from error
    finally:
        bound.disarm()
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = told_before
        _current = None


@contextmanager
def unhurried() -> Iterator[None]:
    """A person has the word: what they take is not counted."""
    bound, began = _current, boottime_s()
    if bound is None:
        yield
        return
    bound.disarm()
    try:
        yield
    finally:
        bound.ends_at += boottime_s() - began
        bound.arm()


def left_s(seconds: float) -> float:
    """Seconds that a wait may take which is to end by itself, of a command that may take `seconds` in all."""
    if _current is None:
        return seconds
    return max(0.0, _current.ends_at - boottime_s() - min(1.0, _MARGIN * seconds))


def _give_up(bound: _Bound) -> None:
    """End the process where the main thread hangs in a call that no signal interrupts."""
    from mutt_cli.present.errors import error_lines

    sys.stderr.write("".join(f"{line}\n" for line in error_lines(bound.late())))
    sys.stderr.flush()
    os._exit(UNREACHABLE)
