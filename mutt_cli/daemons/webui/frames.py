"""Keeps a look at everything, every few seconds, for `mutt top`: curves that are full at once, and the last two hours.

One process of all web UIs of a deployment does it, by turns. It is for people who look: whatever fails here is said
once and tried again, and no request waits for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters import configuration, frame_ring
from mutt_cli.errors import MuttError
from mutt_cli.ops.lookout import Lookout
from mutt_cli.ops.snapshot.local import Folders

if TYPE_CHECKING:
    from mutt_cli.adapters.redis_client import Client
    from mutt_cli.daemons.runtime import Runtime

_RETRY_S: Final = 60.0


class FrameKeeper:
    """Takes frames until the daemon stops."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._trouble = ""

    def run(self) -> None:
        """The thread's work. Returns when the daemon stops, or at once where it is switched off."""
        interval = self._runtime.settings.platform.frame_interval
        if not interval:
            return
        client = self._runtime.redis()
        while not self._runtime.stop.wait(interval):
            try:
                self._rounds(client, interval)
            except MuttError as error:
                self._tell(f"{error.code}: {error.message}")
            except Exception:  # what is for people to look at must not end what they work with
                self._runtime.log.exception("a look for mutt top failed by a bug; it is tried again in %g s", _RETRY_S)
                self._runtime.stop.wait(_RETRY_S)

    def _rounds(self, client: Client, interval: int) -> None:
        """With one set of connections, for as long as nothing fails."""
        with Lookout(configuration.load(os.environ), folders_of(self._runtime)) as lookout:
            while True:
                if frame_ring.take_turn(client, self._runtime.keys, interval):
                    frame_ring.append(client, self._runtime.keys, lookout.look(), interval)
                    self._tell("")
                if self._runtime.stop.wait(interval):
                    return

    def _tell(self, trouble: str) -> None:
        """Say it once, and when it is over."""
        if trouble != self._trouble:
            told = f"frames for mutt top are not kept: {trouble}" if trouble else "frames for mutt top are kept again"
            self._runtime.log.warning("%s", told)
        self._trouble = trouble


def folders_of(runtime: Runtime) -> Folders:
    """Where this host keeps what, as the daemon was told."""
    settings = runtime.settings
    state = Path(settings.platform.state_dir or runtime.state_dir)
    backups = settings.platform.backup_dir
    logs = Path(settings.log.directory) if settings.log.directory else None
    return Folders(state, Path(backups) if backups else state / "backups", logs, state / "witness")
