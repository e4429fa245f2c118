"""Reads the settings: flag, then environment, then `mutt.env`, then default; all mistakes are told at once.

The file is the shared `EnvironmentFile` of the guides. It is read here and not trusted to systemd, which keeps
trailing comments (contradictions.md C-18). An empty value counts as not set. Aliases of earlier versions are
accepted with a notice; within one place the canonical name wins.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mutt_cli.errors import ConfigError, UsageError
from mutt_cli.settings import BY_ENV, DECLARATIONS, Declaration, Notice, Settings, Value, missing_for, with_values
from mutt_cli.settings.relations import adjust, advise
from mutt_cli.settings.retired import retired_notice
from mutt_cli.settings.values import Refused, clean, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ENV_FILE: Final = Path("/etc/mutt/mutt.env")
ENV_FILE_VARIABLE: Final = "MUTT_ENV_FILE"

_LINE: Final = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=(?P<raw>.*)", re.DOTALL)
_LARGEST_FILE: Final = 1024 * 1024

_CONVERSIONS: Final[Mapping[tuple[str, str], Callable[[str], str]]] = {
    # These aliases say the same thing in another form.
    ("LOG_JSON_ENABLED", "LOG_FORMAT"): lambda text: "json" if text.lower() in ("true", "1", "yes", "on") else "text",
    ("VAULT_SECRETS_PATH", "VAULT_MOUNT_PATH"): lambda text: text.strip("/").partition("/")[0],
    ("VAULT_SECRETS_PATH", "VAULT_SECRET_PATH"): lambda text: text.strip("/").partition("/")[2],
}


@dataclass(frozen=True)
class Configuration:
    """What was read, where each value came from, and what is worth telling."""

    settings: Settings
    sources: Mapping[str, str]
    """Canonical name to "default", "file", "environment" or "flag"."""
    notices: tuple[Notice, ...] = ()
    env_file: Path | None = None
    """The file that was read; None if there is none."""


@dataclass(frozen=True)
class Place:
    """The texts found in one place, by name as written there."""

    source: str
    texts: Mapping[str, str]
    where: str = ""
    """For error messages: ` in /etc/mutt/mutt.env`."""


@dataclass
class _Reading:
    """What has been found so far."""

    values: dict[Declaration, Value] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def load(
    environ: Mapping[str, str],
    env_file: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    context: Mapping[str, str] | None = None,
) -> Configuration:
    """Read every setting. `context` are the values of a chosen context, which win over the file.

    `env_file` is a file that must exist; without it MUTT_ENV_FILE names such a file, else /etc/mutt/mutt.env is
    read if it is there. `overrides` are values of flags by canonical name.
    Raises ConfigError MUTT-C101 with all bad values, MUTT-C102 if the file cannot be read, UsageError for an
    override that is no setting.
    """
    path = find_env_file(environ, env_file)
    file_texts, file_notices = _read_env_file(path) if path else ({}, ())
    environment_texts, environment_notices = _clean_environment(environ)
    flags = dict(overrides or {})
    _refuse_unknown_flags(flags)
    places = (
        Place("flag", flags, " on the command line"),
        Place("environment", environment_texts, " in the environment"),
        Place("context", dict(context or {}), " in the context"),
        Place("file", file_texts, f" in {path}"),
    )
    reading = _Reading(notices=[*file_notices, *environment_notices])
    for declaration in DECLARATIONS:
        _read_one(declaration, places, reading)
    if reading.refused:
        raise _bad_values(reading.refused)
    settings, raised = adjust(with_values(Settings(), reading.values.items()))
    notices = (*reading.notices, *_leftovers(places), *raised, *advise(settings))
    return Configuration(settings, reading.sources, tuple(dict.fromkeys(notices)), path)


def require(configuration: Configuration, service: str) -> None:
    """Raise ConfigError MUTT-C103, naming all settings this service cannot start without."""
    missing = missing_for(configuration.settings, service)
    if not missing:
        return
    names = ", ".join(declaration.env for declaration in missing)
    place = configuration.env_file or ENV_FILE
    raise ConfigError(
        f"{service} cannot start: {names} {'is' if len(missing) == 1 else 'are'} not set",
        code="MUTT-C103",
        why="\n".join(f"{declaration.env}: {declaration.meaning}" for declaration in missing),
        tries=(f"add the missing lines to {place}", "mutt config validate"),
    )


def find_env_file(environ: Mapping[str, str], env_file: Path | None = None) -> Path | None:
    """The settings file to read: the given one, else MUTT_ENV_FILE's, else /etc/mutt/mutt.env if it exists."""
    if env_file is not None:
        return env_file
    named = environ.get(ENV_FILE_VARIABLE, "")
    if named:
        return Path(named)
    try:
        return ENV_FILE if ENV_FILE.exists() else None
    except PermissionError:
        return ENV_FILE  # reading it tells why


