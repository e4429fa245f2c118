"""A settings file judged as a whole: what cannot be used, what is odd, and whether the stores answer where it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import postgres, redis_client
from mutt_cli.adapters.configuration import load
from mutt_cli.adapters.redis_client import failures_named
from mutt_cli.errors import ConfigError, MuttError
from mutt_cli.settings import missing_for
from mutt_cli.settings.declaration import SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mutt_cli.settings import Settings

State = Literal["ok", "warn", "crit"]
_WANTS_A_PASSWORD: Final = frozenset({"MUTT-R102", "MUTT-P102"})
"""It is there, and daemons get its password from Vault."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    state: State
    setting: str
    text: str


@dataclass(frozen=True)
class Judged:
    """What was judged, and what was found, the worst first."""

    place: str
    findings: tuple[Finding, ...]


def judged(environ: Mapping[str, str], path: Path | None) -> Judged:
    """Read the file (and, of this deployment, the environment) and look at all of it. Raises ConfigError C102 only."""
    place = str(path) if path else "the environment and the defaults"
    try:
        configuration = load(environ, path)
    except ConfigError as error:
        if error.code != "MUTT-C101":
            raise
        bad = [line.strip().partition(":") for line in error.message.splitlines()[1:]]
        return Judged(place, tuple(Finding("crit", name.split(" ")[0], text.strip()) for name, _, text in bad))
    found = [Finding("warn", notice.name, notice.text) for notice in configuration.notices]
    found += _missing(configuration.settings)
    found += [_redis(configuration.settings), _database(configuration.settings), _vault(configuration.settings)]
    order = ("crit", "warn", "ok")
    return Judged(place, tuple(sorted(found, key=lambda one: order.index(one.state))))


def _missing(settings: Settings) -> list[Finding]:
    return [
        Finding("crit", declaration.env, f"is not set: {service} cannot start without it")
        for service in SERVICES
        for declaration in missing_for(settings, service)
    ]


def _redis(settings: Settings) -> Finding:
    where = redis_client.address(settings.redis)
    client = redis_client.connect(settings.redis)
    client.connection_pool.connection_kwargs["socket_timeout"] = 2.0
    try:
        with failures_named():
            client.ping()
    except MuttError as error:
        return _unreached("REDIS_HOST", where, error)
    finally:
        client.close()
    return Finding("ok", "REDIS_HOST", f"Redis answers at {where}")


def _database(settings: Settings) -> Finding:
    where = f"{settings.postgres.host}:{settings.postgres.port}"
    try:
        postgres.connect(settings.postgres, settings.postgres.password, "mutt").close()
    except MuttError as error:
        return _unreached("POSTGRES_HOST", where, error)
    return Finding("ok", "POSTGRES_HOST", f"PostgreSQL answers at {where}")


def _vault(settings: Settings) -> Finding:
    if not settings.vault.addr:
        return Finding("warn", "VAULT_ADDR", "is not set: secrets have to come from elsewhere")
    from mutt_cli.adapters.vault import VaultSession  # noqa: PLC0415  its library takes 0.14 s to load

    try:
        VaultSession(replace(settings.vault, startup_timeout=0)).check_health()
    except MuttError as error:
        return _unreached("VAULT_ADDR", settings.vault.addr, error)
    return Finding("ok", "VAULT_ADDR", f"Vault answers at {settings.vault.addr}")


def _unreached(setting: str, where: str, error: MuttError) -> Finding:
    if error.code in _WANTS_A_PASSWORD:
        return Finding("ok", setting, f"answers at {where}, and wants a password")
    return Finding("crit", setting, error.message)
