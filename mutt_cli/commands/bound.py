"""The total time a reading command may take (D37), whatever hangs: a server that swallows packets, a resolver.

Every call to a back end has its own, shorter limit; this one is for their sum, and for what knows no limit.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mutt_cli.errors import UNREACHABLE, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_GRACE_S: Final = 1.0
"""Longer than Python needs to come back from a call that a signal interrupts; a resolver does not come back."""


@contextmanager
def bounded(seconds: float, what: str) -> Iterator[None]:
    """End the block after so many seconds with MUTT-U010 (exit 5). Only in the main thread; infinite bounds nothing."""
    if seconds == float("inf") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_number: int, _frame: FrameType | None) -> None:
        raise _late(seconds, what)

    last = threading.Timer(seconds + _GRACE_S, _give_up, (seconds, what))
    last.daemon = True
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    last.start()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        last.cancel()


def _late(seconds: float, what: str) -> UnreachableError:
    return UnreachableError(
        f"{what} did not finish within {seconds:g} s",
        code="MUTT-U010",
        why="a back end answers too slowly, or too much was asked at once",
        tries=("mutt status", f"{what} ... --timeout 30s"),
    )


def _give_up(seconds: float, what: str) -> None:
    """End the process where the main thread hangs in a call that no signal interrupts."""
    from mutt_cli.present.errors import error_lines

    sys.stderr.write("".join(f"{line}\n" for line in error_lines(_late(seconds, what))))
    sys.stderr.flush()
    os._exit(UNREACHABLE)
