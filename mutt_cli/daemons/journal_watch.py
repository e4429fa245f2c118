"""Watching the journal's size, so that a data base that is away costs history and never alerts (core/pressure.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mutt_cli.adapters import journal_stream
from mutt_cli.adapters.redis_client import REDIS_TROUBLE
from mutt_cli.core.pressure import Pressure, pressure

if TYPE_CHECKING:
    from mutt_cli.daemons.runtime import Runtime

LOOK_S = 1.0


class JournalWatch:
    """A thread of a worker; `level` is read by its work loop."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._client = runtime.redis()
        self.level = Pressure.NONE

    def run(self) -> None:
        """Until the daemon stops. While Redis is away the last level stays."""
        settings = self._runtime.settings.history
        action: Literal["shed", "stop"] = "stop" if settings.journal_full_action == "stop" else "shed"
        while not self._runtime.stop.is_set():
            try:
                used = journal_stream.size_bytes(self._client, self._runtime.keys)
            except REDIS_TROUBLE as error:
                self._runtime.log.debug("the journal's size is not known now: %s", error)
            else:
                self._note(pressure(used, settings.journal_max_bytes, action), used)
            self._runtime.stop.wait(LOOK_S)

    def _note(self, level: Pressure, used: int) -> None:
        if level == self.level:
            return
        cap = self._runtime.settings.history.journal_max_bytes
        tell = self._runtime.log.error if level > self.level else self._runtime.log.warning
        word = level.name.lower().replace("_", " ")
        tell("journal at %d bytes, cap %d (JOURNAL_MAX_BYTES): %s; is PostgreSQL away?", used, cap, word)
        self.level = level
