"""What a support bundle is made of: each part asked of the operation of the command that shows it, all at once.

Nothing here is redacted yet: `present/bundle_fields.py` says what of it may leave.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mutt_cli import __version__
from mutt_cli.adapters import frame_ring
from mutt_cli.adapters.clock import now_ms, utc_now
from mutt_cli.adapters.host import hostname
from mutt_cli.adapters.own_texts import own_texts
from mutt_cli.core.allowlist import vocabulary
from mutt_cli.core.log_filter import LogFilter
from mutt_cli.errors import MuttError
from mutt_cli.ops import audit, database, dlq_list, dynamic, metrics, operations, reconcile, redis_server, vault
from mutt_cli.ops.backends import Backends
from mutt_cli.ops.database_health import health
from mutt_cli.ops.dlq_replay import LETTERS
from mutt_cli.ops.gather import connected
from mutt_cli.ops.logs import find
from mutt_cli.ops.status import status
from mutt_cli.settings import DECLARATIONS
from mutt_cli.settings.root import value_of
from mutt_cli.settings.values import to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.log_entry import Entry
    from mutt_cli.core.top.frame import Frame
    from mutt_cli.ops.logs import Places
    from mutt_cli.ops.snapshot.local import Folders
    from mutt_cli.settings import Settings

MOST_LINES: Final = 5000
"""Log lines of a bundle, the newest."""
EXAMPLES: Final = 20
"""Dead letters that are named by their ids."""
LETTERS_S: Final = 5.0
FLOW_MS: Final = 30 * 60_000


@dataclass(frozen=True)
class Asked:
    """Which time of which deployment, and where this host keeps what."""

    configuration: Configuration
    since: datetime
    until: datetime
    state_folder: Path
    folders: Folders
    logs: Places

    @property
    def settings(self) -> Settings:
        """Of the deployment."""
        return self.configuration.settings


@dataclass(frozen=True)
class Lines:
    """The newest log lines of the time; `whole` is whether these are all."""

    entries: tuple[Entry, ...]
    whole: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class CrashFile:
    """What a bug left on this host; the text stays there."""

    name: str
    size_bytes: int
    at: datetime


@dataclass(frozen=True)
class Letters:
    """Dead letters counted by reason, and some of the newest."""

    groups: dlq_list.Groups
    newest: dlq_list.Letters


def looks(asked: Asked) -> dict[str, Callable[[], Any]]:
    """Every part by its name. Each connects for itself, so that one that hangs holds up no other."""
    settings, configuration = asked.settings, asked.configuration

    alone = partial(connected, settings)
    vaults = {"vault": lambda: vault.status(settings), "token": lambda: vault.token(settings)}
    return {
        "versions": versions,
        "status": lambda: status(configuration, asked.folders),
        "configuration": lambda: configuration,
        "settings": alone(lambda backends: dynamic.view(backends, configuration)),
        "flow": alone(_flow),
        "metrics": alone(lambda backends: metrics.read(backends, twice=False)),
        "dead-letters": alone(_letters),
        "ledger": alone(lambda backends: reconcile.reconcile(backends, asked.folders.witness)),
        "operations": alone(
            lambda backends: operations.listed(backends, asked.state_folder, since=asked.since, until=asked.until)
        ),
        "audit": alone(lambda backends: audit.search(backends, audit.Wanted(asked.since, asked.until))),
        "logs": lambda: _lines(asked),
        "redis": alone(lambda backends: (redis_server.info(backends), redis_server.memory_of(backends.redis()))),
        "database": alone(_database),
        **(vaults if settings.vault.addr else {}),
        "crashes": lambda: _crashes(asked.state_folder),
    }


def _flow(backends: Backends) -> list[Frame]:
    """The last half hour, as the deployment keeps it of itself."""
    frames = frame_ring.read(backends.redis(), backends.keys)
    return [one for one in frames if one.at_ms > now_ms() - FLOW_MS]


def versions() -> dict[str, str]:
    """Of this program and of what it runs on."""
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    return {
        "mutt": __version__,
        "python": platform.python_version(),
        "system": system or platform.system(),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "deployment": _deployment(),
    }


def own_words(names: list[str]) -> frozenset[str]:
    """The words that may leave: those of our program text, and of the names of this host and these machines."""
    parts = "".join(char if char.isalnum() else " " for char in " ".join([hostname(), *names]).lower()).split()
    return vocabulary(own_texts()) | frozenset(parts)


def known_secrets(settings: Settings, environment: frozenset[str]) -> tuple[str, ...]:
    """Every secret that this host knows: of settings, of addresses, and (`environment`) of variables."""
    found = set(environment)
    for declaration in DECLARATIONS:
        text = to_text(value_of(settings, declaration))
        if declaration.secret:
            found |= {text, *text.split(",")}
        elif declaration.may_hold_secret and "://" in text:
            address = text.partition("://")[2]
            found |= {address.rpartition("@")[0], address.partition("?")[2], address.partition("#")[2]}
    return tuple(one for one in found if one)


def vault_secrets(settings: Settings) -> tuple[str, ...]:
    """The values in Vault; none if they cannot be read. They are looked for, never shown."""
    if not settings.vault.addr:
        return ()
    try:
        with Backends(settings) as backends:
            held = backends.secrets()
    except MuttError:
        return ()
    return tuple(value for name in held.names for value in held.accepted(name))


def _letters(backends: Backends) -> Letters:
    groups = dlq_list.grouped(backends, LETTERS, (), "reason")
    return Letters(groups, dlq_list.listed(backends, LETTERS, (), most=EXAMPLES, seconds=LETTERS_S))


def _lines(asked: Asked) -> Lines:
    first, last = (round(one.timestamp() * 1000) for one in (asked.since, asked.until))
    found = find(asked.logs, ())
    entries = found.last(LogFilter("", "", "", first, last), MOST_LINES + 1)
    return Lines(tuple(entries[-MOST_LINES:]), len(entries) <= MOST_LINES, found.warnings)


def _database(backends: Backends) -> tuple[database.DatabaseStatus, Any]:
    with database.working(backends) as conn:
        return database.status(conn, utc_now().date()), health(conn, backends.settings)


def _crashes(folder: Path) -> tuple[CrashFile, ...]:
    found = []
    for path in sorted(folder.glob("crash-*.txt")):
        facts = path.lstat()
        found.append(CrashFile(path.name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, tz=UTC)))
    return tuple(found)


def _deployment() -> str:
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    return "Standalone"
