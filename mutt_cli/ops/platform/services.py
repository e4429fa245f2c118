"""The daemons of a platform as data, and one of them as a child process."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import mutt_cli
from mutt_cli.adapters import ports as tcp
from mutt_cli.adapters.configuration import ENV_FILE_VARIABLE
from mutt_cli.adapters.engines.child import Child, Spec, minimal_environ
from mutt_cli.adapters.engines.processes import alive, arguments, environment, everything, stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.adapters.engines.python import Python
    from mutt_cli.ops.platform.layout import Layout

STOP_S: Final = 45.0
_PASSED_ON: Final = ("TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")


@dataclass(frozen=True)
class Service:
    """One daemon: its name after `mutt daemon`, and the settings that name its ports, the health port first."""

    name: str
    ports: tuple[str, ...]
    host: str = ""
    """Setting with the address its health page listens on; empty if that is every address or loopback."""
    outside: bool = False
    """Stands for something outside MUTT: starts first, stops last."""


SIMULATOR: Final = Service("simulator", ("SIMULATOR_PORT",), outside=True)
SERVICES: Final = (
    SIMULATOR,
    Service("ingestor", ("INGESTOR_PORT", "METRICS_PORT"), host="INGESTOR_HOST"),
    Service("alerter", ("ALERTER_HEALTH_PORT", "ALERTER_METRICS_PORT")),
    Service("forwarder", ("MOOG_FORWARDER_HEALTH_PORT", "MOOG_FORWARDER_METRICS_PORT")),
    Service("remediation", ("HEALTH_PORT_REMEDIATION", "METRICS_PORT_REMEDIATION")),
    Service("webui", ("WEBUI_PORT",), host="WEBUI_HOST"),
)
"""All daemons in starting order."""


@dataclass
class Daemon:
    """One daemon of a running platform."""

    service: Service
    layout: Layout
    python: Python
    host: str
    port: int
    child: Child | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name

    def start(self) -> None:
        """Start the process; `answers` tells when it is ready. Call it from the main thread (see `Child`)."""
        argv = [*self.python.argv, "-m", "mutt_cli", "daemon", self.name]
        log, environ, folders = self.layout.log(self.name), self.python.environ, self.python.folders
        self.child = Child(Spec(argv, self.layout.identity, log, environ=environ, folders=folders))

    def answers(self) -> bool:
        """Whether its health page says that it can do its work."""
        return tcp.health(self.host, self.port) == 200

    def ask_to_stop(self) -> None:
        """SIGTERM; `end` waits."""
        if self.child is not None and self.child.exit_code() is None:
            self.child.send(signal.SIGTERM)

    def end(self, patience_s: float) -> bool:
        """After `ask_to_stop`: wait for it, else kill it with its workers; whether it ended by itself."""
        if self.child is None:
            return True
        by_itself = self.child.wait(patience_s) is not None
        if not by_itself:
            self.child.kill_group()
        self.child = None
        return by_itself


def daemon_environ(layout: Layout, caller: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of every daemon: the settings file and configured secrets.

    Secrets travel by the environment because a file would keep them.
    """
    environ = minimal_environ() | {name: caller[name] for name in _PASSED_ON if caller.get(name)}
    environ |= {ENV_FILE_VARIABLE: str(layout.env_file), **secrets}
    source = Path(mutt_cli.__file__).parents[1]
    if source.name not in {"site-packages", "dist-packages"}:
        paths = [str(source), *(str(Path(one).absolute()) for one in environ.get("PYTHONPATH", "").split(":") if one)]
        environ["PYTHONPATH"] = ":".join(dict.fromkeys(paths))
    return environ


def end_earlier_daemons(layout: Layout) -> list[int]:
    """Stop daemons that a killed supervisor left on this folder; those that still live."""
    mine = (os.getpid(), os.getppid())
    found = [pid for pid in everything() if pid not in mine and _is_daemon_of(pid, layout)]
    return stop(found, ((signal.SIGTERM, STOP_S), (signal.SIGKILL, 5.0)))


def _is_daemon_of(pid: int, layout: Layout) -> bool:
    words = arguments(pid)
    if "mutt_cli" not in words or "daemon" not in words or not alive(pid):
        return False
    return environment(pid).get(ENV_FILE_VARIABLE) == str(layout.env_file)
