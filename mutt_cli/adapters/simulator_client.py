"""Asking the Moogsoft simulator what has arrived there."""

from __future__ import annotations

import http.client
from typing import Any, Final

import msgspec

_MOST: Final = 1 << 24


class Arrival(msgspec.Struct, frozen=True):
    """One post that the simulator accepted."""

    seq: int
    at: str
    payload: dict[str, Any]


def received(port: int, since: int, timeout_s: float = 2.0) -> list[Arrival]:
    """The accepted posts with a greater `seq`, oldest first; empty if it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", f"/received?since={since}")
        return msgspec.json.decode(connection.getresponse().read(_MOST), type=list[Arrival])
    except (OSError, http.client.HTTPException, msgspec.MsgspecError):
        return []
    finally:
        connection.close()
