"""Which deployment a command is about: the host's own, the platform that `mutt up` runs, or only the defaults.

Also where this user's local state lives. Only files are looked at here; nothing connects.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.configuration import find_env_file, parse_env_text
from mutt_cli.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROTECTED: Final = re.compile(r"(?i)(^|[^a-z])(prod|production|prd|live)([^a-z]|$)")


@dataclass(frozen=True)
class Context:
    """One deployment as seen from here. `env_file` is None if there is none: environment and defaults only."""

    name: str
    env_file: Path | None
    protected: bool
    read_only: bool
    """MUTT_READ_ONLY=1: nothing may be changed."""


def state_dir(environ: Mapping[str, str]) -> Path:
    """MUTT_STATE_DIR, else /var/lib/mutt as root, else the XDG state folder. It may not exist yet."""
    if environ.get("MUTT_STATE_DIR"):
        return Path(environ["MUTT_STATE_DIR"])
    if os.geteuid() == 0:
        return Path("/var/lib/mutt")
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return Path(base) / "mutt"


def choose(environ: Mapping[str, str], name: str | None = None) -> Context:
    """The context of that name; without one the host's file, else the running platform of this user, else defaults.

    MUTT_ENV_FILE names another file for the context `local`. Raises NotFoundError for a name nobody knows.
    """
    state = state_dir(environ)
    running = _platform_runs(state / "platform.json")
    if name is None:
        name = "up" if running and find_env_file(environ) is None else "local"
    if name == "local":
        return _context(name, find_env_file(environ), environ)
    if name == "up" and running:
        return _context(name, state / "mutt.env", environ)
    known = "local, up" if running else "local"
    raise NotFoundError(
        f"there is no context {name!r}; there is: {known}",
        tries=("mutt up",) if name == "up" else (f"mutt --context {known.rpartition(' ')[2]} ...",),
    )


def _context(name: str, env_file: Path | None, environ: Mapping[str, str]) -> Context:
    read_only = environ.get("MUTT_READ_ONLY", "").lower() in {"1", "true", "yes", "on"}
    environment = environ.get("ENV") or _environment_of(env_file)
    return Context(name, env_file, name != "up" and bool(_PROTECTED.search(environment)), read_only)


def _environment_of(env_file: Path | None) -> str:
    """The value of ENV in the file; it is no setting of a daemon, and so not in its Settings."""
    if env_file is None:
        return ""
    try:
        return parse_env_text(env_file.read_text(errors="replace"))[0].get("ENV", "")
    except OSError:
        return ""  # the configuration's loader says what is wrong with the file


def _platform_runs(description: Path) -> bool:
    """Whether `mutt up` left its description and, if that names a process, the process is alive."""
    try:
        found = json.loads(description.read_bytes())
    except (OSError, ValueError):
        return False
    pid = found.get("pid") if isinstance(found, dict) else None
    return not isinstance(pid, int) or _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
