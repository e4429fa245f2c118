"""One setting from every side: each layer that could say something, which one wins, and what each daemon runs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutt_cli.adapters.configuration import ENV_FILE, parse_env_text
from mutt_cli.errors import MuttError
from mutt_cli.keys import Keys
from mutt_cli.ops import dynamic
from mutt_cli.ops.backends import Backends
from mutt_cli.settings import value_of
from mutt_cli.settings.naming import declaration_named
from mutt_cli.settings.values import clean, shown, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.adapters.dynamic_store import Reader
    from mutt_cli.settings import Declaration


@dataclass(frozen=True)
class Layer:
    """One place where a value may stand; `text` None: it says nothing. Secrets are masked."""

    name: str
    place: str
    text: str | None
    wins: bool = False


@dataclass(frozen=True)
class Running:
    """One daemon and its own value; `state` compares it with what is published."""

    reader: Reader
    text: str
    state: str


@dataclass(frozen=True)
class Explained:
    """Everything about one setting."""

    declaration: Declaration
    value: str
    source: str
    layers: tuple[Layer, ...]
    daemons: tuple[Running, ...]
    returns_s: int | None
    warnings: tuple[str, ...]


def explained(configuration: Configuration, environ: Mapping[str, str], name: str) -> Explained:
    """Raises NotFoundError for a name that is no setting; without Redis less is known, and a warning says so."""
    one = declaration_named(name, command="mutt config show {}")
    seen, warnings = None, []
    try:
        with Backends(configuration.settings) as backends:
            seen = dynamic.view(backends, configuration)
    except MuttError as error:
        warnings.append(f"what is set at run time, and what daemons run with, is not known: {error.message}")
    source = seen.source(configuration, one) if seen else configuration.sources[one.env]
    settings = seen.settings if seen and source == "dynamic" else configuration.settings
    layers = _layers(configuration, environ, one, dict(seen.chosen) if seen else {})
    marked = tuple(Layer(layer.name, layer.place, layer.text, layer.name == source) for layer in layers)
    daemons = tuple(_running(one, reader, state) for reader, state in _readers(seen, one)) if seen else ()
    names = {one.env, one.dynamic, *one.aliases, *one.dynamic_aliases} - {""}
    notices = (*configuration.notices, *(seen.notices if seen else ()))
    warnings += [str(notice) for notice in notices if notice.name in names]
    returns = seen.returns.get(one.dynamic) if seen and one.dynamic else None
    return Explained(
        one, _told(one, to_text(value_of(settings, one))), source, marked, daemons, returns, tuple(warnings)
    )


def _layers(
    configuration: Configuration, environ: Mapping[str, str], one: Declaration, chosen: Mapping[str, str]
) -> list[Layer]:
    path = configuration.env_file or ENV_FILE
    texts = parse_env_text(path.read_text(errors="replace"))[0] if path.exists() else {}
    layers = []
    if one.dynamic:
        names = (one.dynamic, *one.dynamic_aliases)
        stored = next((name for name in names if name in chosen), None)
        layers.append(
            Layer(
                "dynamic",
                Keys(configuration.settings.redis.key_tag).config(stored or one.dynamic),
                _or_none(one, stored and chosen[stored]),
            )
        )
    for layer, known, place in (("environment", environ, "of this command"), ("file", texts, str(path))):
        name = next((name for name in (one.env, *one.aliases) if known.get(name)), None)
        where = f"{name} in {place}" if layer == "file" and name not in {None, one.env} else place
        layers.append(Layer(layer, where, _or_none(one, clean(known[name]).text if name else None)))
    layers.append(Layer("default", "built in", _told(one, to_text(one.default))))
    return layers


def _readers(seen: dynamic.View, one: Declaration) -> list[tuple[Reader, str]]:
    if one.dynamic:
        return [(reader, str(state)) for reader, state in seen.readers_of(one)]
    return [(reader, "") for reader in seen.readers if reader.service in one.services]


def _running(one: Declaration, reader: Reader, state: str) -> Running:
    text = reader.value(one)
    if text.startswith("sha256:"):
        text = "a value that is not shown"
    elif one.secret:
        text = "not told"
    return Running(reader, text, state)


def _or_none(one: Declaration, text: str | None) -> str | None:
    return None if not text else _told(one, text)


def _told(one: Declaration, text: str) -> str:
    if one.secret:
        return "********" if text else ""
    return shown(one, text)[1:-1] if one.may_hold_secret and text else text
