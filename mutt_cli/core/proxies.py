"""Whose tries are counted together where proxies stand between: by the address of the client, if a trusted one tells.

Each proxy adds the address of whoever came to it at the end of X-Forwarded-For. What stands before the first address
that is nobody's trusted proxy was written by that client itself, who may write anything.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WITH_PORT: Final = re.compile(r"\[(?P<six>[^\]]*)\](?::[0-9]+)?|(?P<four>[0-9.]+):[0-9]+")
_SITE_BITS: Final = 64


def counted_as(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """What tries of a request are counted by: its client's address, or the /64 around it, which is one host's in IPv6.

    `peer` is the other end of the connection, `forwarded` the whole of X-Forwarded-For.
    """
    found = _parsed(peer)
    if found is None:
        return peer
    found = _client(found, forwarded, _networks(tuple(trusted)))
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _SITE_BITS), strict=False))
    return str(found)


def _client(peer: Address, forwarded: str, trusted: tuple[Network, ...]) -> Address:
    """The last one of all on the way who is no trusted proxy; the peer if there is none, or if it cannot be read."""
    if not _is_in(peer, trusted):
        return peer
    for entry in reversed(forwarded.split(",")):
        found = _parsed(entry.strip())
        if found is None:
            return peer
        if not _is_in(found, trusted):
            return found
    return peer


def _parsed(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, IPv4 as IPv6."""
    match = _WITH_PORT.fullmatch(text)
    try:
        found = ipaddress.ip_address((match["six"] or match["four"] or "") if match else text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


@cache
def _networks(written: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one) for one in written)
