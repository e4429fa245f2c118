"""When certificates end: of the authorities in a file, and of a server that is asked by a handshake."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress


def end_of_authorities(path: str) -> float | None:
    """Unix seconds at which the last certificate of an authority in this file ends; None where none can be read.

    The last one: a file of many may hold some that ended long ago and that nobody needs.
    """
    with suppress(OSError, ValueError):  # ssl.SSLError is an OSError
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
        ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in context.get_ca_certs() if "notAfter" in one]
        return float(max(ends)) if ends else None
    return None


def end_of_server(host: str, port: int, authorities: str, seconds: float) -> float | None:
    """Unix seconds at which a server's certificate ends; None if it is not there, or is not trusted.

    `authorities`: the file that it is checked against, empty for the system's.
    """
    with suppress(OSError, ValueError):
        context = ssl.create_default_context(cafile=authorities or None)
        with (
            socket.create_connection((host, port), timeout=seconds) as opened,
            context.wrap_socket(opened, server_hostname=host) as channel,
        ):
            end = (channel.getpeercert() or {}).get("notAfter")
            return float(ssl.cert_time_to_seconds(str(end))) if end else None
    return None
