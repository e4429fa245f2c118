"""Which of the values of one secret to use while it is being rotated (D15, C-30). Pure: times come in as values.

The value that worked last comes first, then the others in the order of `Secrets.accepted`. A value that was refused is
left out for a while, so that two wrong values do not double the attempts for as long as both are wrong.
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

    worked: str | None = None
    """The value that was accepted last."""
    refused: tuple[tuple[str, float], ...] = ()
    """Values that were refused, and when, in seconds of any one clock."""

    def first(self, values: Sequence[str], now_s: float) -> str:
        """What to begin with: the one that worked last, whatever one post met; else the first not refused a moment ago.

        Empty if there are none.
        """
        if self.worked in values:
            return self.worked or ""
        fresh = self.other(values, now_s)
        return next(iter(self._order(values)), "") if fresh is None else fresh

    def other(self, values: Sequence[str], now_s: float) -> str | None:
        """The first one that was not refused a moment ago; None if there is none."""
        resting = {value for value, at in self.refused if now_s - at < REST_S}
        return next((value for value in self._order(values) if value not in resting), None)

    def after_refusal(self, value: str, now_s: float) -> Keyring:
        """It was refused now."""
        known = tuple((one, at) for one, at in self.refused if one != value and now_s - at < REST_S)
        return replace(self, refused=(*known, (value, now_s)))

    def after_success(self, value: str) -> Keyring:
        """It was accepted: begin with it from now on. The others were refused before that, and may be tried again."""
        return Keyring(value)

    def _order(self, values: Sequence[str]) -> list[str]:
        """`sorted` keeps the order of those that are alike."""
        return sorted(values, key=lambda value: value != self.worked)

    def __repr__(self) -> str:
        return f"Keyring({len(self.refused)} refused)"
