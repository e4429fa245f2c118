"""Sample events for a first look: what a small network might say, made from a number, so that any run is alike."""

from __future__ import annotations

from typing import Any, Final

_HOSTS: Final = ("core-sw1", "core-sw2", "edge-rt1", "edge-rt2", "dc-leaf3", "fw-east")
_TROUBLE: Final = (
    "%LINK-3-UPDOWN: Interface GigabitEthernet0/{port}, changed state to down",
    "%BGP-5-ADJCHANGE: neighbor 10.0.{port}.2 Down BGP Notification sent",
    "%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.{port} from FULL to DOWN, Neighbor Down: Dead timer expired",
    "%PLATFORM_ENV-1-PSU: Power supply {port} has failed",
    "sshd[4711]: Failed password for admin from 192.0.2.{port} port 50022 ssh2",
    "CPU utilization for five seconds: {cpu}%",
)
_CHATTER: Final = (
    "%SYS-5-CONFIG_I: Configured from console by netops on vty0 (10.0.0.{port})",
    "%LINK-3-UPDOWN: Interface GigabitEthernet0/{port}, changed state to up",
    "dhcpd: DHCPACK on 10.1.{port}.20 to 00:16:3e:00:00:{port:02d}",
    "ntpd: kernel time sync status change 2001",
)


def events(tick: int) -> list[dict[str, Any]]:
    """The events of one tick: one fault, and some of the talk that no rule is about."""
    port = tick * 7 % 96 + 1  # the same fault comes back after more than a dedupe window
    fault = _TROUBLE[tick % len(_TROUBLE)].format(port=port, cpu=90 + tick % 10)
    talk = [_CHATTER[(tick + n) % len(_CHATTER)].format(port=(port + n) % 96) for n in range(3)]
    return [
        {"hostname": _HOSTS[(tick + n) % len(_HOSTS)], "message": message, "severity": "info", "demo": True}
        for n, message in enumerate((fault, *talk))
    ]