def parse_env_text(text: str) -> tuple[dict[str, str], tuple[Notice, ...]]:
    """The cleaned values of a settings file by name, and what is odd about it. The last of two equal names wins."""
    texts: dict[str, str] = {}
    notices = []
    for number, line in enumerate(_lines(text), start=1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            notices.append(Notice("", f"line {number} is not NAME=value: ignored"))
            continue
        name, cleaned = match["name"], clean(match["raw"])
        if name in texts:
            notices.append(Notice(name, f"is set twice; line {number} wins"))
        if cleaned.comment_stripped and not _our_remark(name, match["raw"]):
            notices.append(Notice(name, f"comment at the end of line {number} is not part of the value"))
        texts[name] = cleaned.text
    return texts, tuple(notices)


def _lines(text: str) -> list[str]:
    """Lines as systemd sees them: only line feeds part them, a carriage return before one is no part of a value."""
    return [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]


def _our_remark(name: str, raw: str) -> bool:
    """The shipped file carries one such comment on purpose (C-15): no need to tell about it."""
    declaration = BY_ENV.get(name)
    return declaration is not None and bool(declaration.remark) and raw.rstrip().endswith(declaration.remark)


def _read_env_file(path: Path) -> tuple[dict[str, str], tuple[Notice, ...]]:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except OSError as problem:
        raise ConfigError(
            f"cannot read {path}: {(problem.strerror or 'unknown reason').lower()}",
            code="MUTT-C102",
            why="without its settings MUTT would run with defaults that are not yours",
            tries=(f"ls -l {path}", f"sudo -u mutt cat {path}", "join the group mutt and log in again"),
        ) from problem
    if len(content) > _LARGEST_FILE:
        raise ConfigError(f"{path} is larger than 1 MiB: not a settings file", code="MUTT-C102")
    return parse_env_text(content.decode("utf-8", errors="replace"))


def _clean_environment(environ: Mapping[str, str]) -> tuple[dict[str, str], list[Notice]]:
    """The texts of the environment; systemd leaves comments in them, containers leave quotes."""
    texts, notices = {}, []
    for name, raw in environ.items():
        cleaned = clean(raw)
        texts[name] = cleaned.text
        if cleaned.comment_stripped and name in _KNOWN and not _our_remark(name, raw):
            notices.append(Notice(name, "comment at the end of the value in the environment is not part of it"))
    return texts, notices


def _read_one(declaration: Declaration, places: Iterable[Place], reading: _Reading) -> None:
    """The value of one setting from the first place that has it; a bad text in that place is a mistake."""
    reading.sources[declaration.env] = "default"
    for place in places:
        chosen = _choose(declaration, place, reading.notices)
        if chosen is None:
            continue
        name, text = chosen
        reading.sources[declaration.env] = place.source
        if declaration.secret and place.source == "file":
            reading.notices.append(Notice(name, "is a secret in a file that others can read; keep it in Vault"))
        value = parse(declaration, text)
        if isinstance(value, Refused):
            reading.refused.append(f"{name}{place.where}: {value.text}")
        else:
            reading.values[declaration] = value
        return


def _choose(declaration: Declaration, place: Place, notices: list[Notice]) -> tuple[str, str] | None:
    """The name and text of a setting in one place: the canonical name, else its first alias that is set."""
    given = [
        (name, text)
        for name in (declaration.env, *declaration.aliases)
        if (text := _converted(name, declaration.env, place.texts.get(name, "")))
    ]
    if not given:
        return None
    (winner, text), *others = given
    if winner != declaration.env:
        notices.append(Notice(winner, f"is the earlier name of {declaration.env}"))
    notices.extend(
        Notice(name, f"contradicts {winner}{place.where}, which wins") for name, other in others if other != text
    )
    return winner, text


def _converted(name: str, canonical: str, text: str) -> str:
    convert = _CONVERSIONS.get((name, canonical))
    return convert(text) if convert and text else text


def _leftovers(places: Iterable[Place]) -> list[Notice]:
    """Names of earlier versions without effect anywhere, and names nobody knows in the file."""
    notices = []
    for place in places:
        for name, text in place.texts.items():
            retired = retired_notice(name, text)
            if retired:
                notices.append(retired)
            elif place.source == "file" and name not in _KNOWN:
                notices.append(_unknown(name))
    return notices


def _unknown(name: str) -> Notice:
    near = difflib.get_close_matches(name, _KNOWN, n=1, cutoff=0.75)
    return Notice(name, f"there is no such setting; did you mean {near[0]}?" if near else "there is no such setting")


def _refuse_unknown_flags(flags: Mapping[str, str]) -> None:
    for name in flags:
        if name not in BY_ENV:
            raise UsageError(_unknown(name).text.replace("such setting", f"setting {name}"), code="MUTT-C104")


def _bad_values(refused: list[str]) -> ConfigError:
    count = len(refused)
    return ConfigError(
        "\n".join([f"{count} setting{'s' if count > 1 else ''} cannot be used", *(f"  {line}" for line in refused)]),
        code="MUTT-C101",
        why="nothing was started",
        tries=("correct the lines above", "mutt config validate"),
    )


_KNOWN: Final = frozenset(
    name for declaration in DECLARATIONS for name in (declaration.env, *declaration.aliases)
) | frozenset((ENV_FILE_VARIABLE, "ENV"))
"""Names that may stand in the file. `ENV` says which environment this is: contexts read it, no daemon does."""
