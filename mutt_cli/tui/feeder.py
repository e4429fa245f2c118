"""Events as they pass, collected by somebody who always waits for them.

What is recorded is taken out of Redis again within milliseconds, so it is only seen by who waits there at that moment:
a thread does, from the first time that a screen wants events.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from mutt_cli.errors import MuttError
from mutt_cli.ops.events import Feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutt_cli.ops.backends import Backends
    from mutt_cli.ops.events import Seen

_WAIT_S: Final = 0.5
_AGAIN_S: Final = 2.0
MOST: Final = 500


class Feeder:
    """The newest records, and how many were left out. Never raises; what is away is told by other screens."""

    def __init__(self, connect: Callable[[], Backends]) -> None:
        self._connect = connect
        self._kept: deque[Seen] = deque(maxlen=MOST)
        self._counts: dict[str, int] = {"records_left_out": 0}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def newest(self) -> tuple[list[Seen], dict[str, int]]:
        """Records, the newest first, and the counts of the feed. Begins to collect at the first call."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._collect, name="top-events", daemon=True)
                self._thread.start()
            return list(self._kept), dict(self._counts)

    def _collect(self) -> None:
        pause = threading.Event()
        while True:
            backends = self._connect()
            try:
                feed = Feed(backends)
                while True:
                    fresh = feed.look(_WAIT_S)
                    if fresh:
                        with self._lock:
                            self._kept.extendleft(fresh)
                            self._counts = feed.counts()
            except MuttError:
                backends.close()
                pause.wait(_AGAIN_S)
