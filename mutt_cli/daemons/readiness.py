"""Which processes of a daemon can do their work: each tells, and the one that serves `/health` reads.

They share a few bytes of memory made before the fork, so that a Redis that is away cannot keep the answer back. One
that is paused falls silent, and silence is not readiness; for one that has ended its parent says so.
"""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

TELL_S: Final = 0.1
SILENT_S: Final = 5.0
"""One that has not told for so long is not ready; long enough for a machine that is very busy."""
_SLOT: Final = struct.Struct("d")


class Board:
    """One moment per process: when it last said that it is ready, by the boot clock; 0 if it says that it is not."""

    def __init__(self, processes: int, clock: Callable[[], float] = boottime_s) -> None:
        self._processes, self._clock = processes, clock
        self._memory = mmap.mmap(-1, _SLOT.size * processes)

    def tell(self, number: int, *, ready: bool) -> None:
        """Number `number`, counted from 1, is ready now, or is not."""
        _SLOT.pack_into(self._memory, _SLOT.size * (number - 1), self._clock() if ready else 0.0)

    def keep_telling(self, number: int, ready: Callable[[], bool], stop: Event) -> None:
        """For a thread of number `number`: until the daemon stops."""
        while not stop.is_set():
            self.tell(number, ready=ready())
            stop.wait(TELL_S)
        self.tell(number, ready=False)

    def all_ready(self) -> bool:
        """Whether every one has said so lately."""
        now = self._clock()
        moments = (_SLOT.unpack_from(self._memory, _SLOT.size * n)[0] for n in range(self._processes))
        return all(moment > 0 and now - moment < SILENT_S for moment in moments)
