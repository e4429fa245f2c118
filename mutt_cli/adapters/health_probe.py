"""Asking a service of this host how it is: one bounded `GET /health` (contract.md section 6)."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Final

_MOST_BYTES: Final = 65_536
_ANYWHERE: Final = frozenset(("", "0.0.0.0", "::", "*"))  # noqa: S104 - what to call instead of, not to listen on


@dataclass(frozen=True)
class Answer:
    """What a health page said; `status` is the HTTP status, 0 if nobody answered."""

    address: str
    status: int
    detail: str
    silent: bool = False
    """Somebody listens there and does not answer."""

    @property
    def healthy(self) -> bool:
        """Whether the service says that it is fine."""
        return self.status == 200


def ask(host: str, port: int, timeout_s: float) -> Answer:
    """Ask the service that listens there; an address that means "any" is asked on loopback. Never raises."""
    name = "127.0.0.1" if host in _ANYWHERE else host
    address = f"{name}:{port}"
    connection = http.client.HTTPConnection(name, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        return Answer(address, response.status, _said(response.read(_MOST_BYTES)))
    except TimeoutError:
        return Answer(address, 0, f"its page does not answer within {timeout_s:g} s", silent=True)
    except OSError as error:
        return Answer(address, 0, error.strerror or str(error) or type(error).__name__)
    except http.client.HTTPException as error:
        return Answer(address, 0, f"answers, but not in HTTP: {type(error).__name__}")
    finally:
        connection.close()


def _said(body: bytes) -> str:
    """The body's fields in one line; empty if it is no JSON object."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(fields, dict):
        return ""
    return ", ".join(f"{name} {value}" for name, value in list(fields.items())[:8] if isinstance(value, (str, int)))
