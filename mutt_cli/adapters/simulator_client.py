"""Asking the Moogsoft simulator what has arrived there, and telling it how to fail."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def behaviour(port: int) -> dict[str, Any] | None:
    """How it is told to fail; nothing in it if it is healthy, None if it does not answer."""
    return _asked(port, "GET", b"")


def behave(port: int, wanted: Mapping[str, Any]) -> bool:
    """Tell it how to fail, or with nothing to be healthy; whether it obeys."""
    return _asked(port, "PUT", msgspec.json.encode(wanted)) is not None


def _asked(port: int, method: str, body: bytes, timeout_s: float = 2.0) -> dict[str, Any] | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, "/behaviour", body)
        answer = connection.getresponse()
        said = answer.read(_MOST)
        return msgspec.json.decode(said, type=dict[str, Any]) if answer.status == http.client.OK else None
    except (OSError, http.client.HTTPException, msgspec.MsgspecError):
        return None
    finally:
        connection.close()
