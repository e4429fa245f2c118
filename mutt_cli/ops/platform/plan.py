"""What this platform consists of: what is embedded, what was configured, which daemons, which ports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from mutt_cli.adapters import configuration
from mutt_cli.adapters import ports as tcp
from mutt_cli.adapters.configuration import ENV_FILE_VARIABLE
from mutt_cli.adapters.contexts import state_dir
from mutt_cli.errors import MuttError
from mutt_cli.ops.platform.layout import ENV_FILE_NAME, locate
from mutt_cli.ops.platform.services import SERVICES, SIMULATOR
from mutt_cli.settings import BY_ENV, DECLARATIONS, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.ops.platform.layout import Layout
    from mutt_cli.ops.platform.services import Service

VAULT_PORT: Final = "VAULT_PORT"
"""Name of the embedded Vault's port in `Record.ports`; it is no setting, VAULT_ADDR holds it."""
_VAULT_DEFAULT: Final = 8200


@dataclass(frozen=True)
class Options:
    """What the caller of `mutt up` chose."""

    ports: Literal["fixed", "auto"] = "fixed"
    tcp: bool = False
    """Also open Redis and PostgreSQL on 127.0.0.1, for the guides' commands."""
    services: Sequence[Service] = SERVICES
    durable: bool = True
    """False, for tests only: PostgreSQL does not wait for the disk."""


@dataclass(frozen=True)
class Plan:
    """A platform before anything of it runs."""

    layout: Layout
    loaded: Configuration
    options: Options
    caller: Mapping[str, str]
    """The environment of `mutt up`."""

    @property
    def embeds_redis(self) -> bool:
        """Whether no Redis was configured."""
        return not self._configured("REDIS_HOST", "REDIS_SOCKET", "REDIS_SENTINELS")

    @property
    def embeds_database(self) -> bool:
        """Whether no PostgreSQL was configured."""
        return not self._configured("POSTGRES_HOST")

    @property
    def embeds_vault(self) -> bool:
        """Whether no Vault was configured."""
        return not self._configured("VAULT_ADDR")

    @property
    def services(self) -> tuple[Service, ...]:
        """The daemons to run: the simulator only if no Moogsoft was configured."""
        real = self._configured("MOOG_WEBHOOK_URL")
        return tuple(one for one in self.options.services if not (real and one is SIMULATOR))

    def port_names(self) -> list[str]:
        """Every port this platform will listen on, by setting."""
        names = [name for service in self.services for name in service.ports]
        names += [VAULT_PORT] if self.embeds_vault else []
        if self.options.tcp:
            names += ["REDIS_PORT"] if self.embeds_redis else []
            names += ["POSTGRES_PORT"] if self.embeds_database else []
        return names

    def secrets(self) -> dict[str, str]:
        """Configured values that must not be written to a file, by setting.

        A VAULT_TOKEN that a shell holds for another Vault is of no use to an embedded one.
        """
        return {
            one.env: str(value_of(self.loaded.settings, one))
            for one in DECLARATIONS
            if one.secret and self._configured(one.env) and not (self.embeds_vault and one.env == "VAULT_TOKEN")
        }

    def configured_values(self) -> dict[str, str]:
        """Configured values without secrets, as text, by setting."""
        return {
            one.env: _text(value_of(self.loaded.settings, one))
            for one in DECLARATIONS
            if not one.secret and self._configured(one.env)
        }

    def _configured(self, *names: str) -> bool:
        return any(self.loaded.sources.get(name, "default") != "default" for name in names)


def make_plan(caller: Mapping[str, str], options: Options) -> Plan:
    """Read the configuration and find the state folder. Raises ConfigError."""
    loaded = configuration.load(_without_own_file(caller))
    return Plan(locate(caller, loaded.settings.platform.run_user), loaded, options, caller)


def choose_ports(plan: Plan) -> dict[str, int]:
    """A port for each name. Raises MuttError MUTT-E111 naming each fixed port that is taken."""
    names = plan.port_names()
    if plan.options.ports == "auto":
        return dict(zip(names, tcp.free_ports(len(names)), strict=True))
    chosen = {name: _fixed(plan, name) for name in names}
    taken = [f"{port} ({name})" for name, port in chosen.items() if not tcp.is_free(port)]
    twice = [f"{port} ({name})" for name, port in chosen.items() if list(chosen.values()).count(port) > 1]
    if taken or twice:
        what = "taken by another process" if taken else "given to two services"
        raise MuttError(
            f"port {', '.join(taken or twice)} {'is' if len(taken or twice) == 1 else 'are'} {what}",
            code="MUTT-E111",
            why="Nothing was started.",
            tries=("mutt up --ports auto", f"ss -ltnp 'sport = :{(taken or twice)[0].split()[0]}'"),
        )
    return chosen


def _fixed(plan: Plan, name: str) -> int:
    if name == VAULT_PORT:
        return _VAULT_DEFAULT
    return int(str(value_of(plan.loaded.settings, BY_ENV[name])))


def _without_own_file(caller: Mapping[str, str]) -> dict[str, str]:
    """The environment without our own settings file: what an earlier `mutt up` wrote is not a configured back end."""
    named = caller.get(ENV_FILE_VARIABLE, "")
    own = state_dir(caller).absolute() / ENV_FILE_NAME
    return {name: text for name, text in caller.items() if name != ENV_FILE_VARIABLE or Path(named) != own}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
