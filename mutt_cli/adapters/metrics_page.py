"""One number from a daemon's metrics page on this host; None where nobody answers or has it."""

from __future__ import annotations

import http.client
from typing import Final

_MOST_BYTES: Final = 2 << 20
_ANYWHERE: Final = frozenset(("", "0.0.0.0", "::", "*"))  # noqa: S104 - what to call instead of, not to listen on


def total(host: str, port: int, metric: str, timeout_s: float) -> float | None:
    """The sum over all series of one metric. Never raises."""
    connection = http.client.HTTPConnection("127.0.0.1" if host in _ANYWHERE else host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        text = response.read(_MOST_BYTES).decode("utf-8", "replace") if response.status == 200 else ""
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    found = [
        line.rpartition(" ")[2] for line in text.splitlines() if line.partition(" ")[0].partition("{")[0] == metric
    ]
    try:
        return sum(map(float, found)) if found else None
    except ValueError:
        return None
