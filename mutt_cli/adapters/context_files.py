"""Contexts as they are written down: TOML tables in the user's own file and in /etc/mutt/contexts.d.

    [prod-east]
    environment = "prod"        # protected, because of the name; `protected = false` says otherwise
    require_reason = true
    env_file = "/etc/mutt/prod-east.env"
    REDIS_HOST = "10.0.3.11"    # any setting that is no secret

The user's file wins over the host's. No secret belongs here: VAULT_TOKEN_FILE names a file that holds one.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mutt_cli.adapters.files import write_whole
from mutt_cli.errors import ConfigError
from mutt_cli.settings import BY_ENV

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST_FOLDER: Final = Path("/etc/mutt/contexts.d")
SWITCHES: Final = ("protected", "read_only", "require_reason")
TEXTS: Final = ("environment", "color", "env_file")
COLORS: Final = ("red", "yellow", "green", "blue", "magenta", "cyan", "white")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_LARGEST: Final = 1 << 20
_PROTECTED: Final = re.compile(r"(?i)(^|[^a-z])(prod|production|prd|live)([^a-z]|$)")


@dataclass(frozen=True)
class Definition:
    """One context as it is written down."""

    name: str
    place: Path
    """The file it is in."""
    environment: str = ""
    protected: bool | None = None
    """None = by its name and environment."""
    read_only: bool = False
    require_reason: bool = False
    color: str = ""
    env_file: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Values of settings, by the names of mutt.env."""

    @property
    def is_protected(self) -> bool:
        """As said, else because the name or the environment means production."""
        return looks_like_production(self.name, self.environment) if self.protected is None else self.protected


def looks_like_production(*texts: str) -> bool:
    """Whether a name or an environment means production: prod, prd or live, as a word."""
    return any(_PROTECTED.search(text) for text in texts)


def user_file(environ: Mapping[str, str]) -> Path:
    """`contexts.toml` of this user."""
    base = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home()) / ".config"
    return Path(base) / "mutt" / "contexts.toml"


def definitions(environ: Mapping[str, str]) -> dict[str, Definition]:
    """Every context that is written down, by name. Raises ConfigError MUTT-C108 for a file that is none."""
    found: dict[str, Definition] = {}
    host = Path(environ.get("MUTT_CONTEXTS_DIR") or HOST_FOLDER)
    places = [*(sorted(host.glob("*.toml")) if host.is_dir() else []), user_file(environ)]
    for place in places:
        for name, table in _tables(place).items():
            found[name] = _definition(name, table, place)
    return found


def write(environ: Mapping[str, str], name: str, table: Mapping[str, Any]) -> tuple[Path, str | None]:
    """Put fields of a context into the user's own file; what else it says of that context stays.

    Returns the file, and its text before (None if there was none).
    """
    place = user_file(environ)
    tables = _tables(place)
    before = place.read_text(encoding="utf-8") if place.exists() else None
    former = tables.get(name)
    tables[name] = (former if isinstance(former, dict) else {}) | dict(table)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(place, _as_toml(tables), 0o600)
    return place, before


def put_back(place: Path, text: str | None) -> None:
    """The file as it was before."""
    if text is None:
        place.unlink(missing_ok=True)
    else:
        write_whole(place, text, 0o600)


def problem_with(name: str, field_name: str, value: str) -> str:
    """Why a field of a context cannot have this value; empty if it can."""
    if not _NAME.fullmatch(name) or name in {"local", "up", "-"}:
        return f"{name!r} is no name for a context: letters, digits, dots, dashes; not local, up or -"
    if field_name in SWITCHES:
        return "" if value in {"true", "false"} else f"{field_name} is true or false"
    if field_name in TEXTS:
        return f"color is one of {', '.join(COLORS)}" if field_name == "color" and value not in COLORS else ""
    return _problem_with_setting(field_name)


def _problem_with_setting(name: str) -> str:
    declaration = BY_ENV.get(name)
    if declaration is None:
        return f"there is no field {name}: {', '.join((*SWITCHES, *TEXTS))}, or a setting such as REDIS_HOST"
    if declaration.secret:
        return f"{name} is a secret: it belongs into Vault or into a file (VAULT_TOKEN_FILE)"
    return ""


def _tables(place: Path) -> dict[str, Any]:
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _broken(place, error.strerror or str(error)) from error
    try:
        if len(content) > _LARGEST:
            raise _broken(place, "it is larger than 1 MiB")
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _broken(place, str(error)) from error


def _definition(name: str, table: Any, place: Path) -> Definition:
    if not isinstance(table, dict):
        raise _broken(place, f"{name} is no table")
    values = {str(key): _text(value) for key, value in table.items()}
    for key, value in values.items():
        if problem := problem_with(name, key, value):
            raise _broken(place, problem)
    settings = {key: value for key, value in values.items() if key in BY_ENV}
    file, protected = values.get("env_file"), values.get("protected")
    return Definition(
        name, place, values.get("environment", ""), None if protected is None else protected == "true",
        values.get("read_only") == "true", values.get("require_reason") == "true", values.get("color", ""),
        Path(os.path.expanduser(file)) if file else None, settings,  # noqa: PTH111  a path that may begin with ~
    )  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _as_toml(tables: Mapping[str, Any]) -> str:
    """The same tables as text. A JSON string is a TOML string."""
    lines = ["# Deployments that mutt knows: see `mutt help contexts`. No secret belongs here."]
    for name, table in tables.items():
        lines += ["", f"[{json.dumps(name)}]"]
        lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    return "\n".join([*lines, ""])


def _value(value: Any) -> str:
    return _text(value) if isinstance(value, (bool, int)) else json.dumps(str(value), ensure_ascii=False)


def _broken(place: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{place} cannot be used: {why}", code="MUTT-C108", why="it says which deployments there are",
        tries=(f"mutt context list (once {place} is mended)", "mutt --context local ..."),
    )  # fmt: skip
