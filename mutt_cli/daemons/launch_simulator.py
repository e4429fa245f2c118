"""Starting the Moogsoft simulator as a daemon: it needs no Redis, no Vault and no secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters import identity
from mutt_cli.daemons.simulator import serve

if TYPE_CHECKING:
    from mutt_cli.settings import Settings


def simulator(settings: Settings) -> int:
    """Serve on 127.0.0.1:SIMULATOR_PORT until SIGTERM; what arrives is also kept in the state folder."""
    if wanted := identity.requested(os.environ):
        identity.drop_privileges(*wanted)
    state = settings.platform.state_dir
    serve("127.0.0.1", settings.platform.simulator_port, Path(state) / "simulator.jsonl" if state else None)
    return 0
