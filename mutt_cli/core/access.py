"""Who may do what over HTTP: three roles, each of which may do all that the one before may (D24, D39)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["viewer", "operator", "admin"]
Needed = Literal["open", "viewer", "operator", "admin"]
"""What a route asks for; `open` needs no key."""

_RANK: Final[dict[Needed, int]] = {"open": 0, "viewer": 1, "operator": 2, "admin": 3}


@dataclass(frozen=True)
class Caller:
    """Whose key a request carries: the key's name, which is what the audit log will say, and its role."""

    name: str
    role: Role


def allows(caller: Caller | None, needed: Needed) -> bool:
    """Whether this caller, None without a valid key, may use a route."""
    held = 0 if caller is None else _RANK[caller.role]
    return held >= _RANK[needed]
