"""Sample events while something is broken: without any there is nothing that could be lost, and little to be seen.

They go in at the door as anybody's do. What was answered 200 is counted here, apart from the ledger that is to be
checked. What was not answered is not sent again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from mutt_cli.adapters.clock import IdSource, now_ms
from mutt_cli.core import demo
from mutt_cli.core.ingest_reply import Silence, Taken, meaning

if TYPE_CHECKING:
    from typing import Self

    from mutt_cli.ops.send import Door

_TICK_S: Final = 1.5
"""One alert each time: fewer than the delivery limit allows."""
_POST_S: Final = 5.0
_JOIN_S: Final = 2 * _POST_S


class Traffic:
    """A thread that sends. A context manager; `sent` and `answered` may be read at any time."""

    def __init__(self, door: Door | None) -> None:
        """Without a door nothing is sent."""
        self.sent = 0
        self.answered = 0
        self._door = door
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos traffic", daemon=True)

    def __enter__(self) -> Self:
        if self._door is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        ids, tick = IdSource(), now_ms() // 1000  # no two rounds send the same: a repeat would be no alert
        while self._door is not None and not self._over.is_set():
            events = demo.events(tick)
            self.sent += len(events)
            body = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
            heard = self._door.post(body, ids.new(), _POST_S)
            said = None if isinstance(heard, Silence) else meaning(heard, list(range(1, len(events) + 1)))
            if isinstance(said, Taken):
                self.answered += len(said.accepted)
            tick += 1
            self._over.wait(_TICK_S)
