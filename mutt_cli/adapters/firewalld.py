"""The firewall of this host, where firewalld manages it and lets us ask; another kind of firewall is not seen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from mutt_cli.adapters.host_facts import said
from mutt_cli.core.firewall import with_services, zones

if TYPE_CHECKING:
    from mutt_cli.core.firewall import Zone

_ELSEWHERE: Final = frozenset({"cockpit", "dhcpv6-client", "mdns", "samba-client", "ssh"})
"""Services that stand in a zone as it is shipped, and that are none of our ports: not worth asking for."""


def active_zones() -> tuple[Zone, ...]:
    """The zones in use, with the ports of their services; empty without firewalld, or without the right to ask."""
    command = shutil.which("firewall-cmd")
    if command is None:
        return ()
    found = zones(said([command, "--list-all-zones"]))
    wanted = sorted({name for zone in found for name in zone.services} - _ELSEWHERE)
    return with_services(found, {name: _ports(said([command, f"--info-service={name}"])) for name in wanted})


def _ports(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return next((line.removeprefix("ports:").split() for line in lines if line.startswith("ports:")), [])
