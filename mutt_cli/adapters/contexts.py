"""Which deployment a command is about: the host's own, the platform that `mutt up` runs, or only the defaults.

Also where this user's local state lives. Only files are looked at here; nothing connects.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters import context_choice, context_files
from mutt_cli.adapters.configuration import ENV_FILE, ENV_FILE_VARIABLE, find_env_file, parse_env_text
from mutt_cli.errors import NotFoundError
from mutt_cli.settings import BY_ENV

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mutt_cli.adapters.context_files import Definition


@dataclass(frozen=True)
class Context:
    """One deployment as seen from here. `env_file` is None if there is none: environment and defaults only."""

    name: str
    env_file: Path | None
    protected: bool
    read_only: bool
    """Nothing may be changed: MUTT_READ_ONLY=1, or the context says so."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that the context itself has; they win over the file."""
    require_reason: bool = False
    color: str = ""
    notice: str = ""
    """What is worth telling about how it was chosen."""


def state_dir(environ: Mapping[str, str]) -> Path:
    """MUTT_STATE_DIR, else /var/lib/mutt as root, else the XDG state folder. It may not exist yet."""
    if environ.get("MUTT_STATE_DIR"):
        return Path(environ["MUTT_STATE_DIR"])
    if os.geteuid() == 0:
        return Path("/var/lib/mutt")
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return Path(base) / "mutt"


def choose(environ: Mapping[str, str], name: str | None = None, now: datetime | None = None) -> Context:
    """The context of that name; without one what this person chose with `context use`, else the host's own file, else
    the running platform of this user, else defaults.

    MUTT_ENV_FILE names another file for the context `local`. Raises NotFoundError for a name nobody knows, ConfigError
    for a file of contexts that cannot be read.
    """  # noqa: D205  one sentence
    state = state_dir(environ)
    chosen = context_choice.current(state, now) if name is None and now is not None else context_choice.Chosen()
    name = name or chosen.name or None
    running = _platform_runs(state / "platform.json")
    if name is None:
        name = "up" if running and find_env_file(environ) is None else "local"
    if name == "local":
        return replace(_context(name, find_env_file(environ), environ), notice=chosen.notice)
    if name == "up" and running:
        return replace(_context(name, state / "mutt.env", environ), notice=chosen.notice)
    known = context_files.definitions(environ)
    if name in known:
        return _defined(known[name], environ)
    names = ", ".join(["local", *(["up"] if running else []), *known])
    raise NotFoundError(
        f"there is no context {name!r}; there is: {names}",
        tries=("mutt up",) if name == "up" else ("mutt context list", f"mutt context add {name} --set REDIS_HOST=..."),
    )


def own_only(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings: with it a context means what is written down."""
    names = {name for one in BY_ENV.values() for name in (one.env, *one.aliases)}
    return {name: value for name, value in environ.items() if name not in names and name != ENV_FILE_VARIABLE}


def every(environ: Mapping[str, str]) -> list[Context]:
    """All contexts that can be chosen."""
    names = ["local", *(["up"] if _platform_runs(state_dir(environ) / "platform.json") else [])]
    return [choose(environ, name) for name in (*names, *context_files.definitions(environ))]


def _defined(one: Definition, environ: Mapping[str, str]) -> Context:
    file = one.env_file or (ENV_FILE if ENV_FILE.exists() else None)
    return Context(
        one.name, file, one.is_protected, one.read_only or _is_read_only(environ), one.settings, one.require_reason,
        one.color,
    )  # fmt: skip


def _context(name: str, env_file: Path | None, environ: Mapping[str, str]) -> Context:
    # ENV of the shell may be the start file of a POSIX shell: it may add protection and never takes it away.
    protected = name != "up" and context_files.looks_like_production(environment_of(env_file), environ.get("ENV", ""))
    return Context(name, env_file, protected, _is_read_only(environ))


def _is_read_only(environ: Mapping[str, str]) -> bool:
    return environ.get("MUTT_READ_ONLY", "").lower() in {"1", "true", "yes", "on"}


def environment_of(env_file: Path | None) -> str:
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
