"""The evidence that only this host has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mutt_cli.adapters import firewalld, host_facts
from mutt_cli.core import firewall
from mutt_cli.core.diagnosis.evidence import Host, LogFile, Place, Port, ShutPort, Unit
from mutt_cli.ops.platform import record
from mutt_cli.ops.platform.layout import ENV_FILE_NAME
from mutt_cli.ops.snapshot.services import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mutt_cli.adapters.configuration import Configuration
    from mutt_cli.core.snapshot import Instance
    from mutt_cli.ops.snapshot.local import Folders
    from mutt_cli.settings import Settings

_SETTINGS: Final = {
    "ingestor": "INGESTOR_PORT", "alerter": "ALERTER_HEALTH_PORT", "forwarder": "MOOG_FORWARDER_HEALTH_PORT",
    "remediation": "HEALTH_PORT_REMEDIATION", "webui": "WEBUI_PORT",
}  # fmt: skip
_OURS: Final = ("mutt", "daemon")


def look(configuration: Configuration, folders: Folders, environ: Mapping[str, str]) -> Host:
    """Everything but the ports, which are looked at once it is known who is not at work."""
    places = [folders.state, folders.backups, *([folders.logs] if folders.logs else [])]
    shares = {str(one): share for one in places if (share := host_facts.inodes_used(_existing(one))) is not None}
    return Host(
        memory_available=host_facts.memory_available(),
        load_per_core=host_facts.load_per_core(),
        inodes_used=shares,
        other_mutt=host_facts.other_mutt(environ.get("PATH", os.defpath)),
        units={service: _unit(values) for service, values in host_facts.units().items()},
        places=tuple(_places(folders)),
        unresolved=host_facts.unresolved(_names(configuration.settings)),
        selinux_denials=host_facts.selinux_denials(("mutt", "muttctl", "python3")),
        logs=tuple(LogFile(str(path), size) for path, size in host_facts.log_files(folders.logs))
        if folders.logs
        else (),
        stopped_platform="" if configuration.env_file else _stopped_platform(folders.state),
    )


def _stopped_platform(state: Path) -> str:
    return str(state) if (state / ENV_FILE_NAME).is_file() and record.running(state) is None else ""


def stolen_ports(settings: Settings, instances: tuple[Instance, ...]) -> tuple[Port, ...]:
    """Ports of services that are not at work here, and on which somebody listens who is no daemon of ours."""
    found = []
    for service, (_, number) in pages(settings).items():
        if any(one.service == service and one.state == "ok" for one in instances):
            continue
        listener = host_facts.listener(number)
        if listener is not None and listener.command and not all(word in listener.command for word in _OURS):
            found.append(Port(service, _SETTINGS[service], number))
    return tuple(found)


def shut_ports(settings: Settings) -> tuple[ShutPort, ...]:
    """The ingestor's, where one runs here and is meant to be reached from elsewhere (C-12)."""
    one = settings.ingest
    if one.host.startswith("127.") or one.host in {"localhost", "::1"} or host_facts.listener(one.port) is None:
        return ()
    closed = firewall.shut(firewalld.active_zones(), one.port)
    return (ShutPort("ingestor", _SETTINGS["ingestor"], one.port, closed),) if closed else ()


def _unit(values: Mapping[str, str]) -> Unit:
    restarts = values.get("NRestarts", "0")
    return Unit(
        name=values["Id"].removesuffix(".service"),
        active=values.get("ActiveState", ""),
        result=values.get("Result", ""),
        status=values.get("ExecMainStatus", ""),
        restarts=int(restarts) if restarts.isdigit() else 0,
        enabled=values.get("UnitFileState", ""),
        reload_needed=values.get("NeedDaemonReload") == "yes",
    )


def _places(folders: Folders) -> Iterator[Place]:
    """Folders of this account's that cannot be written to. What is not there yet is made by who needs it first."""
    for folder, setting in (
        (folders.state, "MUTT_STATE_DIR"),
        (folders.backups, "MUTT_BACKUP_DIR"),
        (folders.logs, "LOG_DIR"),
    ):
        if folder is None:
            continue
        if folder.exists() and not folder.is_dir():
            yield Place(str(folder), "is no folder", setting)
        elif folder.is_dir() and folder.stat().st_uid == os.geteuid() and not os.access(folder, os.W_OK | os.X_OK):
            yield Place(str(folder), "cannot be written to", setting)


def _names(settings: Settings) -> dict[str, str]:
    """Names of other hosts, by what they are the setting of; addresses and sockets need no name service."""
    wanted = {
        "" if settings.redis.socket else settings.redis.host: "REDIS_HOST",
        settings.postgres.host: "POSTGRES_HOST",
        urlsplit(settings.vault.addr).hostname or "": "VAULT_ADDR",
    }
    return {name: setting for name, setting in wanted.items() if name and not name.startswith("/")}


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
