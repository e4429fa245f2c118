"""TCP ports of this machine: which are free, and whether a service answers on one."""

from __future__ import annotations

import http.client
import socket
from contextlib import ExitStack

_ANY = ""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port on all addresses now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_ANY, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Different ports that were free a moment ago."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((_ANY, 0))
        return [probe.getsockname()[1] for probe in probes]


def health(host: str, port: int, timeout_s: float = 2.0) -> int:
    """Status of `GET /health`; 0 if nothing answers."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
