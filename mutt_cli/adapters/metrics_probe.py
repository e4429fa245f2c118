"""Asking a daemon for its metrics page: one bounded `GET /metrics`. Never raises; silence is a value."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class Page:
    """What was answered; without a text `trouble` says why."""

    text: str = ""
    trouble: str = ""


def fetch(host: str, port: int, timeout_s: float) -> Page:
    """The page of the daemon that listens there."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        body = response.read(MOST_BYTES + 1)
    except OSError as error:
        return Page(trouble=error.strerror or str(error) or type(error).__name__)
    except http.client.HTTPException as error:
        return Page(trouble=f"answers, but not in HTTP: {type(error).__name__}")
    finally:
        connection.close()
    if response.status != 200:
        return Page(trouble=f"HTTP {response.status}")
    if len(body) > MOST_BYTES:
        return Page(trouble=f"the page is longer than {MOST_BYTES} bytes")
    return Page(body.decode("utf-8", "replace"))
