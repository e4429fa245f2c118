"""What firewalld lets in, as `firewall-cmd --list-all-zones` tells it (TG:1285-1309)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HEAD: Final = re.compile(r"(\S+) \((?:[\w, ]*\b)?active\)")
_FORWARDS: Final = re.compile(r"toport=(\d+)")
_RULE_PORT: Final = re.compile(r'port="([\d-]+)"')


@dataclass(frozen=True)
class Zone:
    """One zone that is in use. `ports` as firewalld writes them: `8080/tcp`, `9000-9100/tcp`."""

    name: str
    ports: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    accepts_all: bool = False
    rules: tuple[str, ...] = ()
    """Rich rules, which are not understood: one that accepts and may mean a port counts as letting it in."""


def zones(text: str) -> tuple[Zone, ...]:
    """The zones in use; what is no such text has none."""
    found: list[Zone] = []
    active = False
    for line in text.splitlines():
        if line and not line[0].isspace():
            head = _HEAD.fullmatch(line.strip())
            active = head is not None
            found += [Zone(head[1])] if head else []
        elif active:
            found[-1] = _with(found[-1], line.strip())
    return tuple(found)


def _with(zone: Zone, line: str) -> Zone:
    if line.startswith("rule "):
        return replace(zone, rules=(*zone.rules, line))
    name, _, rest = line.partition(":")
    words = rest.split()
    if name == "target":
        return replace(zone, accepts_all=words == ["ACCEPT"])
    if name == "services":
        return replace(zone, services=tuple(words))
    if name == "ports":
        return replace(zone, ports=(*zone.ports, *words))
    if name == "forward-ports" or line.startswith("port="):  # what comes in on another port and ends on this one
        return replace(zone, ports=(*zone.ports, *(f"{one}/tcp" for one in _FORWARDS.findall(line))))
    return zone


def with_services(found: Iterable[Zone], ports: Mapping[str, Sequence[str]]) -> tuple[Zone, ...]:
    """The zones with the ports of their services."""
    return tuple(
        replace(zone, ports=(*zone.ports, *(port for name in zone.services for port in ports.get(name, ()))))
        for zone in found
    )


def shut(found: Iterable[Zone], port: int) -> tuple[str, ...]:
    """The zones none of which lets a TCP port in; none if one does, or none is there to say.

    A zone that accepts everything is left out: it is that of containers or of the loopback, not of senders.
    """
    strict = [zone for zone in found if not zone.accepts_all]
    if any(_lets_in(zone, port) for zone in strict):
        return ()
    return tuple(zone.name for zone in strict)


def _lets_in(zone: Zone, port: int) -> bool:
    if any(_covers(one.removesuffix("/tcp"), port) for one in zone.ports if one.endswith("/tcp")):
        return True
    return any(_may_mean(rule, port) for rule in zone.rules if rule.endswith("accept") or "forward-port" in rule)


def _may_mean(rule: str, port: int) -> bool:
    named = _RULE_PORT.findall(rule)
    return not named or any(_covers(one, port) for one in named)


def _covers(ports: str, port: int) -> bool:
    first, _, last = ports.partition("-")
    return first.isdecimal() and int(first) <= port <= int(last if last.isdecimal() else first)
