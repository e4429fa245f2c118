"""Addresses in settings, where a pattern cannot say which of them are possible."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import Final

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_ORIGIN: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{{0,5}}))?/?", re.ASCII
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
"""The last part of a host that browsers take for an IPv4 address."""
_LEAST_BITS: Final = {4: 8, 6: 16}
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@cache
def web_origin(text: str) -> str:
    """The origin that browsers name when they are at this address. Raises ValueError if there is none.

    Case, the default port and a slash at the end make no difference; a path, a query or a login are not possible.
    """
    found = _ORIGIN.fullmatch(text.lower())
    if found is None:
        raise ValueError("it is no http or https address without a path")
    scheme, port = found["scheme"], int(found["port"] or _DEFAULT_PORTS[found["scheme"]])
    if not 0 < port < 65536:
        raise ValueError(f"there is no port {port}")
    host = _host(found["host"])
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"


def is_origin(text: str) -> bool:
    """Whether browsers can be at this address."""
    try:
        web_origin(text)
    except ValueError:
        return False
    return True


def is_network(text: str) -> bool:
    """Whether this is an IP address, or a network by its first address and `/` bits, of no large part of the world.

    IPv4 written as IPv6 is none: peers are compared by their IPv4 address, and nothing would be in it.
    """
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Network):
        return found.prefixlen >= _LEAST_BITS[6] and found.network_address.ipv4_mapped is None
    return found.prefixlen >= _LEAST_BITS[4]


def _host(name: str) -> str:
    if name.startswith("["):
        return f"[{ipaddress.IPv6Address(name[1:-1])}]"
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return str(ipaddress.IPv4Address(name))
    return name
