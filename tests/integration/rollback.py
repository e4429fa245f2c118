"""A Valkey that can be put back to an earlier instant, as a failover to a replica that lagged does."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters import witness_totals
from mutt_cli.adapters.clock import IdSource
from mutt_cli.adapters.witness_totals import Statement
from tests.contract.protocol.workers import KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from mutt_cli.adapters.engines.valkey import Valkey
    from tests.integration.flow import Flow


@dataclass
class Lagging:
    """A server and where the copy of its past is kept."""

    server: Valkey
    copy: Path

    def keep(self) -> None:
        """Remember this instant: the replica lags from now on."""
        self.server.stop()
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.server.data, self.copy)
        self.server.start()

    def fail_over(self) -> None:
        """SIGKILL, and what was kept takes over."""
        assert self.server.child
        self.server.child.kill_group()
        self.server.child = None
        shutil.rmtree(self.server.data)
        shutil.copytree(self.copy, self.server.data)
        if os.geteuid() == 0:
            account = self.server.identity
            for path in (self.server.data, *self.server.data.rglob("*")):
                os.chown(path, account.uid, account.gid)
        self.server.start()


def publish(flow: Flow) -> None:
    """What the ingestor's thread does each minute: say all totals."""
    said = Statement(IdSource().new(), dict(flow.notes.totals), since="2000-01-01T00:00")
    witness_totals.publish(flow.client, KEYS, "ingestor-1", said)
