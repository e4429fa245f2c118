"""The end of `mutt health`: within its time and half a second, whatever hangs, with exit code 3 (ux.md 7.2)."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import process_age_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_ALARM_S: Final = 0.1
_LAST_S: Final = 0.25
"""Beyond the time: first by a signal, which a system call that does not return holds up, then by a thread."""
_UNKNOWN: Final = 3


@contextmanager
def hard_end(seconds: float, tell: Callable[[], object]) -> Iterator[None]:
    """End the process with UNKNOWN if the block has not ended so many seconds after the process began.

    `tell` prints the verdict then. Only in the main thread.
    """
    if seconds == float("inf") or threading.current_thread() is not threading.main_thread():
        yield
        return
    left, once = max(0.05, seconds - process_age_s()), threading.Lock()

    def end(_number: int = 0, _frame: FrameType | None = None) -> None:
        if once.acquire(blocking=False):
            try:
                tell()
            finally:
                os._exit(_UNKNOWN)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, left + _ALARM_S)
    last = threading.Timer(left + _LAST_S, end)
    last.daemon = True
    last.start()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        last.cancel()
        signal.signal(signal.SIGALRM, before)
