"""All settings together, and the ways to find one: by its name, an alias of it, or its dynamic key."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from mutt_cli.settings.declaration import Declaration, Value, declarations_of
from mutt_cli.settings.moogsoft import Moog
from mutt_cli.settings.operation import Drills, History, Log, Platform, ServiceLevels, WebUi
from mutt_cli.settings.pipeline import Alerter, Forwarder, Ingest, Remediation, Worker
from mutt_cli.settings.stores import Postgres, Redis, Vault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Settings:
    """Every setting of MUTT, by area. `Settings()` holds the defaults."""

    redis: Redis = field(default_factory=Redis)
    postgres: Postgres = field(default_factory=Postgres)
    vault: Vault = field(default_factory=Vault)
    ingest: Ingest = field(default_factory=Ingest)
    worker: Worker = field(default_factory=Worker)
    alerter: Alerter = field(default_factory=Alerter)
    forwarder: Forwarder = field(default_factory=Forwarder)
    moog: Moog = field(default_factory=Moog)
    remediation: Remediation = field(default_factory=Remediation)
    webui: WebUi = field(default_factory=WebUi)
    log: Log = field(default_factory=Log)
    history: History = field(default_factory=History)
    slo: ServiceLevels = field(default_factory=ServiceLevels)
    drills: Drills = field(default_factory=Drills)
    platform: Platform = field(default_factory=Platform)


_AREAS: Final[dict[str, type]] = {one.name: get_type_hints(Settings)[one.name] for one in fields(Settings)}

AREAS: Final = tuple(_AREAS)
"""Names of the areas, in the order of the shipped file."""

DECLARATIONS: Final = tuple(
    declaration for area, declaring in _AREAS.items() for declaration in declarations_of(area, declaring)
)
"""Every setting once, in the order of the shipped file."""

BY_ENV: Final[Mapping[str, Declaration]] = {declaration.env: declaration for declaration in DECLARATIONS}
"""Canonical name to declaration."""

BY_DYNAMIC: Final[Mapping[str, Declaration]] = {
    key: declaration
    for declaration in DECLARATIONS
    for key in (declaration.dynamic, *declaration.dynamic_aliases)
    if key
}
"""Dynamic key (or an alias of one) to declaration."""


def area_meaning(area: str) -> str:
    """What an area is about, from the first line of its class."""
    return (_AREAS[area].__doc__ or "").strip().splitlines()[0]


def value_of(settings: Settings, declaration: Declaration) -> Value:
    """The value of one setting."""
    value: Value = getattr(getattr(settings, declaration.area), declaration.attribute)
    return value


def with_values(settings: Settings, values: Iterable[tuple[Declaration, Value]]) -> Settings:
    """The same settings with some values replaced; the values must already be checked."""
    by_area: dict[str, dict[str, Any]] = {}
    for declaration, value in values:
        by_area.setdefault(declaration.area, {})[declaration.attribute] = value
    changed: dict[str, Any] = {area: replace(getattr(settings, area), **some) for area, some in by_area.items()}
    return replace(settings, **changed)


def missing_for(settings: Settings, service: str) -> tuple[Declaration, ...]:
    """The settings without which this service cannot start and which are empty."""
    return tuple(
        declaration
        for declaration in DECLARATIONS
        if service in declaration.required_by and value_of(settings, declaration) == ""
    )
