"""The end of `mutt health`: within its time and half a second, whatever hangs, with exit code 3 (ux.md 7.2)."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ALARM_S: Final = 0.2
_LAST_S: Final = 0.4
"""Beyond the time: first by a signal, which a system call that does not return holds up, then by a thread."""
_UNKNOWN: Final = 3


@contextmanager
def hard_end(seconds: float) -> Iterator[None]:
    """End the process with UNKNOWN if the block has not ended by then. Only in the main thread."""
    if seconds == float("inf") or threading.current_thread() is not threading.main_thread():
        yield
        return
    line = f"MUTT UNKNOWN - nothing was found out within {seconds:g} s -- try: mutt health --timeout 30s\n"

    def end(_number: int = 0, _frame: FrameType | None = None) -> None:
        os.write(sys.stdout.fileno(), line.encode())
        os._exit(_UNKNOWN)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds + _ALARM_S)
    last = threading.Timer(seconds + _LAST_S, end)
    last.daemon = True
    last.start()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        last.cancel()
        signal.signal(signal.SIGALRM, before)
