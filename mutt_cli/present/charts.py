"""Curves and bars as coordinates for inline SVG: numbers in, attributes out. Unknown values leave a gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Bar:
    """One bar: its place and height in the chart's units, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int | None


def curve(values: Sequence[float | None], width: int, height: int) -> list[str]:
    """The `points` of polylines, one for each known stretch; the greatest value at the top, zero at the foot."""
    top = max((one for one in values if one is not None), default=0.0)
    step = width / max(1, len(values) - 1)
    lines, line = list[str](), list[str]()
    for number, value in enumerate(values):
        if value is None:
            lines, line = _ended(lines, line), []
            continue
        share = value / top if top else 0.0
        line.append(f"{number * step:.1f},{height - 1 - share * (height - 2):.1f}")
    return _ended(lines, line)


def bars(values: Sequence[int | None], labels: Sequence[str], width: int, height: int) -> list[Bar]:
    """A bar for each value; the greatest is as high as the chart, and what is more than nothing is seen."""
    top = max((one for one in values if one is not None), default=0)
    step = width / max(1, len(values))
    found = []
    for number, (value, label) in enumerate(zip(values, labels, strict=True)):
        tall = max(1.0, value / top * height) if value and top else 0.0
        x, y, wide, high = (round(one, 1) for one in (number * step + 1, height - tall, step - 2, tall))
        found.append(Bar(x, y, wide, high, label, value))
    return found


def _ended(lines: list[str], line: list[str]) -> list[str]:
    """A stretch of one point is drawn as a short line."""
    if not line:
        return lines
    return [*lines, " ".join(line if len(line) > 1 else line * 2)]
