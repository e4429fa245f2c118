"""Settings as files: written, read, and compared with other files, contexts and earlier versions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mutt_cli.adapters.configuration import load, parse_env_text
from mutt_cli.adapters.contexts import choose, own_only
from mutt_cli.adapters.files import write_whole
from mutt_cli.core.env_lines import line_of
from mutt_cli.errors import AuthError, ConfigError, NotFoundError
from mutt_cli.ops import config_history, dynamic
from mutt_cli.settings import DECLARATIONS, Settings, apply_dynamic, value_of
from mutt_cli.settings.naming import declaration_named
from mutt_cli.settings.values import shown, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.backends import Backends
    from mutt_cli.settings import Declaration


@dataclass(frozen=True)
class Difference:
    """One setting that is not the same in both places; what may hold a secret is masked."""

    declaration: Declaration
    here: str
    there: str


@dataclass(frozen=True)
class Compared:
    """What differs; `other` says from what."""

    other: str
    rows: tuple[Difference, ...]


@dataclass(frozen=True)
class Exported:
    """The settings that are not the default, by name, and those that were left out because they may be secret."""

    texts: Mapping[str, str]
    left_out: tuple[str, ...]

    @property
    def content(self) -> str:
        """The file."""
        left = [f"# {name} is set and may hold a secret: not written\n" for name in self.left_out]
        return "".join([*left, *(f"{line_of(name, text)}\n" for name, text in self.texts.items())])


def exported(backends: Backends, configuration: Configuration) -> Exported:
    """What is in effect here. Raises RedisUnavailableError."""
    seen = dynamic.view(backends, configuration)
    texts, left = {}, []
    for one in DECLARATIONS:
        settings = (
            seen.settings if one.dynamic and seen.source(configuration, one) == "dynamic" else configuration.settings
        )
        value = value_of(settings, one)
        if value == one.default:
            continue
        if one.secret or (one.may_hold_secret and shown(one, to_text(value))[1:-1] != to_text(value)):
            left.append(one.env)
        else:
            texts[one.env] = to_text(value)
    return Exported(texts, tuple(left))


def save(path: str, found: Exported) -> str:
    """Write it, whole or not at all; returns where. Raises AuthError where that is not possible."""
    place = Path(path).absolute()
    try:
        write_whole(place, found.content, 0o640)
    except OSError as error:
        raise AuthError(f"{path} cannot be written: {error.strerror}", code="MUTT-C107") from error
    return str(place)


def wishes(configuration: Configuration, path: str) -> tuple[list[tuple[str, str]], list[str]]:
    """What a file says that can change at run time, and a line for each that needs a restart and differs here.

    Raises ConfigError MUTT-C101 with every bad value, C102 if the file cannot be read.
    """
    there = load({}, Path(path))
    texts = _texts(path)
    wanted, left = [], []
    for name in texts:
        one = declaration_named(name)
        value = value_of(there.settings, one)
        if one.dynamic:
            wanted.append((one.dynamic, to_text(value)))
        elif value != value_of(configuration.settings, one) and not one.secret:
            left.append(f"{one.env} needs a restart: mutt config set {line_of(one.env, to_text(value))}")
    return list(dict(wanted).items()), left


def compared(
    backends: Backends, configuration: Configuration, environ: Mapping[str, str], other: str | None
) -> Compared:
    """What is different there. Raises NotFoundError for what is no context, file or version."""
    here = dynamic.view(backends, configuration).settings
    if other is None:
        return Compared("the defaults", _differences(here, Settings()))
    if other.isdigit():
        chosen = config_history.as_of(backends, configuration, int(other))
        there, _ = apply_dynamic(dynamic.obeying(configuration.settings), chosen)
        return Compared(f"version {other}", _differences(here, there))
    if Path(other).is_file():
        return Compared(other, _differences(configuration.settings, load({}, Path(other)).settings))
    try:
        context = choose(environ, other)
    except NotFoundError as error:
        raise NotFoundError(f"{other} is no context, file or version", tries=error.tries) from error
    there = load(own_only(environ), context.env_file, context=context.settings).settings
    return Compared(f"context {other}", _differences(configuration.settings, there))


def _texts(path: str) -> dict[str, str]:
    try:
        content = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", code="MUTT-C102") from error
    known = {name for one in DECLARATIONS for name in (one.env, *one.aliases)}
    return {name: text for name, text in parse_env_text(content)[0].items() if name in known and text}


def _differences(here: Settings, there: Settings) -> tuple[Difference, ...]:
    return tuple(
        Difference(one, _told(one, here), _told(one, there))
        for one in DECLARATIONS
        if value_of(here, one) != value_of(there, one)
    )


def _told(one: Declaration, settings: Settings) -> str:
    text = to_text(value_of(settings, one))
    if one.secret:
        return "********" if text else ""
    return shown(one, text)[1:-1] if one.may_hold_secret and text else text
