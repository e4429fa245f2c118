"""Which of the values of one secret to use while it is being rotated (D15, C-30). Pure: times come in as values.

The first value that works is used, in the order of `Secrets.accepted`. One that stands before it and was not tried yet
is tried, so that a promoted value comes into use while the server knows both; once it was refused where another one
worked, it is left alone until the secrets are read again. A value that was refused is left out for a while, so that
two wrong values do not double the attempts for as long as both are wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

REST_S: Final = 5.0
"""A refused value is not tried beside another for so long."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """What is known about the values of one secret. Its text form shows none of them."""

    works: tuple[str, ...] = ()
    """Values that were accepted, and not refused since before another one was."""
    refused: tuple[tuple[str, float], ...] = ()
    """Values that were refused since any was accepted, and when, in seconds of any one clock."""
    passed: tuple[str, ...] = ()
    """Values that were refused where another one worked."""

    def working(self, values: Sequence[str]) -> str:
        """The first of these that works; empty if none is known to."""
        return next((value for value in values if value in self.works), "")

    def first(self, values: Sequence[str], now_s: float) -> str:
        """What to begin with: the one that works, whatever one post met, or one before it that nobody has tried yet.

        While none is known to work, the first not refused a moment ago. Empty if there are none.
        """
        if self.working(values):
            known = {*self.passed, *self._resting(now_s)}
            return next(value for value in values if value in self.works or value not in known)
        fresh = self.other(values, now_s)
        return next(iter(values), "") if fresh is None else fresh

    def other(self, values: Sequence[str], now_s: float) -> str | None:
        """The first one that was not refused a moment ago, one that works before all; None if there is none."""
        resting = self._resting(now_s)
        order = sorted(values, key=lambda value: value not in self.works)
        return next((value for value in order if value not in resting), None)

    def after_refusal(self, value: str, now_s: float) -> Keyring:
        """It was refused now."""
        known = tuple((one, at) for one, at in self.refused if one != value)
        return replace(self, refused=(*known, (value, now_s)))

    def after_success(self, value: str) -> Keyring:
        """It was accepted. The others were refused before that, and may be tried again where it is refused.

        One that works stays before it: an answer to an earlier post may come late.
        """
        refused = [one for one, _ in self.refused if one != value]
        works = (*(one for one in self.works if one != value and one not in refused), value)
        return Keyring(works, (), tuple(dict.fromkeys(one for one in (*self.passed, *refused) if one not in works)))

    def read_again(self) -> Keyring:
        """The secrets were read again: the server may know by now what it refused."""
        return replace(self, passed=())

    def _resting(self, now_s: float) -> set[str]:
        return {value for value, at in self.refused if now_s - at < REST_S}

    def __repr__(self) -> str:
        return f"Keyring({len(self.refused)} refused)"
