"""Threshold ranges as monitoring plugins write them: what is outside (or, with `@`, inside) is worth an alert.

`10`: below 0 or above 10. `10:`: below 10. `~:10`: above 10. `5:10`: outside 5 to 10. `@5:10`: inside, ends included.
(Monitoring Plugins Development Guidelines, "Threshold and Ranges".)
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_FORM: Final = re.compile(rf"(?P<inside>@)?(?:(?P<low>~|{_NUMBER})?(?P<colon>:))?(?P<high>{_NUMBER})?")


@dataclass(frozen=True)
class Range:
    """Values from `low` to `high`; `inside`: these are the ones to alert on, else those beyond."""

    low: float
    high: float
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Whether this value is one to alert on."""
        within = self.low <= value <= self.high
        return within if self.inside else not within

    def __str__(self) -> str:
        low = "~" if self.low == -math.inf else number(self.low)
        high = "" if self.high == math.inf else number(self.high)
        short = self.low == 0 and bool(high)
        return f"{'@' if self.inside else ''}{'' if short else f'{low}:'}{high}"

    @property
    def words(self) -> str:
        """For people: `>60`, `<86400`, `outside 5 to 10`."""
        low, high = number(self.low), number(self.high)
        if self.inside:
            return f"{low} to {high}"
        if self.high == math.inf:
            return f"<{low}"
        return f">{high}" if self.low in {0, -math.inf} else f"outside {low} to {high}"


def read_range(text: str) -> Range | None:
    """The range that is written so; None if it is none."""
    found = _FORM.fullmatch(text)
    if found is None or not (found["colon"] or found["high"]):
        return None
    low = -math.inf if found["low"] == "~" else float(found["low"] or 0)
    high = float(found["high"]) if found["high"] else math.inf
    if low > high or (found["high"] is None and found["low"] is None):
        return None
    return Range(low, high, inside=bool(found["inside"]))


def number(value: float) -> str:
    """A number without needless digits and never in scientific notation: `0.0006`, `252`, `1555200`."""
    if value in {math.inf, -math.inf}:
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return text if text not in {"", "-0", "-"} else "0"
