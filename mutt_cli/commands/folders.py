"""Where this host keeps what of the chosen deployment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutt_cli.adapters.contexts import state_dir

if TYPE_CHECKING:
    from mutt_cli.commands.context import Run
    from mutt_cli.ops.snapshot.local import Folders


def folders(run: Run) -> Folders:
    """Those that a snapshot looks at."""
    from mutt_cli.ops.snapshot.local import Folders

    settings = run.settings
    backups = settings.platform.backup_dir
    logs = Path(settings.log.directory) if settings.log.directory else None
    state = state_dir(run.environ)
    return Folders(state, Path(backups) if backups else state / "backups", logs, witness_folder(run))


def witness_folder(run: Run) -> Path:
    """Where the ingestors of this deployment on this host note accepted ids: the state folder of its own file."""
    from mutt_cli.adapters.configuration import parse_env_text

    file = run.configuration.env_file
    named: Any = parse_env_text(file.read_text(errors="replace"))[0].get("MUTT_STATE_DIR") if file else None
    return Path(named or run.settings.platform.state_dir or state_dir(run.environ)) / "witness"
