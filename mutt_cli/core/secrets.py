"""Secrets in memory: found by name, several values valid during a rotation, and never shown."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CURRENT: Final = "_CURRENT"
_NEXT: Final = "_NEXT"


class Secrets:
    """The values of MUTT's secret in Vault. Its text form names the keys and shows no value."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def accepted(self, name: str) -> tuple[str, ...]:
        """The values to accept or try, in order: `NAME` (else `NAME_CURRENT`), then `NAME_NEXT` (D15, C-30).

        Empty if there is none.
        """
        current = self._values.get(name) or self._values.get(name + _CURRENT, "")
        candidates = (current, self._values.get(name + _NEXT, ""))
        return tuple(dict.fromkeys(value for value in candidates if value))

    def current(self, name: str) -> str:
        """The first accepted value; empty if there is none."""
        return next(iter(self.accepted(name)), "")

    def recognised(self, name: str, given: str) -> str:
        """Whose value a caller gave: `NAME` or `NAME_NEXT`, empty if neither. Compared as bytes in constant time."""
        offered = given.encode("utf-8", "surrogateescape")
        found = ""
        for number, value in enumerate(self.accepted(name)):
            if hmac.compare_digest(offered, value.encode()):
                found = name if number == 0 else name + _NEXT
        return found

    def recognised_digest(self, name: str, digest: bytes) -> str:
        """The same by the SHA-256 of what was given before."""
        found = ""
        for number, value in enumerate(self.accepted(name)):
            if hmac.compare_digest(digest, hashlib.sha256(value.encode()).digest()):
                found = name if number == 0 else name + _NEXT
        return found

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of these have no value at all."""
        return tuple(name for name in names if not self.accepted(name))

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that are there, sorted."""
        return tuple(sorted(self._values))

    def changed_since(self, before: Secrets) -> tuple[str, ...]:
        """The keys whose value is another now, came or went, sorted."""
        names = self._values.keys() | before._values.keys()
        return tuple(sorted(name for name in names if self._values.get(name) != before._values.get(name)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secrets) and self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self.names)})"

    def __reduce__(self) -> str:
        """Secrets are not written anywhere: no pickle, no copy to another process by accident."""
        raise TypeError("secrets cannot be pickled")


def from_stored(stored: Mapping[str, object]) -> Secrets:
    """Secrets from what a key-value engine holds: text and numbers; a line end that a file left is dropped."""
    return Secrets(
        {
            name: str(value).rstrip("\r\n")
            for name, value in stored.items()
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)
        }
    )
