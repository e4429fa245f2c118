"""A flag that a signal handler may raise.

`threading.Event` is none: a handler runs in the middle of whatever the main thread does, also while that holds the
event's own lock, and then both wait for ever. Here the handler writes one byte into a pipe and takes no lock.
"""

from __future__ import annotations

import os
import select
from contextlib import suppress


class StopFlag:
    """Raised once, by a signal or anybody; one thread waits for it."""

    def __init__(self) -> None:
        self._raised = False
        self._reading, self._writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def set(self) -> None:
        """Raise it."""
        self._raised = True
        with suppress(BlockingIOError):  # full of earlier ones: whoever waits is awake
            os.write(self._writing, b"!")

    def is_set(self) -> bool:
        """Whether it was raised."""
        return self._raised

    def wait(self, seconds: float) -> bool:
        """Wait until it is raised, at most so long; whether it is."""
        if not self._raised:
            select.select([self._reading], [], [], seconds)
        return self._raised
