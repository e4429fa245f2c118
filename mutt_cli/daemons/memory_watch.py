"""How much memory an alerter's worker holds and what for: a line when it has its rules, then every ten minutes (C-83).

The same numbers are gauges, set anew every few seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import host
from mutt_cli.adapters.clock import boottime_s

if TYPE_CHECKING:
    from mutt_cli.daemons.meters import AlerterMeters
    from mutt_cli.daemons.rulebook import Book, Rulebook
    from mutt_cli.daemons.runtime import Runtime

LOOK_EVERY_S: Final = 10.0
TELL_EVERY_S: Final = 600.0
MIB: Final = 1 << 20


class MemoryWatch:
    """A thread of one worker."""

    def __init__(self, runtime: Runtime, rulebook: Rulebook, meters: AlerterMeters) -> None:
        self._runtime, self._rulebook, self._meters = runtime, rulebook, meters
        self._next_line = 0.0

    def run(self) -> None:
        """Until the daemon stops; it begins when there are rules."""
        stop = self._runtime.stop
        while not self._rulebook.loaded.wait(0.5) and not stop.is_set():
            pass
        while not stop.is_set():
            if self._rulebook.book is not None:
                self._look(self._rulebook.book)
            stop.wait(LOOK_EVERY_S)

    def _look(self, book: Book) -> None:
        rss, rules, inventory = host.rss_bytes(), len(book.rules.rules), book.inventory
        self._meters.memory(rss, rules, len(inventory.dev_hosts), len(inventory.teams))
        if boottime_s() < self._next_line:
            return
        self._next_line = boottime_s() + TELL_EVERY_S
        self._runtime.log.info(
            "memory: %d MiB resident, %d rules cached", rss // MIB, rules, extra={"rss_bytes": rss, "rules": rules}
        )
