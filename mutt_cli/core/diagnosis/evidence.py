"""What a diagnosis rests on: a snapshot, the checks on it, and what was looked up besides. Gathered once, then judged.

A part that could not be had is empty or None: then no cause is found by it, and the checks still say what is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mutt_cli.core.checks import Check
    from mutt_cli.core.health.check import HealthCheck
    from mutt_cli.core.snapshot import Instance, Pipeline, Snapshot


@dataclass(frozen=True)
class Moogsoft:
    """One probe of Moogsoft from here. `failed`: the step that did not work (dns, connect, tls, answer), else empty.

    `key_refused`: it is there and takes none of our keys.
    """

    address: str
    healthy: bool
    failed: str = ""
    text: str = ""
    status: int | None = None
    key_refused: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class RuleFact:
    """One enabled rule. `problem`: why alerters cannot use it. `greedy`: it matches an event whatever that says."""

    id: int
    name: str
    problem: str = ""
    greedy: bool = False


@dataclass(frozen=True)
class Unit:
    """One service's unit as systemd has it; `restarts` since it was started by hand."""

    name: str
    active: str
    result: str = ""
    status: str = ""
    restarts: int = 0
    enabled: str = ""
    reload_needed: bool = False


@dataclass(frozen=True)
class Port:
    """A port of a service that is not at work, and that somebody else listens on."""

    service: str
    setting: str
    number: int


@dataclass(frozen=True)
class ShutPort:
    """A port that a service of this host listens on, and that no zone of the firewall lets in."""

    service: str
    setting: str
    number: int
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Certificate:
    """A certificate that we need. `place`: its file, or the server that has it; `left_s` < 0: it has ended."""

    setting: str
    place: str
    left_s: float


@dataclass(frozen=True)
class LogFile:
    """A file that a service writes its log into."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class Place:
    """A folder or file that a service needs and that the account it runs as cannot use."""

    path: str
    problem: str
    setting: str


@dataclass(frozen=True)
class Host:
    """The host we are on. Shares are parts of one."""

    memory_available: float | None = None
    load_per_core: float | None = None
    oom_kills: int = 0
    inodes_used: Mapping[str, float] = field(default_factory=dict)
    other_mutt: str = ""
    """The program that `mutt` means in this PATH, where it is not this one."""
    units: Mapping[str, Unit] = field(default_factory=dict)
    """By service; empty where systemd does not run."""
    stolen_ports: tuple[Port, ...] = ()
    places: tuple[Place, ...] = ()
    unresolved: Mapping[str, str] = field(default_factory=dict)
    """Names of other hosts that do not resolve, each with the setting that holds it."""
    selinux_denials: int = 0
    shut_ports: tuple[ShutPort, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    logs: tuple[LogFile, ...] = ()
    stopped_platform: str = ""
    """The folder of a platform of `mutt up` that does not run, where no other deployment is set for this host."""


@dataclass(frozen=True)
class Evidence:
    """All of it. `context`: the name of the deployment; `up` is the one that `mutt up` runs."""

    snapshot: Snapshot
    checks: Mapping[str, HealthCheck]
    context: str = "local"
    env_file: str = "/etc/mutt/mutt.env"
    moogsoft: Moogsoft | None = None
    letters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Dead letters by queue and reason."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What was said with a reason, of one letter each."""
    rules: tuple[RuleFact, ...] = ()
    refusals: Mapping[str, float] = field(default_factory=dict)
    """Requests that the ingestors refuse, in each second, by reason."""
    stores: tuple[Check, ...] = ()
    """What `mutt db status` judges beside its connections."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """Indexes of the schema that are not there or cannot be used, each with which of the two it is."""
    refused_settings: Mapping[str, str] = field(default_factory=dict)
    """Dynamic keys whose stored value no daemon can use, with that value."""
    pending_restarts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Services that run with other static settings than the file has, each with the names of those settings."""
    host: Host = field(default_factory=Host)

    @property
    def flow(self) -> Pipeline | None:
        """What Redis knows; None if it does not answer."""
        return self.snapshot.pipeline.value

    def instances(self, service: str) -> tuple[Instance, ...]:
        """The processes of a service."""
        return self.snapshot.instances(service)

    def bad(self, check: str) -> HealthCheck | None:
        """A check that somebody should look at; None if it is well or was not executed."""
        found = self.checks.get(check)
        return found if found is not None and found.bad else None

    def start_line(self, service: str) -> str:
        """How a service is started on this host."""
        unit = self.host.units.get(service)
        if unit is not None:
            return f"systemctl start {unit.name}"
        return "mutt down; mutt up" if self.context == "up" else f"mutt daemon {service}"

    def restart_line(self, service: str) -> str:
        """How a service is restarted on this host."""
        unit = self.host.units.get(service)
        if unit is not None:
            return f"systemctl restart {unit.name}"
        return "mutt down; mutt up" if self.context == "up" else f"stop it, then: mutt daemon {service}"
