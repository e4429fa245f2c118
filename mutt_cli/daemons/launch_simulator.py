"""Starting the Moogsoft simulator as a daemon: it needs no Redis, no Vault and no secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.daemons.simulator import serve

if TYPE_CHECKING:
    from mutt_cli.settings import Settings


def simulator(settings: Settings) -> int:
    """Serve on 127.0.0.1:SIMULATOR_PORT until SIGTERM; what arrives is kept in the state folder, made if need be."""
    state = settings.platform.state_dir
    if state:
        Path(state).mkdir(mode=0o700, parents=True, exist_ok=True)
    serve("127.0.0.1", settings.platform.simulator_port, Path(state) / "simulator.jsonl" if state else None)
    return 0
